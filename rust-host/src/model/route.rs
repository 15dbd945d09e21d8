//! API routes: paths and methods of one's own that lead to web actions. An API is a base path with its routes, kept as the
//! Swagger document that clients send and get.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{ActionPath, EntityName};

/// The methods of routes, as a document names them.
pub const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// The member of an operation that names its action.
const TARGET: &str = "x-openwhisk";

/// An API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Api {
    /// The namespace.
    pub namespace: EntityName,
    /// The key that stands for the base path; see [`Api::key`].
    pub key: EntityName,
    /// The document.
    pub document: Value,
    /// Milliseconds since 1970 of the last change.
    pub updated_epoch_millis: u64,
}

/// What a route leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The web action.
    pub action: ActionPath,
    /// How its result is shown: `http`, `json`, ..
    pub extension: String,
    /// The word that the action wants to hear.
    pub secret: Option<String>,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// To this action, with these values of the path's parameters.
    Target(Target, Vec<(String, String)>),
    /// The path is there, with these other methods.
    OtherMethods(Vec<String>),
    /// Nowhere.
    Nothing,
}

impl Api {
    /// A name that stands for a base path, which may hold what names may not.
    pub fn key(base_path: &str) -> Option<EntityName> {
        let digest = Sha256::digest(base_path.as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        EntityName::parse(&format!("api-{hex}")).ok()
    }

    /// A document without routes.
    pub fn empty_document(base_path: &str, title: Option<&str>) -> Value {
        json!({
            "swagger": "2.0",
            "info": { "title": title.unwrap_or(base_path), "version": "1.0.0" },
            "basePath": base_path,
            "paths": {},
        })
    }

    /// The base path.
    pub fn base_path(&self) -> &str {
        self.document["basePath"].as_str().unwrap_or("/")
    }

    /// The title.
    pub fn title(&self) -> &str {
        self.document["info"]["title"].as_str().unwrap_or_default()
    }

    /// The rest of a path that is under the base path: empty, or with a slash first.
    pub fn under_base<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.base_path().trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// Where a path under the base path leads. Segments are compared as they came and decoded into parameters.
    pub fn find(&self, path: &str, method: &str) -> Found {
        let Some(paths) = self.document["paths"].as_object() else { return Found::Nothing };
        let fits = paths.iter().filter_map(|(template, operations)| Some((fit(template, path)?, operations)));
        // A route without parameters goes before one with.
        let Some((parameters, operations)) = fits.min_by_key(|(parameters, _)| parameters.len()) else {
            return Found::Nothing;
        };
        match operations.get(method).and_then(target) {
            Some(target) => Found::Target(target, parameters),
            None => {
                let known = operations.as_object().into_iter().flatten();
                let known = known.filter(|(method, _)| METHODS.contains(&method.as_str()));
                Found::OtherMethods(known.map(|(method, _)| method.to_ascii_uppercase()).collect())
            }
        }
    }
}

/// The parameters of a template, if a path fits it.
fn fit(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (template, path) = (template.trim_matches('/'), path.trim_matches('/'));
    if template.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut parameters = Vec::new();
    for (wanted, is) in template.split('/').zip(path.split('/')) {
        match parameter_name(wanted) {
            Some(_) if is.is_empty() => return None,
            Some(name) => {
                let value = percent_encoding::percent_decode_str(is).decode_utf8_lossy().into_owned();
                parameters.push((name.to_owned(), value));
            }
            None if wanted == is => {}
            None => return None,
        }
    }
    Some(parameters)
}

fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.is_empty())
}

/// What an operation of a document leads to.
fn target(operation: &Value) -> Option<Target> {
    let member = operation.get(TARGET)?;
    let text = |key: &str| member[key].as_str().filter(|text| !text.is_empty());
    let name = |text: &str| EntityName::parse(text).ok();
    let package = match text("package") {
        None | Some("default") => None,
        Some(package) => Some(name(package)?),
    };
    let extension = text("url").and_then(|url| url.rsplit_once('.')).map(|(_, ending)| ending);
    Some(Target {
        action: ActionPath { namespace: name(text("namespace")?)?, package, name: name(text("action")?)? },
        extension: extension.filter(|ending| EXTENSIONS.contains(ending)).unwrap_or("http").to_owned(),
        secret: match &member["secureKey"] {
            Value::String(word) => Some(word.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
    })
}

/// How results may be shown.
pub const EXTENSIONS: [&str; 5] = ["http", "json", "text", "html", "svg"];

/// An operation of a document that leads to an action.
pub fn operation(path: &str, method: &str, target: &Target, url: &str) -> Value {
    let mut operation = json!({
        "operationId": operation_id(method, path),
        TARGET: {
            "url": url,
            "namespace": target.action.namespace,
            "package": target.action.package.as_ref().map_or("default", |package| package.as_str()),
            "action": target.action.name,
        },
        "responses": { "default": { "description": "Default response" } },
    });
    if let Some(secret) = &target.secret {
        operation[TARGET]["secureKey"] = secret.as_str().into();
    }
    let parameters: Vec<Value> = path
        .split('/')
        .filter_map(parameter_name)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "type": "string" }))
        .collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation
}

/// The name of an operation as OpenWhisk makes it: `get` and `/books/{id}` are `getBooksId`.
fn operation_id(method: &str, path: &str) -> String {
    let is_sign = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let words = path.split(is_sign).map(|word| {
        let at = word.find(|c| c != '-').unwrap_or(word.len());
        let (signs, rest) = word.split_at(at);
        let mut letters = rest.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
        first.fold(signs.to_owned(), |text, c| format!("{text}{c}")) + &letters.as_str().to_ascii_lowercase()
    });
    words.fold(method.to_ascii_lowercase(), |id, word| id + &word)
}

/// What is wrong with a document, if anything.
pub fn check_document(document: &Value) -> Result<(), String> {
    let Some(members) = document.as_object() else {
        return Err("swagger field must be a JSON object.".to_owned());
    };
    for field in ["basePath", "paths", "info"] {
        if !members.contains_key(field) {
            return Err(format!("swagger is missing the {field} field."));
        }
    }
    check_base_path(document["basePath"].as_str().unwrap_or_default())?;
    let paths: &Map<String, Value> =
        document["paths"].as_object().ok_or("the paths of swagger must be an object.")?;
    for (path, operations) in paths {
        if !path.starts_with('/') {
            return Err(format!("'{path}' must begin with '/'."));
        }
        let operations =
            operations.as_object().ok_or_else(|| format!("the operations of '{path}' must be an object."))?;
        for (method, operation) in operations {
            if METHODS.contains(&method.as_str()) && target(operation).is_none() {
                return Err(format!(
                    "the operation '{method}' of '{path}' has no {TARGET} with namespace and action."
                ));
            }
        }
    }
    Ok(())
}

/// A base path begins with a slash and has no parameters.
pub fn check_base_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err(format!("'{path}' must begin with '/'."));
    }
    if path.split('/').any(|segment| parameter_name(segment).is_some()) {
        return Err(format!(
            "The base path '{path}' cannot have parameters. Only the relative path supports path parameters."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(base: &str, routes: &[(&str, &str, &str)]) -> Option<Api> {
        let mut document = Api::empty_document(base, None);
        for (path, method, action) in routes {
            let guest = EntityName::parse("guest").ok()?;
            let action =
                ActionPath { namespace: guest, package: None, name: EntityName::parse(action).ok()? };
            let target = Target { action, extension: "json".to_owned(), secret: None };
            document["paths"][*path][*method] =
                operation(path, method, &target, "https://h/api/v1/web/guest/default/a.json");
        }
        Some(Api {
            namespace: EntityName::parse("guest").ok()?,
            key: Api::key(base)?,
            document,
            updated_epoch_millis: 0,
        })
    }

    fn found(api: &Api, path: &str, method: &str) -> Option<(String, Vec<(String, String)>)> {
        match api.find(api.under_base(path)?, method) {
            Found::Target(target, parameters) => Some((target.action.name.to_string(), parameters)),
            _ => None,
        }
    }

    #[test]
    fn paths_lead_to_actions() -> Result<(), Box<dyn std::error::Error>> {
        let routes = [
            ("/books", "get", "list"),
            ("/books/{id}", "get", "one"),
            ("/books/new", "get", "form"),
            ("/{a}/{b}/x", "put", "two"),
        ];
        let api = api("/club", &routes).ok_or("names")?;
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(found(&api, "/club/books", "get"), Some(("list".into(), vec![])));
        assert_eq!(found(&api, "/club/books/7%207", "get"), Some(("one".into(), vec![pair("id", "7 7")])));
        assert_eq!(found(&api, "/club/books/new", "get"), Some(("form".into(), vec![])));
        assert_eq!(
            found(&api, "/club/p/q/x", "put"),
            Some(("two".into(), vec![pair("a", "p"), pair("b", "q")]))
        );
        for path in ["/club", "/clubs/books", "/club/books/7/8", "/books", "/club//x/x"] {
            assert_eq!(found(&api, path, "get"), None, "{path}");
        }
        assert_eq!(api.find("/books", "post"), Found::OtherMethods(vec!["GET".into()]));
        assert_eq!(api.find("/none", "get"), Found::Nothing);
        check_document(&api.document)?;
        Ok(())
    }

    #[test]
    fn the_root_is_a_base_path_too() -> Result<(), Box<dyn std::error::Error>> {
        let api = api("/", &[("/", "get", "home"), ("/x", "get", "x")]).ok_or("names")?;
        assert_eq!(found(&api, "/", "get").map(|found| found.0).as_deref(), Some("home"));
        assert_eq!(found(&api, "/x", "get").map(|found| found.0).as_deref(), Some("x"));
        Ok(())
    }

    #[test]
    fn operations_have_names() {
        for (method, path, id) in [
            ("GET", "/books", "getBooks"),
            ("put", "/books/{id}/newPages", "putBooksIdNewpages"),
            ("get", "/", "get"),
            ("get", "/a-b/_c.d", "getA-b_cD"),
        ] {
            assert_eq!(operation_id(method, path), id);
        }
    }

    #[test]
    fn bad_documents_are_refused() {
        for bad in [
            json!([]),
            json!({"basePath": "/a", "paths": {}}),
            json!({"basePath": "a", "paths": {}, "info": {}}),
            json!({"basePath": "/{a}", "paths": {}, "info": {}}),
            json!({"basePath": "/a", "paths": {"x": {}}, "info": {}}),
            json!({"basePath": "/a", "paths": {"/x": {"get": {}}}, "info": {}}),
        ] {
            assert!(check_document(&bad).is_err(), "{bad}");
        }
    }
}
