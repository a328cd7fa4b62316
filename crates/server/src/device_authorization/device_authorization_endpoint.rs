//! What does a device get that wants to be let in? (RFC 8628 sections 3.1 and 3.2)

use super::qr_code;
use crate::app::App;
use crate::edge::metrics;
use crate::initiator;
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::certificate_binding;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::{self, NonceOffer};
use crate::rate_limits::Caller;
use crate::signals;
use crate::trusted_devices;
use crate::whereabouts;
use axum::extract::{Request, State};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{CrossingId, Initiation, Pending, Request as Asked, Room, Verification};
use tandem_core::device_authorization::refusal::Refusal;
use tandem_core::device_authorization::request::DeviceAuthorizationRequest;
use tandem_core::device_authorization::response::DeviceAuthorizationResponse;
use tandem_core::device_authorization::user_code::UserCode;
use tandem_core::dpop::nonce::Audience;
use tandem_core::mitigations::establish_proximity::living_qr;
use tandem_core::mitigations::facts::{CodeUse, Freshness, Sender, SenderDemand};
use tandem_core::mitigations::{Facts, Hindrance, Policy, Reason, assess};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::initiation::Proved;
use tandem_core::oauth::metadata::path;
use tandem_store::BeginError;

/// How often a code is drawn that is free. With a million live codes a draw fails once in 25,000 times.
const DRAWS: usize = 8;

/// `device_authorization_endpoint`.
pub async fn device_authorization_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    nonce.answer(&app, Audience::AuthorizationServer, "device_authorization", answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let call = Call::read(app, request).await?;
    let client = authenticate(app, &call, path::DEVICE_AUTHORIZATION).await?;
    let asked = DeviceAuthorizationRequest::parse(&call.form, &client).map_err(refused)?;
    let (along, policy) = (&asked.initiation, app.policy(Room::DeviceAuthorization, &client.client_id));
    let proof = proof_of_possession::check(
        app,
        &call,
        path::DEVICE_AUTHORIZATION,
        Audience::AuthorizationServer,
        None,
    )?;
    let device = trusted_devices::identify(app, &call, &client, Room::DeviceAuthorization, proof).await?;
    let initiator = initiator::verify(app, &client, &policy, along, call.now);
    let initiator = initiator.map_err(|error| refused(error.into()))?;
    let attempts = [
        app.limits.initiate_client.take(&Caller::Name(&client.client_id), call.now),
        app.limits.initiate_address.take(&Caller::Address(call.address), call.now),
    ];
    let lately = signals::lately(app, &policy, call.address, call.now);
    let facts = Facts {
        wanted_code_lifetime: code_lifetime(app, &client),
        attempts: &attempts,
        signals: &lately,
        sender: Sender {
            demand: SenderDemand::None,
            ..certificate_binding::sender(&call, &client, proof, None)
        },
        initiating: whereabouts::asking(app, call.address, along.coordinates),
        device,
        device_kind: along.device_kind,
        binding_sent: along.binding.is_some(),
        qr_offered: Some(along.qr),
        initiator,
        ..Facts::at(call.now)
    };
    let registered = client.tandem_number_matching;
    let context = along.context(Proved::of(&facts), registered, &policy, || app.random.bytes());
    let initiation = Initiation {
        room: Room::DeviceAuthorization,
        client_id: Arc::clone(&client.client_id),
        scope: asked.scope,
        nonce: asked.nonce,
        dpop_jkt: proof,
        device: along.describe(&facts.device, call.address),
        user_code: None,
        backchannel: None,
        verification: Verification::Session,
        context: context.boxed(),
        interval: Duration::from_secs(app.config.device_authorization.interval.into()),
        now: call.now,
    };
    let device_code = CrossingId::draw_secret(call.now, app.random.bytes());
    let (user_code, begun) = begin(app, &policy, &device_code, &initiation, facts)?;
    metrics::crossing("initiated");
    response(app, &policy, &device_code, &user_code.display(), &begun)
}

/// What the device shows, and how long it may. The one place where the QR's address is made.
fn response(
    app: &App,
    policy: &Policy,
    device_code: &str,
    user_code: &str,
    begun: &Asked,
) -> Result<Response, Failure> {
    let verification_uri = app.url(path::VERIFICATION);
    let complete = qr_code::complete_uri(app, policy, &verification_uri, user_code, begun)?;
    let seed = qr_code::seed(app, CrossingId::of_secret(device_code), begun);
    Ok(answer::json(&DeviceAuthorizationResponse {
        device_code,
        user_code,
        verification_uri: &verification_uri,
        verification_uri_complete: &complete,
        expires_in: begun.expires_at.since(begun.initiated_at).as_secs(),
        interval: begun.interval.into(),
        tandem_user_code_expires_in: (begun.open_for != 0).then_some(begun.open_for.into()),
        tandem_number: begun.number().map(|number| number.shown.to_string()),
        tandem_qr_period: seed.as_ref().map(|_| living_qr::PERIOD),
        tandem_qr_seed: seed,
    }))
}

/// Draws a user code that is free, and begins the crossing.
fn begin(
    app: &App,
    policy: &Policy,
    device_code: &str,
    initiation: &Initiation,
    mut facts: Facts<'_>,
) -> Result<(UserCode, Arc<Asked>), Failure> {
    let id = CrossingId::of_secret(device_code);
    for _ in 0..DRAWS {
        let user_code = UserCode::from_random(app.random.bytes());
        let digest = user_code.digest(&app.keys.user_codes);
        let known = app.store.crossing_by_user_code(&digest).is_some();
        facts.code =
            CodeUse { freshness: if known { Freshness::Known } else { Freshness::New }, ..facts.code };
        let clearance = match assess(&facts, policy) {
            Ok(clearance) => clearance,
            Err(Hindrance::Refused(_, Reason::CodeRepeated)) => continue,
            Err(hindrance) => return Err(refused(hindrance.into())),
        };
        let step =
            Pending::initiate(id, Initiation { user_code: Some(digest), ..initiation.clone() }, &clearance);
        let request = step.next.request().cloned();
        match app.store.begin(step) {
            Ok(()) => return request.map(|request| (user_code, request)).ok_or_else(full),
            Err(BeginError::UserCodeTaken) => {}
            Err(BeginError::Full | BeginError::NotAnInitiation | BeginError::Closed) => return Err(full()),
        }
    }
    Err(full())
}

fn code_lifetime(app: &App, client: &Client) -> Duration {
    let seconds = client.tandem_code_lifetime.unwrap_or(app.config.device_authorization.code_lifetime);
    Duration::from_secs(seconds.into())
}

fn full() -> Failure {
    Failure::new(ErrorCode::TemporarilyUnavailable, "too many requests are waiting for an answer")
        .retry_after(Duration::from_secs(30))
}

/// A refusal of this room as it leaves.
pub fn refused(refusal: Refusal) -> Failure {
    let failure = Failure::explained(refusal.code(), &refusal);
    match refusal {
        Refusal::RateExceeded { retry_after } => failure.retry_after(retry_after),
        Refusal::PinDue => failure.pin_due(),
        Refusal::PinWrong { tries_left } => failure.pin_wrong(tries_left),
        _ => failure,
    }
}
