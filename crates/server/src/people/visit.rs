//! What is known of a request to a page before it is read?

use super::browser::{self, Browser};
use super::respond;
use crate::app::App;
use crate::edge::request_id::RequestId;
use crate::oauth::call::address_of;
use axum::extract::Request;
use axum::response::Response;
use std::net::IpAddr;
use tandem_core::time::Timestamp;

/// A request to a page.
#[derive(Debug)]
pub struct Visit {
    /// Its id.
    pub id: RequestId,
    /// From where it came.
    pub address: IpAddr,
    /// When it came.
    pub now: Timestamp,
    /// Whose browser sent it.
    pub browser: Browser,
    /// What the browser says it is.
    pub user_agent: Option<String>,
}

impl Visit {
    /// Finds out who is there; or answers that the store does not say. The language is heeded on a GET alone.
    pub fn begin<'a>(
        app: &'a App,
        request: &Request,
    ) -> impl Future<Output = Result<Self, Response>> + Send + use<'a> {
        // A request with its body cannot be shared with another thread: what is needed of it is copied.
        let id = RequestId::of(request);
        let headers = request.headers().clone();
        let asks_to_see = request.method().is_safe().then(|| request.uri().clone());
        let address = address_of(request.extensions());
        async move {
            let mut browser = match Browser::read(app, &headers).await {
                Ok(browser) => browser,
                Err(error) => return Err(respond::store_failure(app, &id, error)),
            };
            if let Some(uri) = asks_to_see {
                browser.heed_language(&uri);
            }
            let user_agent = browser::user_agent(&headers).map(ToOwned::to_owned);
            Ok(Self { id, address, now: app.clock.now(), browser, user_agent })
        }
    }
}
