//! `whisk.system/apimgmt/createApi`, `getApi`, `deleteApi`: what `wsk api`, the npm client's routes and `flockctl route` call.
//!
//! In OpenWhisk these are web actions that configure a gateway of its own; here they are answered by the host. The shapes and
//! texts are those that the clients know.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::{Method, StatusCode, header};

use crate::{
    model::{
        ActionPath, EntityName,
        route::{Api, EXTENSIONS, METHODS, Target, check_base_path, check_document, operation},
    },
    store::{entities::Changes, namespaces::Identity},
};

use crate::api::{
    Host, auth,
    collection::parse,
    error::ApiError,
    request::{BodyStream, Head, read_any},
    respond::{Reply, ok},
};

/// The package that the clients name.
pub const PACKAGE: &str = "apimgmt";

/// What a client wants, in the form in which it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    apidoc: Value,
}

/// Answers a request. `name` is the action's, with its extension.
pub async fn answer(host: &Arc<Host>, head: &Head, name: &str, body: BodyStream) -> Result<Reply, ApiError> {
    let identity = auth::authenticate(&host.store, &head.headers)?;
    let operation = name.split('.').next().unwrap_or_default();
    match (operation, &head.method) {
        ("getApi", &Method::GET) => list(host, head, &identity).map(|apis| ok(&apis)),
        ("createApi", &Method::POST) => {
            let config = &host.config;
            let max = config.parameters_max_bytes + (64 << 10);
            let text = read_any(head, body, max, config.http_body_timeout).await?;
            let body: Body = parse(&text)?;
            create(host, head, &identity, &body.apidoc).await
        }
        ("deleteApi", &Method::DELETE) => delete(host, head, &identity).await,
        ("getApi", _) => Err(ApiError::method_not_allowed("GET")),
        ("createApi", _) => Err(ApiError::method_not_allowed("POST")),
        ("deleteApi", _) => Err(ApiError::method_not_allowed("DELETE")),
        _ => Err(ApiError::not_found()),
    }
}

/// How the web actions of OpenWhisk refuse.
fn refused(why: impl std::fmt::Display) -> ApiError {
    ApiError::with_status(StatusCode::BAD_GATEWAY, why.to_string())
}

/// Where clients reach this host, as this one has.
fn base_url(head: &Head) -> String {
    let header = |name: header::HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = head.headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let scheme = scheme.filter(|scheme| *scheme == "https").unwrap_or("http");
    format!("{scheme}://{}", header(header::HOST).unwrap_or("localhost"))
}

fn shown(head: &Head, api: &Api) -> Value {
    let namespace =
        percent_encoding::utf8_percent_encode(api.namespace.as_str(), percent_encoding::NON_ALPHANUMERIC);
    json!({
        "namespace": api.namespace,
        "gwApiActivated": true,
        "tenantId": api.namespace,
        "gwApiUrl": format!("{}/{}/{namespace}{}", base_url(head), super::PREFIX, api.base_path().trim_end_matches('/')),
        "apidoc": api.document,
    })
}

/// All, or the page that is asked for.
fn list(host: &Host, head: &Head, identity: &Identity) -> Result<Value, ApiError> {
    let limit = head.query("limit").map_or(Ok(usize::MAX), |_| head.limit("apis"))?;
    let skip = head.skip("apis")?;
    let wanted = head.query("basepath").filter(|text| !text.is_empty());
    let apis = host.store.entities::<Api>(&identity.namespace);
    let fits = |api: &&Arc<Api>| wanted.is_none_or(|text| api.base_path() == text || api.title() == text);
    let rows: Vec<Value> = apis
        .iter()
        .filter(fits)
        .skip(skip)
        .take(limit)
        .map(|api| json!({ "id": api.key, "key": api.key, "value": shown(head, api) }))
        .collect();
    Ok(json!({ "apis": rows }))
}

/// The base path and the document of the API that the request makes or changes.
struct Wish {
    base_path: String,
    /// A whole document, or one route.
    what: What,
}

enum What {
    Document(Value),
    Route { title: Option<String>, path: String, method: String, target: Target },
}

async fn create(
    host: &Arc<Host>,
    head: &Head,
    identity: &Identity,
    apidoc: &Value,
) -> Result<Reply, ApiError> {
    let wish = wish(host, head, identity, apidoc).map_err(refused)?;
    let key = Api::key(&wish.base_path).ok_or_else(|| refused("the base path cannot be kept"))?;
    let _writing = host.writing.lock().await;
    let old = host.store.entity::<Api>(&identity.namespace, &key);
    let document = match wish.what {
        What::Document(document) => document,
        What::Route { title, path, method, target } => {
            let known = old.map(|old| old.document.clone());
            let mut document =
                known.unwrap_or_else(|| Api::empty_document(&wish.base_path, title.as_deref()));
            let package = target.action.package.as_ref().map_or("default", EntityName::as_str);
            let url = format!(
                "{}/api/v1/web/{}/{package}/{}.{}",
                base_url(head),
                target.action.namespace,
                target.action.name,
                target.extension
            );
            document["paths"][&path][&method] = operation(&path, &method, &target, &url);
            document
        }
    };
    let (bytes, max) = (document.to_string().len(), host.config.parameters_max_bytes);
    if bytes > max {
        return Err(ApiError::too_large("API", bytes as u64, max));
    }
    let updated_epoch_millis = host.store.update_epoch_millis();
    let api = Arc::new(Api { namespace: identity.namespace.clone(), key, document, updated_epoch_millis });
    let mut changes = Changes::default();
    changes.put(Arc::clone(&api))?;
    host.store.commit(changes).await?;
    Ok(ok(&shown(head, &api)))
}

/// Is there something, as JavaScript sees it? OpenWhisk's web actions are written in it.
fn is_given(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// What JavaScript calls the type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Null | Value::Array(_) | Value::Object(_) => "object",
    }
}

/// What an object must have, in the order in which OpenWhisk looks.
fn check_apidoc(apidoc: &Value) -> Result<(), String> {
    if !is_given(&apidoc["namespace"]) {
        return Err("apidoc is missing the namespace field".to_owned());
    }
    let swagger = &apidoc["swagger"];
    if is_given(swagger) {
        if is_given(&apidoc["gatewayBasePath"]) {
            return Err(
                "swagger and gatewayBasePath are mutually exclusive and cannot be specified together."
                    .to_owned(),
            );
        }
        return match swagger {
            Value::Object(_) | Value::Array(_) | Value::String(_) => Ok(()),
            other => {
                Err(format!("swagger field is {} and should be an object or a JSON string.", type_of(other)))
            }
        };
    }
    for field in ["gatewayBasePath", "gatewayPath", "gatewayMethod"] {
        if text(&apidoc[field]).is_none() {
            return Err(format!("apidoc is missing the {field} field"));
        }
    }
    if !apidoc["action"].is_object() {
        return Err("apidoc is missing the action field.".to_owned());
    }
    for field in ["backendMethod", "backendUrl", "namespace", "name", "authkey"] {
        if text(&apidoc["action"][field]).is_none() {
            return Err(format!("action is missing the {field} field."));
        }
    }
    Ok(())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn wish(host: &Host, head: &Head, identity: &Identity, apidoc: &Value) -> Result<Wish, String> {
    let parsed;
    let apidoc = match apidoc {
        apidoc if !is_given(apidoc) => return Err("apidoc is required.".to_owned()),
        Value::Object(_) => apidoc,
        Value::String(text) => {
            parsed = serde_json::from_str(text)
                .map_err(|_| "apidoc field cannot be parsed. Ensure it is valid JSON.".to_owned())?;
            &parsed
        }
        other => {
            return Err(format!(
                "apidoc field is of type {} and should be a JSON object or a JSON string.",
                type_of(other)
            ));
        }
    };
    check_apidoc(apidoc)?;
    let swagger = &apidoc["swagger"];
    if is_given(swagger) {
        let document = match swagger {
            Value::String(text) => serde_json::from_str(text)
                .map_err(|_| "swagger field cannot be parsed. Ensure it is valid JSON.".to_owned())?,
            other => other.clone(),
        };
        check_document(&document)?;
        let base_path = document["basePath"].as_str().unwrap_or("/").to_owned();
        return Ok(Wish { base_path, what: What::Document(document) });
    }
    let of = |field: &str| text(&apidoc[field]).unwrap_or_default().to_owned();
    let base_path = of("gatewayBasePath");
    check_base_path(&base_path)?;
    let path = of("gatewayPath");
    if !path.starts_with('/') {
        return Err(format!("'{path}' must begin with '/'."));
    }
    let method = of("gatewayMethod").to_ascii_lowercase();
    if !METHODS.contains(&method.as_str()) {
        return Err(format!("'{method}' is not a valid API verb.  Valid values are: {METHODS:?}"));
    }
    let target = target(host, head, identity, &apidoc["action"])?;
    let title = apidoc["apiName"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Wish { base_path, what: What::Route { title, path, method, target } })
}

fn target(host: &Host, head: &Head, identity: &Identity, action: &Value) -> Result<Target, String> {
    let of = |field: &str| text(&action[field]).unwrap_or_default();
    let (namespace, name) = (of("namespace"), of("name"));
    // `name`, `pkg/name`, or the whole path.
    let whole = if name.starts_with('/') { name.to_owned() } else { format!("/{namespace}/{name}") };
    let path = ActionPath::parse(&whole, &identity.namespace).map_err(|error| error.to_string())?;
    if host.store.resolve_action(&path, &path.namespace).is_err() {
        return Err(format!("API creation failure: action /{path} does not exist"));
    }
    let extension = head.query("responsetype").filter(|text| !text.is_empty()).unwrap_or("json");
    if !EXTENSIONS.contains(&extension) {
        return Err(format!("'{extension}' is not a valid response type. Valid values are: {EXTENSIONS:?}"));
    }
    let secret = match &action["secureKey"] {
        Value::String(word) => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Ok(Target { action: path, extension: extension.to_owned(), secret })
}

async fn delete(host: &Arc<Host>, head: &Head, identity: &Identity) -> Result<Reply, ApiError> {
    let filled = |name: &str| head.query(name).filter(|text| !text.is_empty());
    let wanted = filled("basepath").ok_or_else(|| refused("basepath is required."))?;
    let (path, method) = (filled("relpath"), filled("operation").map(str::to_ascii_lowercase));
    if path.is_none() && method.is_some() {
        return Err(refused("When specifying an operation, the path is required."));
    }
    let _writing = host.writing.lock().await;
    let apis = host.store.entities::<Api>(&identity.namespace);
    let api = apis.iter().find(|api| api.base_path() == wanted || api.title() == wanted);
    let api = api.ok_or_else(|| refused(format!("API deletion failure: API '{wanted}' does not exist.")))?;
    let mut document = api.document.clone();
    if let Some(path) = path {
        let missing =
            |what: String| refused(format!("API deletion failure: {what} does not exist in the API"));
        let paths = document["paths"].as_object_mut().ok_or_else(|| missing(format!("path '{path}'")))?;
        match &method {
            None => paths.remove(path).map(drop).ok_or_else(|| missing(format!("path '{path}'")))?,
            Some(method) => {
                let operations = paths.get_mut(path).and_then(Value::as_object_mut);
                operations
                    .and_then(|operations| operations.remove(method.as_str()))
                    .ok_or_else(|| missing(format!("path '{path}' with operation '{method}'")))?;
                if paths.get(path).and_then(Value::as_object).is_some_and(|operations| operations.is_empty())
                {
                    paths.remove(path);
                }
            }
        }
    }
    let is_empty = document["paths"].as_object().is_none_or(serde_json::Map::is_empty);
    let mut changes = Changes::default();
    if path.is_none() || is_empty {
        changes.delete::<Api>(&identity.namespace, &api.key);
    } else {
        let updated_epoch_millis = host.store.update_epoch_millis();
        changes.put(Arc::new(Api { document, updated_epoch_millis, ..(**api).clone() }))?;
    }
    host.store.commit(changes).await?;
    Ok(ok(&json!({})))
}
