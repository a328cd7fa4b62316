//! What does the person see before they answer? (RFC 8628 section 3.3, BCP 6.1.14)

use super::pending::PendingCrossing;
use super::trouble::{Met, Trouble, troubled};
use super::{DECISION, SIGN_IN};
use crate::app::App;
use crate::edge::metrics;
use crate::network_relation::relation;
use crate::oauth::issue;
use crate::pages::views::{Abilities, Asker, Decide, Device, Lasts, NetworkKind, Warning};
use crate::people::browser::SignedIn;
use crate::people::visit::Visit;
use crate::people::{decision_form, respond};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, Presenter, Request as Asked, Step, Transfer};
use tandem_core::mitigations::facts::CodeUse;
use tandem_core::mitigations::{Facts, assess};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::metadata::path;
use tandem_core::time::Timestamp;
use tandem_store::{Change, Write};

/// `GET /device/decision`: the question.
pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let pending = PendingCrossing::read(&app, request.headers(), visit.now);
    drop(request);
    let response = match (pending, visit.browser.signed_in()) {
        (None, _) => respond::redirect(path::VERIFICATION),
        (Some(_), None) => respond::redirect(SIGN_IN),
        (Some(pending), Some(person)) => match question(&app, person, pending, &visit).await {
            Ok(question) => {
                respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &question, DECISION)
            }
            Err(trouble) => troubled(&app, &visit, trouble),
        },
    };
    visit.browser.dress(&app, response)
}

/// Counts the presentation, and gathers what the person must know.
async fn question(app: &App, person: &SignedIn, pending: PendingCrossing, visit: &Visit) -> Met<Decide> {
    let (address, now, language) = (visit.address, visit.now, visit.browser.locale().tag());
    let presenter = Presenter::new(Arc::clone(&person.user.sub), address, now);
    let presented = app.store.apply(pending.id, |crossing| present(app, crossing, &presenter, now)).await??;
    metrics::crossing("presented");
    let client = app.clients.get(&presented.client_id).ok_or(Trouble::Gone)?;
    let known = app.store.has_family(&person.user.sub, &presented.client_id).await.map_err(Trouble::Store)?;
    let network = relation(presented.device.address, address);
    let mut warnings = Vec::new();
    if network.kind == NetworkKind::Other {
        warnings.push(Warning::OtherNetwork);
    }
    if !known {
        warnings.push(Warning::FirstUse);
    }
    let scopes = presented.scope.tokens().map(|scope| (scope, app.scope_words(scope, language)));
    Ok(Decide {
        asker: Asker { name: client.client_name.clone(), verified: client.tandem_verified },
        device: Device {
            kind: presented.device.kind,
            name: presented.device.name.as_deref().map(str::to_owned),
        },
        network,
        began_seconds_ago: now.since(presented.initiated_at).as_secs(),
        abilities: Abilities::of(scopes),
        lasts: lasts(app, &client, &presented),
        user_code: pending.user_code.display(),
        seconds_left: presented.expires_at.since(now).as_secs(),
        warnings,
        crossing: decision_form::sealed(app, pending.id, person, presented.expires_at),
    })
}

fn present(app: &App, crossing: Crossing, by: &Presenter, now: Timestamp) -> Change<Met<Arc<Asked>>> {
    let unchanged = crossing.clone();
    let outcome = crossing.into_pending(now).map_err(Trouble::from).and_then(|pending| {
        let facts = Facts {
            request: Some(&pending.request),
            code: CodeUse {
                presentations: pending.presentations,
                first: pending.presenter.as_deref(),
                presenting: Some(by),
                ..Facts::at(now).code
            },
            ..Facts::at(now)
        };
        let clearance =
            assess::<Transfer>(&facts, &app.policy(pending.request.room, &pending.request.client_id))
                .map_err(Trouble::Hindered)?;
        let request = Arc::clone(&pending.request);
        Ok((pending.present(by.clone(), &clearance), request))
    });
    match outcome {
        Ok((Step { next, event }, request)) => {
            Change { next, write: Write::Later(event), answer: Ok(request) }
        }
        Err(trouble) => Change { next: unchanged, write: Write::Nothing, answer: Err(trouble) },
    }
}

fn lasts(app: &App, client: &Client, asked: &Asked) -> Lasts {
    let lifetimes = issue::lifetimes(app, client);
    let offline = asked.scope.contains("offline_access");
    Lasts::For { seconds: if offline { lifetimes.refresh_token } else { lifetimes.access_token }.as_secs() }
}
