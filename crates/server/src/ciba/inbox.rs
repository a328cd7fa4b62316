//! What waits for this person? The list of requests, live. (BCP 6.1.14)

use super::decide::pin_due;
use super::live::{self, Listener, Tempo};
use super::{INBOX, details};
use crate::app::App;
use crate::pages::views::{Asker, EndedRequest, Inbox, InboxList, OpenRequest, RequestEnd};
use crate::people::browser::SignedIn;
use crate::people::respond;
use crate::people::visit::Visit;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::crossing::{Crossing, DenialReason, Request as Asked};
use tandem_core::oauth::form::Form;
use tandem_core::time::Timestamp;

/// Where somebody goes who is not signed in yet, to come back to the inbox.
const SIGN_IN: &str = "/sign-in?next=/inbox";
/// How many requests are listed that are over.
const MOST_ENDED: usize = 10;

/// `GET /inbox`, and `GET /inbox?part=list` for the list alone.
pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let query = Form::parse_query(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    drop(request);
    let response = match (visit.browser.signed_in(), query.get("part")) {
        (None, Some(_)) => StatusCode::UNAUTHORIZED.into_response(),
        (None, None) => respond::redirect(SIGN_IN),
        (Some(person), Some(_)) => {
            let list = InboxList(inbox(&app, person, &visit));
            respond::page(&app, &visit.browser, &visit.id, StatusCode::OK, &list)
        }
        (Some(person), None) => {
            let page = inbox(&app, person, &visit);
            respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &page, INBOX)
        }
    };
    visit.browser.dress(&app, response)
}

/// `GET /inbox/events`.
pub async fn events(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    drop(request);
    match visit.browser.signed_in() {
        // 204 tells an EventSource not to come back.
        None => StatusCode::NO_CONTENT.into_response(),
        Some(person) => live::events(
            &app,
            Arc::clone(&person.user.sub),
            Listener::Browser(person.session.id),
            Tempo::USUAL,
        ),
    }
}

fn inbox(app: &App, person: &SignedIn, visit: &Visit) -> Inbox {
    let language = visit.browser.locale().tag();
    let mut inbox = Inbox::default();
    for crossing in app.store.crossings_of(&person.user.sub) {
        let Some(asked) = crossing.request() else {
            continue;
        };
        if matches!(&crossing, Crossing::Pending(pending) if !pending.is_over(visit.now)) {
            inbox.open.push(open(app, &crossing, asked, language, visit.now));
        } else if inbox.ended.len() < MOST_ENDED {
            inbox.ended.push(EndedRequest {
                asker: asker(app, asked).name,
                end: end(&crossing),
                began_seconds_ago: visit.now.since(asked.initiated_at).as_secs(),
                pin: pin_due(app, &crossing, visit.now).map(|_| crossing.id().to_string()),
            });
        }
    }
    inbox
}

fn open(app: &App, crossing: &Crossing, asked: &Asked, language: &str, now: Timestamp) -> OpenRequest {
    let backchannel = asked.backchannel.as_deref();
    let words = backchannel
        .and_then(|asked| asked.authorization_details.as_ref())
        .map(|all| details::in_words(app, all, language))
        .unwrap_or_default();
    OpenRequest {
        id: crossing.id().to_string(),
        asker: asker(app, asked),
        headline: words.into_iter().next(),
        binding_message: backchannel
            .and_then(|asked| asked.binding_message.as_deref())
            .map(ToOwned::to_owned),
        began_seconds_ago: now.since(asked.initiated_at).as_secs(),
        seconds_left: crossing.ends_at().since(now).as_secs(),
    }
}

/// Who asks, as people know them.
pub fn asker(app: &App, asked: &Asked) -> Asker {
    let client = app.clients.get(&asked.client_id);
    let name =
        client.as_ref().map_or_else(|| asked.client_id.to_string(), |client| client.client_name.clone());
    Asker { name, verified: client.is_some_and(|client| client.tandem_verified) }
}

fn end(crossing: &Crossing) -> RequestEnd {
    match crossing {
        Crossing::Pending(_) => RequestEnd::Expired,
        Crossing::Approved(_) | Crossing::Redeemed(_) => RequestEnd::Approved,
        Crossing::Denied(denied) => match denied.denial.reason {
            DenialReason::Reported => RequestEnd::Reported,
            _ => RequestEnd::Denied,
        },
    }
}
