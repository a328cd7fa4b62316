//! Which pages does the demo have beyond the server's own? The way in, the TV, the call centre, the till, and pictures of
//! addresses.

use super::{call_center, commands, seed, shop};
use crate::app::App;
use crate::pages::views::{DemoHome, DemoPerson, DemoTv};
use crate::pages::{MAX_QR_TEXT, Page, qr_svg};
use crate::people::respond;
use crate::people::visit::Visit;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use tandem_core::crossing::Room;
use tandem_core::mitigations::request_binding::Demand;
use tandem_core::oauth::form::Form;

/// The demo's own routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/demo", get(home))
        .route("/demo/tv", get(tv))
        .route("/demo/qr.svg", get(qr))
        .merge(call_center::routes())
        .merge(shop::routes())
}

async fn home(State(app): State<Arc<App>>, request: Request) -> Response {
    let person = |person: seed::Person| DemoPerson {
        username: person.username.to_owned(),
        password: person.password.to_owned(),
    };
    let page = DemoHome {
        people: seed::PEOPLE.map(person).to_vec(),
        operator: person(seed::OPERATOR),
        phone_commands: commands::phone(app.issuer()).to_vec(),
        client_command: commands::ciba(app.issuer()),
    };
    show(&app, request, &page, "/demo").await
}

async fn tv(State(app): State<Arc<App>>, request: Request) -> Response {
    // As the maker of a TV would know it from the service that it signs in to.
    let binding = app.policy(Room::DeviceAuthorization, seed::TV).request_binding.demand;
    let page = DemoTv {
        client_id: seed::TV.to_owned(),
        scope: seed::SCOPE.to_owned(),
        asks_for_binding: binding == Demand::Always,
    };
    show(&app, request, &page, "/demo/tv").await
}

pub(super) async fn show(app: &App, request: Request, page: &(impl Page + Sync), here: &str) -> Response {
    match Visit::begin(app, &request).await {
        Ok(visit) => {
            let response = respond::page_at(app, &visit.browser, &visit.id, StatusCode::OK, page, here);
            visit.browser.dress(app, response)
        }
        Err(response) => response,
    }
}

/// Only addresses of this server are drawn: a picture from here must not lead elsewhere.
async fn qr(State(app): State<Arc<App>>, request: Request) -> Response {
    let query = Form::parse_query(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let text = query.get("text").filter(|text| text.len() <= MAX_QR_TEXT && leads_here(app.issuer(), text));
    let drawn = text.and_then(|text| qr_svg(text, "QR code").ok());
    let Some(svg) = drawn else {
        let body = "text: an address of this server of at most 512 bytes is accepted\n";
        let headers =
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
        return (StatusCode::BAD_REQUEST, headers, body).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        // The text holds a code.
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, svg).into_response()
}

fn leads_here(issuer: &str, text: &str) -> bool {
    let rest = text.strip_prefix(issuer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_only_begins_like_ours_leads_elsewhere() {
        let issuer = "http://localhost:8080";
        for ours in ["http://localhost:8080", "http://localhost:8080/device?user_code=WDJB-MJHT"] {
            assert!(leads_here(issuer, ours), "{ours}");
        }
        for other in [
            "",
            "http://localhost:80801/device",
            "http://localhost:8080.example.com/",
            "http://localhost:8080@example.com/",
            "https://localhost:8080/device",
            " http://localhost:8080/",
            "javascript:http://localhost:8080/",
        ] {
            assert!(!leads_here(issuer, other), "{other}");
        }
    }
}
