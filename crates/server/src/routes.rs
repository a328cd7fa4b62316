//! Which address leads where?

use crate::admin_api;
use crate::app::App;
use crate::authorization_device;
use crate::ciba;
use crate::content_filter;
use crate::device_authorization::{answer, device_authorization_endpoint, question, verification};
use crate::endpoints::{
    discovery, introspection_endpoint, revocation_endpoint, token_endpoint, userinfo_endpoint,
};
use crate::help;
use crate::home;
use crate::oauth::cross_origin;
use crate::operators;
use crate::pages::views::Home;
use crate::people;
use crate::received_signals;
use crate::shared_signals;
use crate::web_app;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, options};
use std::sync::Arc;
use tandem_core::oauth::metadata::path;
use tandem_core::shared_signals::metadata::path as ssf;

/// The templates of all routes, for counting requests by route without counting what people type.
pub const TEMPLATES: [&str; 81] = [
    "/",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    path::JWKS,
    path::DEVICE_AUTHORIZATION,
    path::TOKEN,
    path::INTROSPECTION,
    path::REVOCATION,
    path::USERINFO,
    path::VERIFICATION,
    path::BACKCHANNEL_AUTHENTICATION,
    "/device/decision",
    "/inbox",
    "/inbox/events",
    "/inbox/{id}",
    help::CODES,
    "/static/{file}",
    "/favicon.ico",
    "/manifest.webmanifest",
    "/service-worker.js",
    authorization_device::PATH,
    "/authorization-device/register",
    "/authorization-device/requests",
    "/authorization-device/requests/{id}",
    "/authorization-device/requests/{id}/decision",
    "/authorization-device/events",
    "/account/devices",
    "/account/devices/rename",
    "/account/devices/remove",
    "/account/devices/app",
    "/account/devices/email",
    "/account/devices/webhook",
    "/account/devices/webhook/code",
    "/account/devices/user-code",
    "/account/devices/quiet-hours",
    "/account/devices/web-push",
    "/account/devices/web-push/remove",
    "/account/devices/web-push/renewal",
    "/sign-in",
    "/sign-out",
    "/account",
    "/account/revoke",
    "/account/passkeys/remove",
    "/passkeys/sign-in/options",
    "/passkeys/sign-in/finish",
    "/passkeys/register/options",
    "/passkeys/register/finish",
    "/admin/v1/openapi.json",
    "/admin/v1/incidents",
    "/admin/v1/incidents/{id}",
    "/admin/v1/incidents/{id}/contain",
    "/admin/v1/incidents/{id}/close",
    "/admin/v1/incidents/{id}/reopen",
    "/admin/{*rest}",
    "/operator/incidents",
    "/operator/incidents/{id}",
    "/operator/incidents/{id}/contain",
    "/operator/incidents/{id}/close",
    "/operator/incidents/{id}/reopen",
    "/demo",
    "/demo/tv",
    "/demo/qr.svg",
    "/demo/call-center",
    "/demo/call-center/ask",
    "/demo/call-center/status",
    "/demo/shop",
    "/demo/shop/pay",
    "/demo/shop/status",
    "/demo/shop/notify",
    content_filter::SCAN,
    content_filter::PATTERNS,
    ssf::METADATA,
    ssf::CONFIGURATION,
    ssf::STATUS,
    ssf::ADD_SUBJECT,
    ssf::REMOVE_SUBJECT,
    ssf::VERIFICATION,
    shared_signals::POLL,
    received_signals::TEMPLATE,
    "/health/live",
    "/health/ready",
];

/// The public routes.
pub fn public(app: &Arc<App>) -> Router {
    routes(app, Router::new(), Home { demo: false })
}

/// The public routes of the demo, with the demo's own beside them.
pub fn public_with(app: &Arc<App>, extra: Router<Arc<App>>) -> Router {
    routes(app, extra, Home { demo: true })
}

fn routes(app: &Arc<App>, extra: Router<Arc<App>>, front: Home) -> Router {
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route(path::JWKS, get(discovery::jwks))
        .route(
            path::DEVICE_AUTHORIZATION,
            endpoint(device_authorization_endpoint::device_authorization_endpoint),
        )
        .route(
            path::BACKCHANNEL_AUTHENTICATION,
            endpoint(ciba::backchannel_authentication_endpoint::backchannel_authentication_endpoint),
        )
        .route(path::TOKEN, endpoint(token_endpoint::token_endpoint))
        .route(path::INTROSPECTION, endpoint(introspection_endpoint::introspection_endpoint))
        .route(path::REVOCATION, endpoint(revocation_endpoint::revocation_endpoint))
        .route(path::USERINFO, endpoint(userinfo_endpoint::userinfo_endpoint))
        .route(path::VERIFICATION, get(verification::show).post(verification::submit))
        .route("/device/decision", get(question::show).post(answer::answer))
        .route("/inbox", get(ciba::inbox::show))
        .route("/inbox/events", get(ciba::inbox::events))
        .route("/inbox/{id}", get(ciba::question::show).post(ciba::answer::answer))
        .route(help::CODES, get(help::codes))
        .route("/static/{file}", get(home::static_file))
        .route("/favicon.ico", get(home::favicon))
        .route("/manifest.webmanifest", get(web_app::manifest))
        .route("/service-worker.js", get(web_app::service_worker))
        .route("/", get(move |app, request| home::home(app, request, front.clone())))
        .merge(authorization_device::routes())
        .merge(content_filter::routes())
        .merge(people::routes())
        .merge(admin_api::routes())
        .merge(operators::routes())
        .merge(received_signals::routes())
        .merge(shared_signals::routes(app))
        .merge(extra)
        .fallback(home::not_found)
        .with_state(Arc::clone(app))
}

/// An OAuth endpoint: every method reaches it, so that a wrong one gets an error in its own form.
fn endpoint<H, T>(handler: H) -> MethodRouter<Arc<App>>
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    options(cross_origin::preflight).fallback(handler)
}
