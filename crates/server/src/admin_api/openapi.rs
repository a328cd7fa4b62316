//! `GET /admin/v1/openapi.json`: what does the admin API take and give, for programs that make clients of it?
//!
//! OpenAPI 3.1, whose schemas are JSON Schema 2020-12. Paths come of the table of operations, schemas of the types that are read
//! and written. It is the same for every Tandem and holds no secret: anybody may read it.

use super::call::Right;
use super::examples;
use super::list::{LONGEST_SEARCH, MOST, USUAL};
use super::operation::Operation;
use super::wire::{
    Closing, Containing, IncidentDetail, IncidentList, NewIncident, Refusal, Reopening, causes, states,
};
use crate::app::App;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::service_scope::{INCIDENTS_MANAGE, INCIDENTS_READ};

const ABOUT: &str = "Looks at incidents and acts on them. A client gets a token for itself by the client credentials grant \
    (RFC 6749 section 4.4) and shows it in the Authorization header (RFC 6750); a token that is bound to a key or certificate \
    needs its proof (RFC 9449, RFC 8705). Every operation may be repeated without harm. Refusals have the form of those at the \
    token endpoint.";

/// The description.
pub async fn describe(State(app): State<Arc<App>>) -> Response {
    let mut response = Response::new(Body::from(Bytes::from(document(app.issuer()).to_string())));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The description of the API of this issuer.
fn document(issuer: &str) -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for operation in Operation::ALL {
        let item = paths.entry(operation.path()).or_insert_with(|| Value::Object(path_item(operation)));
        if let Value::Object(item) = item {
            item.insert(operation.method().to_owned(), described(operation, &mut generator));
        }
    }
    generator.subschema_for::<Refusal>();
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.1",
        "info": { "title": "Tandem admin API", "version": "1", "description": ABOUT },
        "servers": [{ "url": issuer }],
        "paths": paths,
        "components": { "schemas": schemas, "responses": refusals(), "securitySchemes": { "client": {
            "type": "oauth2",
            "flows": { "clientCredentials": { "tokenUrl": format!("{issuer}{}", path::TOKEN), "scopes": {
                INCIDENTS_READ: "Look at incidents.",
                INCIDENTS_MANAGE: "Look at incidents and act on them.",
            } } },
        } } },
    })
}

fn path_item(operation: Operation) -> Map<String, Value> {
    let mut item = Map::new();
    if operation.path().contains("{id}") {
        let parameter = json!({ "name": "id", "in": "path", "required": true, "description": "The number of an incident.",
            "schema": { "type": "integer", "format": "int64", "minimum": 1 } });
        item.insert("parameters".to_owned(), json!([parameter]));
    }
    item
}

/// One operation.
fn described(operation: Operation, generator: &mut SchemaGenerator) -> Value {
    let (id, summary, description) = texts(operation);
    let mut described = Map::new();
    described.insert("operationId".to_owned(), id.into());
    described.insert("summary".to_owned(), summary.into());
    described.insert("description".to_owned(), description.into());
    // One of these: a right to act is a right to look.
    let scopes = operation.right().map_or(&[][..], Right::scopes);
    described
        .insert("security".to_owned(), scopes.iter().map(|scope| json!({ "client": [scope] })).collect());
    if operation == Operation::List {
        described.insert("parameters".to_owned(), parameters(generator));
    }
    if let Some(body) = body(operation, generator) {
        described.insert("requestBody".to_owned(), body);
    }
    described.insert("responses".to_owned(), answers(operation, generator));
    Value::Object(described)
}

const fn texts(operation: Operation) -> (&'static str, &'static str, &'static str) {
    match operation {
        Operation::Describe => {
            ("describe", "This description", "The same for every Tandem; no token is needed.")
        }
        Operation::List => (
            "listIncidents",
            "Which incidents there are",
            "The newest first. `next_before` leads to older ones.",
        ),
        Operation::Open => (
            "openIncident",
            "Open an incident",
            "With a crossing of which an incident lives, this adds to that one, and the answer is 200. With `contain` it \
             is contained before the answer comes.",
        ),
        Operation::Show => {
            ("showIncident", "All that is known of an incident", "With what it touched and what was done.")
        }
        Operation::Contain => (
            "containIncident",
            "End everything that an incident concerns",
            "Open requests are stopped, tokens and sessions are void, and whoever subscribed to shared signals is told. It \
             cannot be undone. An incident that is contained is shown as it is.",
        ),
        Operation::Close => (
            "closeIncident",
            "Be done with an incident",
            "What was ended stays ended. An incident that is closed is shown as it is, with its first note.",
        ),
        Operation::Reopen => (
            "reopenIncident",
            "Come back to a closed incident",
            "One that was contained comes back as contained. An incident that is not closed is shown as it is.",
        ),
    }
}

fn parameters(generator: &mut SchemaGenerator) -> Value {
    let one = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "query", "description": description, "schema": schema });
    json!([
        one("state", "Only those that stand here.", states(generator).to_value()),
        one("cause", "Only those with this cause.", causes(generator).to_value()),
        one(
            "q",
            "Only those that touched a thing of exactly this name, or with these words in their summary.",
            json!({ "type": "string", "maxLength": LONGEST_SEARCH })
        ),
        one(
            "before",
            "Only those with a smaller number.",
            json!({ "type": "integer", "format": "int64", "minimum": 1 })
        ),
        one(
            "limit",
            "How many at most.",
            json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL })
        ),
    ])
}

/// What is sent along.
fn body(operation: Operation, generator: &mut SchemaGenerator) -> Option<Value> {
    let (schema, required) = match operation {
        Operation::Describe | Operation::List | Operation::Show => return None,
        Operation::Open => (generator.subschema_for::<NewIncident>(), true),
        Operation::Close => (generator.subschema_for::<Closing>(), true),
        Operation::Reopen => (generator.subschema_for::<Reopening>(), false),
        Operation::Contain => (generator.subschema_for::<Containing>(), false),
    };
    let mut media = json!({ "schema": schema });
    if let (Some(examples), Some(media)) = (examples::sent(operation), media.as_object_mut()) {
        media.insert("examples".to_owned(), examples);
    }
    Some(json!({ "required": required, "content": { "application/json": media } }))
}

fn answers(operation: Operation, generator: &mut SchemaGenerator) -> Value {
    let mut detail = |description: &str| {
        let media =
            json!({ "schema": generator.subschema_for::<IncidentDetail>(), "examples": examples::detail() });
        json!({ "description": description, "content": { "application/json": media } })
    };
    let mut answers = match operation {
        Operation::Describe => {
            let media = json!({ "schema": { "type": "object" } });
            return json!({ "200": { "description": "An OpenAPI 3.1 document.", "content": { "application/json": media } } });
        }
        Operation::List => {
            let media =
                json!({ "schema": generator.subschema_for::<IncidentList>(), "examples": examples::list() });
            json!({ "200": { "description": "Incidents.", "content": { "application/json": media } } })
        }
        Operation::Show => json!({ "200": detail("The incident.") }),
        Operation::Open => {
            let location = json!({ "Location": { "description": "Where the incident is.",
                "schema": { "type": "string", "format": "uri" } } });
            let (mut new, mut known) =
                (detail("It is a new one."), detail("It belongs to an incident that lives."));
            for answer in [&mut new, &mut known].into_iter().filter_map(Value::as_object_mut) {
                answer.insert("headers".to_owned(), location.clone());
            }
            json!({ "201": new, "200": known })
        }
        Operation::Contain => json!({ "200": detail("The incident, contained.") }),
        Operation::Close => json!({ "200": detail("The incident, closed.") }),
        Operation::Reopen => json!({ "200": detail("The incident, not closed.") }),
    };
    for status in refused(operation) {
        if let Some(answers) = answers.as_object_mut() {
            answers
                .insert((*status).to_owned(), json!({ "$ref": format!("#/components/responses/{status}") }));
        }
    }
    answers
}

/// Which refusals an operation has, by status.
const fn refused(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::Describe => &[],
        Operation::List => &["400", "401", "403", "503"],
        Operation::Show => &["400", "401", "403", "404", "503"],
        Operation::Open | Operation::Contain | Operation::Close | Operation::Reopen => {
            &["400", "401", "403", "404", "409", "413", "415", "503"]
        }
    }
}

/// The refusals that operations have in common.
fn refusals() -> Value {
    let one = |(status, description): (&str, &str)| {
        let schema = json!({ "$ref": "#/components/schemas/Refusal" });
        (
            status.to_owned(),
            json!({ "description": description, "content": { "application/json": { "schema": schema } } }),
        )
    };
    let all = [
        ("400", "The request is malformed, or has members or parameters that are not known here."),
        ("401", "No service token, or one that is not good: WWW-Authenticate says which."),
        ("403", "The token lacks the scope that WWW-Authenticate names."),
        ("404", "There is no such incident."),
        ("409", "The incident stands where this cannot be done."),
        ("413", "The body is too large."),
        ("415", "The body is not JSON."),
        ("503", "The server cannot do this now; Retry-After says when to ask again."),
    ];
    Value::Object(all.into_iter().map(one).collect())
}
