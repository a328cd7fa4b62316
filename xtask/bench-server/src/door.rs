//! How does a person's yes come in without a page? The same transition, policy and durability as the decision pages'.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use std::sync::Arc;
use tandem_core::crossing::{Approval, Approve, Crossing, CrossingId, Presenter, Step};
use tandem_core::device_authorization::user_code::UserCode;
use tandem_core::mitigations::facts::{CodeUse, ContextShown, Given};
use tandem_core::mitigations::{Facts, assess};
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};
use tandem_core::time::Timestamp;
use tandem_server::app::App;
use tandem_server::ciba::decide::{Answer, Answering, Yes, decide};
use tandem_server::oauth::call::Call;
use tandem_server::whereabouts;
use tandem_store::{Change, Write};
use tokio::sync::OnceCell;

struct Door {
    app: Arc<App>,
    username: String,
    sub: OnceCell<Arc<str>>,
}

/// The side door, through which `username` says yes to a `user_code`, and whoever is asked to an `auth_req_id`.
pub fn routes(app: &Arc<App>, username: String) -> Router {
    let door = Door { app: Arc::clone(app), username, sub: OnceCell::new() };
    Router::new().route("/_bench/approve", post(approve)).with_state(Arc::new(door))
}

/// Answers 204 once the approval is on disk.
async fn approve(State(door): State<Arc<Door>>, request: Request) -> StatusCode {
    match try_approve(&door, request).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(problem) => {
            tracing::warn!(problem, "not approved");
            StatusCode::BAD_REQUEST
        }
    }
}

async fn try_approve(door: &Door, request: Request) -> Result<(), &'static str> {
    let app = &*door.app;
    let call = Call::read(app, request).await.map_err(|_| "not a form")?;
    if let Some(auth_req_id) = call.form.get("auth_req_id") {
        return backchannel(app, &call, auth_req_id).await;
    }
    let sub = door.sub.get_or_try_init(|| sub(door)).await?;
    let user_code = call.form.get("user_code").ok_or("no user_code")?;
    let digest = UserCode::parse(user_code).map_err(|_| "not a user code")?.digest(&app.keys.user_codes);
    let found = app.store.crossing_by_user_code(&digest).ok_or("unknown user_code")?;
    let presenter = Presenter::new(Arc::clone(sub), call.address, call.now);
    let applied =
        app.store.apply(found.id(), |crossing| transition(app, &presenter, crossing, call.now)).await;
    applied.map_err(|_| "not written")?
}

/// What the inbox does with a yes, from the point on where it knows who answers what. Who is asked answers.
async fn backchannel(app: &App, call: &Call, auth_req_id: &str) -> Result<(), &'static str> {
    let id = CrossingId::of_secret(auth_req_id);
    let found = app.store.crossing(id).ok_or("unknown auth_req_id")?;
    let sub = found.request().and_then(|request| request.addressee()).ok_or("nobody is asked")?;
    let answering = Answering {
        by: Authentication {
            sub: Arc::clone(sub),
            auth_time: call.now,
            method: AuthenticationMethod::Password,
        },
        address: call.address,
        now: call.now,
        coordinates: None,
        answer: Answer::Allow(Yes::default()),
        context: ContextShown::DecisionPage,
    };
    decide(app, id, answering).await.map(drop).map_err(|_| "refused or not written")
}

async fn sub(door: &Door) -> Result<Arc<str>, &'static str> {
    let user = door.app.store.user_by_username(&door.username).await.map_err(|_| "the store failed")?;
    Ok(Arc::clone(&user.ok_or("nobody of this name")?.sub))
}

fn transition(
    app: &App,
    presenter: &Presenter,
    crossing: Crossing,
    now: Timestamp,
) -> Change<Result<(), &'static str>> {
    let unchanged = crossing.clone();
    match approved(app, presenter, crossing, now) {
        Ok(Step { next, event }) => Change { next, write: Write::Durable(event), answer: Ok(()) },
        Err(problem) => Change { next: unchanged, write: Write::Nothing, answer: Err(problem) },
    }
}

fn approved(
    app: &App,
    presenter: &Presenter,
    crossing: Crossing,
    now: Timestamp,
) -> Result<Step, &'static str> {
    let pending = crossing.into_pending(now).map_err(|_| "answered or expired")?;
    // What the person reads off the device, and what the pages gather, so that a stricter policy is asked in full.
    let number = pending.request.number().map(|number| number.shown.to_string());
    let facts = Facts {
        request: Some(&pending.request),
        number: Given::from(number.as_deref()),
        initiating: whereabouts::initiating(app, &pending.request),
        deciding: whereabouts::deciding(app, presenter.address, None),
        warned: true,
        code: CodeUse {
            presentations: pending.presentations,
            first: pending.presenter.as_deref(),
            presenting: Some(presenter),
            ..Facts::at(now).code
        },
        context: ContextShown::DecisionPage,
        ..Facts::at(now)
    };
    let clearance = assess::<Approve>(&facts, &app.policy(pending.request.room, &pending.request.client_id))
        .map_err(|_| "hindered")?;
    let sub = Arc::clone(&presenter.sub);
    let authentication = Authentication { sub, auth_time: now, method: AuthenticationMethod::Password };
    let scope = pending.request.scope.clone();
    let approval = Approval::new(authentication, scope, presenter.address, now);
    pending.approve(approval, &clearance).map_err(|_| "refused")
}
