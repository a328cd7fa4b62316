//! What does a code or a request mean, and when is it genuine? The page for everybody. (BCP 6.1.13)

use crate::app::App;
use crate::pages::views::Help;
use crate::people::respond;
use crate::people::visit::Visit;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Where it is.
pub const CODES: &str = "/help/codes";

/// `GET /help/codes`.
pub async fn codes(State(app): State<Arc<App>>, request: Request) -> Response {
    match Visit::begin(&app, &request).await {
        Ok(visit) => {
            let response = respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &Help {}, CODES);
            visit.browser.dress(&app, response)
        }
        Err(response) => response,
    }
}
