//! What does a client get that wants a person to be asked? (CIBA Core sections 7 and 13)

use super::addressee::{self, Asked};
use super::notices;
use super::notification::Notification;
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
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::ciba::parameters::Parameters;
use tandem_core::ciba::refusal::Refusal;
use tandem_core::ciba::request::{BackchannelRequest, Rules, initiator_is_asked};
use tandem_core::ciba::response::BackchannelAuthenticationResponse;
use tandem_core::crossing::{
    Addressee, Backchannel, Clearance, CrossingId, DeliveryMode, Initiate, Initiation, Pending,
    Request as Asking, Room, Sound,
};
use tandem_core::digest::Digest;
use tandem_core::dpop::nonce::Audience;
use tandem_core::jose::jws::{MAX_LEN, may_be_of};
use tandem_core::mitigations::facts::{Attempt, Sender};
use tandem_core::mitigations::rate_limits::Fatigue;
use tandem_core::mitigations::{Facts, Policy, assess};
use tandem_core::oauth::authorization_details::DetailsType;
use tandem_core::oauth::client::{Client, UserHints};
use tandem_core::oauth::device_description::DeviceDescription;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::initiation::Proved;
use tandem_core::oauth::metadata::path;
use tandem_store::BeginError;
use tokio::time::Instant;

/// Where a client may not learn who exists, no answer leaves before this time: longer than any look at the store, and
/// than the check of a user code.
const CONCEALED_FOR: Duration = Duration::from_millis(150);

/// `backchannel_authentication_endpoint`.
pub async fn backchannel_authentication_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await.unwrap_or_else(|failure| {
        metrics::refused("backchannel_authentication", failure.code().as_str());
        failure.into_response()
    });
    nonce.put(&app, Audience::AuthorizationServer, answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let arrived = Instant::now();
    let call = Call::read(app, request).await?;
    let client = authenticate(app, &call, path::BACKCHANNEL_AUTHENTICATION).await?;
    let client = match call.form.get("request") {
        Some(request) => app.published_keys.of_client(client, |keys| may_be_of(request, MAX_LEN, keys)).await,
        None => client,
    };
    let answer = ask(app, &call, &client).await;
    if client.tandem_user_hints == UserHints::Conceal {
        tokio::time::sleep_until(arrived + CONCEALED_FOR).await;
    }
    answer
}

async fn ask(app: &App, call: &Call, client: &Client) -> Result<Response, Failure> {
    let parameters = parameters(app, call, client)?;
    let details_type = |name: &str| app.details_types.get(name);
    let asked =
        BackchannelRequest::parse(&parameters, client, &rules(app, &details_type)).map_err(refused)?;
    let proof = proof_of_possession::check(
        app,
        call,
        path::BACKCHANNEL_AUTHENTICATION,
        Audience::AuthorizationServer,
        None,
    )?;
    let policy = app.policy(Room::Ciba, &client.client_id);
    let along = &asked.initiation;
    let device = trusted_devices::identify(app, call, client, Room::Ciba, proof).await?;
    let initiator = initiator::verify(app, client, &policy, along, call.now);
    let initiator = initiator.map_err(|error| refused(error.into()))?;
    let client_attempt = app.limits.ask_client.take(&Caller::Name(&client.client_id), call.now);
    let client_attempt =
        client_attempt.and(app.limits.ask_address.take(&Caller::Address(call.address), call.now));
    let lately = signals::lately(app, &policy, call.address, call.now);
    let Asked { addressee, hint, quiet_times, mut attempts } =
        addressee::find(app, client, &asked, call.now).await?;
    initiator_is_asked(initiator.as_ref(), &addressee).map_err(refused)?;
    attempts.push(client_attempt);
    let facts = Facts {
        wanted_code_lifetime: asked.lifetime,
        attempts: &attempts,
        sender: Sender {
            demand: asked.sender_demand(client),
            ..certificate_binding::sender(call, client, proof, None)
        },
        quiet_times: &quiet_times,
        signals: &lately,
        initiating: whereabouts::asking(app, call.address, along.coordinates),
        device,
        device_kind: along.device_kind,
        binding_sent: along.binding.is_some(),
        initiator,
        ..Facts::at(call.now)
    };
    let (proved, described) = (Proved::of(&facts), along.describe(&facts.device, call.address));
    let context = along.context(proved, client.tandem_number_matching, &policy, || app.random.bytes());
    let auth_req_id = CrossingId::draw_secret(call.now, app.random.bytes());
    let backchannel = Backchannel {
        addressee: addressee.clone(),
        hint,
        delivery: asked.delivery,
        binding_message: asked.binding_message.clone(),
        authorization_details: asked.authorization_details.clone(),
        request_context: asked.request_context.clone(),
        acr_values: asked.acr_values.clone(),
        resource: asked.resource.clone(),
        sound: Sound::Heard,
        notification: notification(app, &asked, &auth_req_id)?,
    };
    let initiation = Initiation {
        context: context.boxed(),
        ..initiation(app, call, client, asked, (described, proof), backchannel)
    };
    let id = CrossingId::of_secret(&auth_req_id);
    let begun = begin(app, (client, &policy), (id, initiation), (addressee, facts), client_attempt)?;
    metrics::crossing("initiated");
    if let Some(notice) = notices::notice(client, id, &begun) {
        app.notifier.notify(notice);
    }
    Ok(answer::json(&response(&auth_req_id, &begun)))
}

/// Asks policy, and begins. What the person was asked lately is counted where nothing else can be sent to them meanwhile, so
/// that of several at once no more reach them than may.
fn begin(
    app: &App,
    (client, policy): (&Client, &Policy),
    (id, mut initiation): (CrossingId, Initiation),
    (addressee, facts): (Addressee, Facts<'_>),
    client_attempt: Attempt,
) -> Result<Arc<Asking>, Failure> {
    let (to, now) = (addressee.sub().cloned(), facts.now);
    let step = |fatigue| {
        let facts = Facts { fatigue, ..facts };
        let (clearance, addressee) = cleared(facts, policy, client, addressee, client_attempt)?;
        if let Some(backchannel) = &mut initiation.backchannel {
            backchannel.addressee = addressee;
        }
        Ok::<_, Failure>(Pending::initiate(id, initiation, &clearance))
    };
    let begun = if let Some(sub) = to {
        app.store.begin_for(&sub, |sent| step(Some(Fatigue::of(sent, &client.client_id, now))))?
    } else {
        let step = step(None)?;
        let begun = step.next.request().cloned();
        app.store.begin(step).and(begun.ok_or(BeginError::NotAnInitiation))
    };
    // Whatever it is, it passes.
    begun.map_err(|_: BeginError| full())
}

/// What policy says, and who is asked then.
fn cleared(
    facts: Facts<'_>,
    policy: &Policy,
    client: &Client,
    addressee: Addressee,
    client_attempt: Attempt,
) -> Result<(Clearance<Initiate>, Addressee), Failure> {
    let told = |hindrance| refused(Refusal::beforehand(hindrance));
    match assess(&facts, policy) {
        Ok(clearance) => Ok((clearance, addressee)),
        // That the person has had enough is theirs to tell.
        Err(hindrance)
            if client.tandem_user_hints == UserHints::Conceal && hindrance.tells_of_the_person() =>
        {
            let own = [client_attempt];
            // The client's quiet hours count for nobody too; the person's silence what nobody hears.
            let facts = Facts { fatigue: None, attempts: &own, ..facts };
            Ok((assess(&facts, policy).map_err(told)?, Addressee::Nobody))
        }
        Err(hindrance) => Err(told(hindrance)),
    }
}

/// The parameters, of the form or of the signed request in it, which counts once.
fn parameters<'f>(app: &App, call: &'f Call, client: &Client) -> Result<Parameters<'f>, Failure> {
    if call.form.get("request").is_some() {
        app.effort.verify();
    }
    let parameters = Parameters::read(&call.form, client, app.issuer(), call.now).map_err(refused)?;
    if let Some(signed) = parameters.signed()
        && !app.store.first_use(signed.jti_digest, signed.expires_at, call.now)
    {
        return Err(refused(Refusal::RequestReplayed));
    }
    Ok(parameters)
}

fn rules<'a>(app: &'a App, details_type: &'a dyn Fn(&str) -> Option<&'a DetailsType>) -> Rules<'a> {
    let seconds = |secs: u32| Duration::from_secs(secs.into());
    let ciba = &app.config.ciba;
    Rules {
        shortest: seconds(ciba.shortest_lifetime),
        longest: seconds(ciba.longest_lifetime),
        usual: seconds(ciba.request_lifetime),
        details_type,
    }
}

fn notification(
    app: &App,
    asked: &BackchannelRequest,
    auth_req_id: &str,
) -> Result<Option<Box<str>>, Failure> {
    let Some(token) = &asked.client_notification_token else { return Ok(None) };
    let kept =
        Notification { auth_req_id: auth_req_id.to_owned(), client_notification_token: token.to_string() };
    let sealed = kept.seal(app);
    sealed.map(Some).ok_or_else(|| Failure::new(ErrorCode::ServerError, "the server could not seal"))
}

fn initiation(
    app: &App,
    call: &Call,
    client: &Client,
    asked: BackchannelRequest,
    (device, proof): (DeviceDescription, Option<Digest>),
    backchannel: Backchannel,
) -> Initiation {
    let verification = asked.verification();
    Initiation {
        room: Room::Ciba,
        client_id: Arc::clone(&client.client_id),
        scope: asked.scope,
        nonce: None,
        dpop_jkt: proof,
        device,
        user_code: None,
        backchannel: Some(Box::new(backchannel)),
        verification,
        context: None,
        interval: Duration::from_secs(app.config.ciba.interval.into()),
        now: call.now,
    }
}

fn response<'a>(auth_req_id: &'a str, begun: &Asking) -> BackchannelAuthenticationResponse<'a> {
    let backchannel = begun.backchannel.as_deref();
    BackchannelAuthenticationResponse::new(
        auth_req_id,
        begun.expires_at.since(begun.initiated_at),
        backchannel.map_or(DeliveryMode::Poll, |asked| asked.delivery),
        Duration::from_secs(begun.interval.into()),
        begun.number().as_ref(),
    )
}

fn full() -> Failure {
    Failure::new(ErrorCode::TemporarilyUnavailable, "too many requests are waiting for an answer")
        .retry_after(Duration::from_secs(30))
}

/// A refusal of this room as it leaves.
pub fn refused(refusal: Refusal) -> Failure {
    let failure = Failure::explained(refusal.code(), &refusal);
    match refusal {
        Refusal::PinDue => failure.pin_due(),
        Refusal::PinWrong { tries_left } => failure.pin_wrong(tries_left),
        _ => match refusal.retry_after() {
            Some(wait) => failure.retry_after(wait),
            None => failure,
        },
    }
}
