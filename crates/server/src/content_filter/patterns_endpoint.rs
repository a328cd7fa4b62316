//! Where do other filters get their patterns? `GET /content-filter/patterns`

use super::patterns::{Format, written};
use crate::app::App;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use crate::oauth::service_token;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::dpop::nonce::Audience;
use tandem_core::oauth::error_code::ErrorCode;

/// The scope that a token needs.
const SCOPE: &str = "content_filter.patterns";
/// How long a filter may use what it got. Patterns change with the configuration only.
const CACHE: &str = "private, max-age=3600";

/// `GET /content-filter/patterns`.
pub async fn patterns_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    nonce.answer(&app, Audience::ResourceServer, "content_filter_patterns", answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(Failure::new(ErrorCode::InvalidRequest, "this endpoint takes GET")
            .with_status(405)
            .with_header(header::ALLOW, "GET"));
    }
    service_token::require(app, &parts, &[SCOPE], app.clock.now()).await?;
    let format = format(parts.uri.query().unwrap_or_default())?;
    let text = written(&app.config, format);
    let tag = format!("\"{}\"", Digest::of(text.as_bytes()));
    let known = is_known(&parts.headers, &tag);
    let mut response = Response::new(if known { Body::empty() } else { Body::from(text) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn format(query: &str) -> Result<Format, Failure> {
    let bad = || Failure::new(ErrorCode::InvalidRequest, "format is json, spamassassin or rspamd");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    match (pairs.next(), pairs.next()) {
        (None, _) => Ok(Format::Json),
        (Some((name, value)), None) if name == "format" => Format::of(&value).ok_or_else(bad),
        _ => Err(bad()),
    }
}

/// Whether the caller has this version already (RFC 9110 section 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
