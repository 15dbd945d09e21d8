//! `/routes/NS/..`: API routes. Under a host name that the operator ties to a namespace, its routes are at the root.
//!
//! | file | what is there |
//! |---|---|
//! | [`manage`] | making, listing and deleting them, as `wsk api` does |

pub mod manage;

use std::sync::Arc;

use warp::http::{HeaderMap, Method, StatusCode, header};

use crate::model::{
    EntityName,
    route::{Api, Found, Target as Leads},
};

use super::{
    Host,
    error::ApiError,
    request::{BodyStream, Head},
    respond::{Reply, empty},
    web::{self, Entry},
};

/// The first segment of the paths of all routes.
pub const PREFIX: &str = "routes";

/// The namespace whose routes are at the root of the host that a request names.
pub fn namespace_of_host(host: &Host, headers: &HeaderMap) -> Option<EntityName> {
    if host.config.route_hosts.is_empty() {
        return None;
    }
    let named = headers.get(header::HOST)?.to_str().ok()?;
    let named = named.rsplit_once(':').map_or(named, |(name, _)| name);
    let known = host.config.route_hosts.iter().find(|(name, _)| name.eq_ignore_ascii_case(named));
    known.map(|(_, namespace)| namespace.clone())
}

/// Answers a request to `path`, still encoded, of a namespace's routes.
pub async fn answer(
    host: &Arc<Host>,
    head: &Head,
    namespace: &EntityName,
    path: &str,
    query: &str,
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let missing = || ApiError::not_found_because("The requested API path does not exist.");
    let apis = host.store.entities::<Api>(namespace);
    let fits = apis.iter().filter(|api| api.under_base(path).is_some());
    let api = fits.max_by_key(|api| api.base_path().trim_end_matches('/').len()).ok_or_else(missing)?;
    let rest = api.under_base(path).unwrap_or_default();
    let method = head.method.as_str().to_ascii_lowercase();
    match api.find(rest, &method) {
        Found::Target(leads, parameters) => lead(host, head, leads, parameters, (path, query), body).await,
        Found::OtherMethods(methods) if head.method == Method::OPTIONS => {
            // A browser asks before it sends; the routes' methods are what it may send.
            let mut reply = empty(StatusCode::OK);
            if let Ok(methods) = methods.join(", ").parse() {
                reply.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            }
            web::allow_other_origins(&mut reply, &head.headers);
            Ok(reply)
        }
        Found::OtherMethods(methods) => Err(ApiError::method_not_allowed(&methods.join(", "))),
        Found::Nothing => Err(missing()),
    }
}

async fn lead(
    host: &Arc<Host>,
    head: &Head,
    leads: Leads,
    parameters: Vec<(String, String)>,
    (path, query): (&str, &str),
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let package = leads.action.package.as_ref().map_or("default", EntityName::as_str);
    let name = format!("{}.{}", leads.action.name, leads.extension);
    let found =
        web::find(host, leads.action.namespace.as_str(), package, &name).ok_or_else(ApiError::not_found)?;
    let entry = Entry { path: path.to_owned(), query, parameters, secret: leads.secret.as_deref() };
    web::serve(host, head, &entry, &found, body).await
}
