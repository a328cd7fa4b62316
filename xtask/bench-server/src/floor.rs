//! What does a request cost a server of the same libraries that reads a form, writes JSON, and does nothing else?

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt as _;
use serde::Serialize;
use std::net::Ipv4Addr;
use tandem_core::oauth::form::Form;
use tandem_server::command::Failure;
use tokio::net::TcpListener;

/// Serves until the process is stopped.
pub async fn serve(port: u16) -> Result<(), Failure> {
    listen(port, Router::new().fallback(answer)).await
}

/// Serves `router` until the process is stopped.
pub async fn listen(port: u16, router: Router) -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(Failure::of)?;
    let listener = listener.tap_io(|stream| {
        // Without it a connection is slower, and nothing else.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await.map_err(Failure::of)
}

/// As long as an answer to a device authorization request, and metadata enough to be driven.
#[derive(Serialize)]
struct Answer<'a> {
    issuer: &'a str,
    device_authorization_endpoint: &'a str,
    token_endpoint: &'a str,
    introspection_endpoint: &'a str,
    device_code: &'a str,
    user_code: &'a str,
    expires_in: u32,
    scope: Option<&'a str>,
}

async fn answer(body: Bytes) -> Result<Response, StatusCode> {
    let form = read(&body)?;
    json(&Answer {
        issuer: "http://127.0.0.1",
        device_authorization_endpoint: "http://127.0.0.1/d",
        token_endpoint: "http://127.0.0.1/t",
        introspection_endpoint: "http://127.0.0.1/i",
        device_code: "0123456789012345678901234567890123456789012",
        user_code: "BCDF-GHJK",
        expires_in: 600,
        scope: form.get("scope"),
    })
}

/// What the form says.
pub fn read(body: &[u8]) -> Result<Form, StatusCode> {
    Form::parse_query(body).map_err(|_| StatusCode::BAD_REQUEST)
}

/// An answer of 200.
pub fn json(value: &impl Serialize) -> Result<Response, StatusCode> {
    let body = serde_json::to_vec(value).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], body).into_response())
}
