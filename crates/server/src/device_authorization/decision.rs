//! What does the person see, and what do they answer? (RFC 8628 section 3.3, BCP 6.1.14)

use super::pending::PendingCrossing;
use crate::app::App;
use crate::edge::metrics;
use crate::oauth::issue;
use crate::pages::views::{
    Abilities, Asker, CodeTrouble, Decide, Decided, Device, DeviceKind, EnterCode, Lasts, Network, Outcome,
    Warning,
};
use crate::people::browser::SignedIn;
use crate::people::sealed_value::{open, seal};
use crate::people::visit::Visit;
use crate::people::{form, respond};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;
use tandem_core::crossing::{
    Approval, Approve, Crossing, CrossingId, Denial, DenialReason, Presenter, Request as Asked, Step,
    Transfer, TransitionRefusal,
};
use tandem_core::mitigations::facts::{CodeUse, ContextShown};
use tandem_core::mitigations::{Facts, Hindrance, assess};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::token_family::Authentication;
use tandem_core::time::Timestamp;
use tandem_store::{ApplyError, Change, SecurityEvent, Write};

const FORM: &str = "tandem decision form";
const HERE: &str = "/device/decision";
const SIGN_IN: &str = "/sign-in?next=/device/decision";

/// What one answer or look meets.
type Met<T> = Result<T, Trouble>;

/// Why there is nothing to decide.
#[derive(Debug)]
enum Trouble {
    /// No such request, or none any more.
    Gone,
    /// Its time is over.
    Expired,
    /// Somebody answered.
    AlreadyAnswered,
    /// A mitigation stands in the way.
    Hindered(Hindrance),
    /// The store failed.
    Store(tandem_store::StoreError),
}

impl From<TransitionRefusal> for Trouble {
    fn from(refusal: TransitionRefusal) -> Self {
        match refusal {
            TransitionRefusal::Expired => Self::Expired,
            TransitionRefusal::AlreadyAnswered | TransitionRefusal::BeyondRequest => Self::AlreadyAnswered,
        }
    }
}

impl From<ApplyError> for Trouble {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Unknown => Self::Gone,
            ApplyError::Busy | ApplyError::AlreadyRedeemed | ApplyError::NotDurable => Self::AlreadyAnswered,
            ApplyError::Store(error) => Self::Store(error),
        }
    }
}

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
        (Some(pending), Some(person)) => {
            match question(&app, person, pending, visit.address, visit.now).await {
                Ok(question) => {
                    respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &question, HERE)
                }
                Err(trouble) => troubled(&app, &visit, trouble),
            }
        }
    };
    visit.browser.dress(&app, response)
}

/// Counts the presentation, and gathers what the person must know.
async fn question(
    app: &App,
    person: &SignedIn,
    pending: PendingCrossing,
    address: IpAddr,
    now: Timestamp,
) -> Met<Decide> {
    let presenter = Presenter { sub: Arc::clone(&person.user.sub), address };
    let presented = app.store.apply(pending.id, |crossing| present(app, crossing, &presenter, now)).await??;
    metrics::crossing("presented");
    let client = app.clients.get(&presented.client_id).ok_or(Trouble::Gone)?;
    let known = app.store.families_of(&person.user.sub).await.map_err(Trouble::Store)?;
    let network = relation(presented.device.address, address);
    let mut warnings = Vec::new();
    if matches!(network, Network::Other { .. }) {
        warnings.push(Warning::OtherNetwork);
    }
    if !known.iter().any(|family| family.client_id == presented.client_id) {
        warnings.push(Warning::FirstUse);
    }
    let language = person.user.locale.as_deref().unwrap_or_default();
    let scopes = presented.scope.tokens().map(|scope| (scope, described(app, scope, language)));
    Ok(Decide {
        asker: Asker { name: client.client_name.clone(), verified: client.tandem_verified },
        device: Device {
            kind: DeviceKind::from_declared(presented.device.kind.as_str()),
            name: presented.device.name.as_deref().map(str::to_owned),
        },
        network,
        began_seconds_ago: now.since(presented.initiated_at).as_secs(),
        abilities: Abilities::of(scopes),
        lasts: lasts(app, &client, &presented),
        user_code: pending.user_code.display(),
        seconds_left: presented.expires_at.since(now).as_secs(),
        warnings,
        crossing: seal(&app.keys.browser, FORM, &form_payload(pending.id, person), presented.expires_at),
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
        let clearance = assess::<Transfer>(&facts, &app.policy).map_err(Trouble::Hindered)?;
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

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Allow,
    Deny,
    Report,
}

impl Answer {
    fn read(form: &Form) -> Option<Self> {
        match form.get("decision")? {
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            "report" => Some(Self::Report),
            _ => None,
        }
    }
}

/// `POST /device/decision`: the answer.
pub async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match form::read(&app, request).await {
        Err(failure) => respond::form_failure(&app, &visit.browser, &visit.id, failure),
        Ok(form) => answered(&app, &visit, &form).await,
    };
    visit.browser.dress(&app, response)
}

async fn answered(app: &App, visit: &Visit, form: &Form) -> Response {
    let Some(person) = visit.browser.signed_in() else { return respond::redirect(SIGN_IN) };
    let genuine = visit.browser.csrf_holds(app, form.get("csrf"));
    // A stale or foreign form decides nothing: the question is shown again.
    let Some(answer) = Answer::read(form).filter(|_| genuine) else { return respond::redirect(HERE) };
    let shown = form.get("crossing").and_then(|text| shown_crossing(app, person, text, visit.now));
    match decide(app, person, shown, answer, visit.address, visit.now).await {
        Ok(outcome) => decided(app, visit, StatusCode::OK, outcome),
        Err(trouble) => troubled(app, visit, trouble),
    }
}

/// The page after the answer; the browser has nothing to answer any more.
fn decided(app: &App, visit: &Visit, status: StatusCode, outcome: Outcome) -> Response {
    let mut response = respond::page(app, &visit.browser, &visit.id, status, &Decided { outcome });
    PendingCrossing::forget(app, &mut response);
    response
}

/// Carries the answer out; it is on disk before this returns.
async fn decide(
    app: &App,
    person: &SignedIn,
    shown: Option<CrossingId>,
    answer: Answer,
    address: IpAddr,
    now: Timestamp,
) -> Met<Outcome> {
    let id = shown.ok_or(Trouble::Gone)?;
    let asked =
        app.store.apply(id, |crossing| transition(app, person, crossing, answer, address, now)).await??;
    let asker =
        app.clients.get(&asked.client_id).map_or_else(String::new, |client| client.client_name.clone());
    Ok(match answer {
        Answer::Allow => {
            metrics::crossing("approved");
            Outcome::Allowed { asker, device: DeviceKind::from_declared(asked.device.kind.as_str()) }
        }
        Answer::Deny => {
            metrics::crossing("denied");
            Outcome::Denied { asker }
        }
        Answer::Report => {
            metrics::crossing("reported");
            tracing::warn!(crossing = %id, client_id = %asked.client_id, device_address = %asked.device.address,
                "a person says that they did not start this request");
            Outcome::Reported { asker }
        }
    })
}

fn transition(
    app: &App,
    person: &SignedIn,
    crossing: Crossing,
    answer: Answer,
    address: IpAddr,
    now: Timestamp,
) -> Change<Met<Arc<Asked>>> {
    let unchanged = crossing.clone();
    let sub = Arc::clone(&person.user.sub);
    let outcome = crossing.into_pending(now).map_err(Trouble::from).and_then(|pending| {
        let request = Arc::clone(&pending.request);
        let denial = |reason| Denial { sub: Arc::clone(&sub), reason, address, at: now };
        let step = match answer {
            Answer::Deny => pending.deny(denial(DenialReason::Declined))?,
            Answer::Report => pending.deny(denial(DenialReason::Reported))?,
            Answer::Allow => {
                let presenter = Presenter { sub: Arc::clone(&sub), address };
                let facts = Facts {
                    request: Some(&request),
                    code: CodeUse {
                        presentations: pending.presentations,
                        first: pending.presenter.as_deref(),
                        presenting: Some(&presenter),
                        ..Facts::at(now).code
                    },
                    // The form is sealed for this crossing and this session, and only the decision page makes one.
                    context: ContextShown::DecisionPage,
                    ..Facts::at(now)
                };
                let clearance = assess::<Approve>(&facts, &app.policy).map_err(Trouble::Hindered)?;
                let session = &person.session;
                let authentication = Authentication {
                    sub: Arc::clone(&sub),
                    auth_time: session.auth_time,
                    method: session.method,
                };
                let scope = request.scope.clone();
                pending.approve(Approval { authentication, scope, address, at: now }, &clearance)?
            }
        };
        Ok((step, request))
    });
    match outcome {
        Err(trouble) => Change { next: unchanged, write: Write::Nothing, answer: Err(trouble) },
        Ok((Step { next, event }, request)) => {
            let write = match answer {
                Answer::Allow => Write::Durable(event),
                Answer::Deny | Answer::Report => {
                    let kind = if answer == Answer::Deny { "denied" } else { "reported" };
                    let record = security_event(kind, next.id(), &request, &sub, address, now);
                    Write::DurableWith(event, Box::new(record))
                }
            };
            Change { next, write, answer: Ok(request) }
        }
    }
}

fn security_event(
    kind: &str,
    crossing: CrossingId,
    asked: &Asked,
    sub: &Arc<str>,
    address: IpAddr,
    at: Timestamp,
) -> SecurityEvent {
    SecurityEvent {
        at,
        kind: kind.to_owned(),
        crossing: Some(crossing),
        sub: Some(Arc::clone(sub)),
        client_id: Some(Arc::clone(&asked.client_id)),
        address: Some(address),
        detail: Some(format!("asked from {}", asked.device.address)),
    }
}

/// What a decision form is tied to: one crossing and one session.
fn form_payload(id: CrossingId, person: &SignedIn) -> Vec<u8> {
    [id.as_bytes().as_slice(), person.session.id.as_bytes()].concat()
}

fn shown_crossing(app: &App, person: &SignedIn, text: &str, now: Timestamp) -> Option<CrossingId> {
    let payload = open(&app.keys.browser, FORM, text, now)?;
    let (id, session) = payload.split_first_chunk::<16>()?;
    (session == person.session.id.as_bytes()).then(|| CrossingId::from_bytes(*id))
}

/// Where the device is, seen from the phone. Addresses of the two families cannot be compared.
fn relation(device: IpAddr, phone: IpAddr) -> Network {
    let same = match (device, phone) {
        (IpAddr::V4(one), IpAddr::V4(two)) => one == two,
        (IpAddr::V6(one), IpAddr::V6(two)) => {
            one.octets().first_chunk::<8>() == two.octets().first_chunk::<8>()
        }
        _ => return Network::Unknown,
    };
    if same { Network::Same } else { Network::Other { address: device.to_string() } }
}

fn described<'a>(app: &'a App, scope: &str, language: &str) -> Option<&'a str> {
    let words = app.config.scopes.get(scope)?;
    words.get(language).or_else(|| words.get(app.config.pages.default_language.as_str())).map(String::as_str)
}

fn lasts(app: &App, client: &Client, asked: &Asked) -> Lasts {
    let lifetimes = issue::lifetimes(app, client);
    let offline = asked.scope.contains("offline_access");
    Lasts::For { seconds: if offline { lifetimes.refresh_token } else { lifetimes.access_token }.as_secs() }
}

/// The page for a request that cannot be answered.
fn troubled(app: &App, visit: &Visit, trouble: Trouble) -> Response {
    let outcome = match trouble {
        Trouble::Store(error) => return respond::store_failure(app, &visit.id, error),
        Trouble::Expired => Outcome::Expired,
        Trouble::AlreadyAnswered => Outcome::AlreadyAnswered,
        Trouble::Gone | Trouble::Hindered(_) => {
            if let Trouble::Hindered(hindrance) = trouble {
                tracing::info!(?hindrance, "a mitigation stopped a decision");
            }
            let page = EnterCode { user_code: String::new(), trouble: Some(CodeTrouble::NotFound) };
            let mut response = respond::page_at(
                app,
                &visit.browser,
                &visit.id,
                StatusCode::NOT_FOUND,
                &page,
                path::VERIFICATION,
            );
            PendingCrossing::forget(app, &mut response);
            return response;
        }
    };
    decided(app, visit, StatusCode::GONE, outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_compare_within_their_family_only() {
        let relation = |device: &str, phone: &str| relation(device.parse().unwrap(), phone.parse().unwrap());
        assert_eq!(relation("192.0.2.1", "192.0.2.1"), Network::Same);
        assert_eq!(relation("192.0.2.1", "192.0.2.2"), Network::Other { address: "192.0.2.1".to_owned() });
        assert_eq!(relation("2001:db8::1", "2001:db8::2"), Network::Same);
        assert_eq!(relation("2001:db8::1", "192.0.2.2"), Network::Unknown);
    }
}
