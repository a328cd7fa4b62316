//! `POST /admin/v1/incidents`: what did a program find?

use super::call::{Right, admit, bad, respond, words};
use super::contain::carry_out;
use super::operation::INCIDENTS;
use super::show::shown;
use super::wire::{LONGEST_NAME, MOST_WORDS, NewIncident as Asked, Target as Named, TargetKind};
use crate::app::App;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::incident::{Cause, Response as Rule, Target};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_store::{DeviceName, NewIncident, Opened, StoreError};

/// Opens an incident, or adds to the one of the same crossing.
pub async fn open(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    respond(&app, nonce, answer)
}

/// What an incident is about, as far as it is known.
struct About {
    target: Target,
    sub: Option<Arc<str>>,
    client_id: Option<Arc<str>>,
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let admitted = admit(app, request, Right::Manage).await?;
    let (now, actor) = (admitted.now, admitted.actor.clone());
    let Asked { target, reason, contain } = admitted.json(app).await?;
    let summary = words(&reason, MOST_WORDS)
        .ok_or_else(|| bad("reason is empty, too long, or has control characters"))?;
    let about = about(app, &target).await?;
    let About { target, sub, client_id } =
        about.ok_or_else(|| bad("there is no such crossing, person, client or device"))?;
    let new = NewIncident {
        cause: Cause::Api,
        // Whoever asks for containment gets it below, in their own name.
        response: Rule::Record,
        at: now,
        actor: actor.clone(),
        crossing: if let Target::Crossing(id) = target { Some(id) } else { None },
        sub,
        client_id,
        summary,
        targets: vec![target],
        seen: Vec::new(),
    };
    let opened = app.store.open_incident(new, None).await?;
    // Only what comes from an event may be known already as a whole.
    let opened = opened.ok_or(Failure::new(ErrorCode::ServerError, "the incident was not opened"))?;
    if contain {
        carry_out(app, opened.id(), actor, now).await?;
    }
    let status = match opened {
        Opened::New(_) => StatusCode::CREATED,
        Opened::Known(_) => StatusCode::OK,
    };
    let mut answer = shown(app, opened.id(), status).await?;
    if let Ok(address) = HeaderValue::try_from(app.url(&format!("{INCIDENTS}/{}", opened.id()))) {
        answer.headers_mut().insert(header::LOCATION, address);
    }
    Ok(answer)
}

/// What this names; `None` if there is no such thing.
async fn about(app: &App, named: &Named) -> Result<Option<About>, StoreError> {
    let name = named.id.as_str();
    if name.chars().count() > LONGEST_NAME {
        return Ok(None);
    }
    Ok(match named.kind {
        TargetKind::Crossing => match CrossingId::parse(name) {
            Some(id) => crossing(app, id).await?,
            None => None,
        },
        TargetKind::Person => app.store.user(name).await?.map(|user| About {
            target: Target::Person(Arc::clone(&user.sub)),
            sub: Some(Arc::clone(&user.sub)),
            client_id: None,
        }),
        TargetKind::Client => app.clients.get(name).map(|client| About {
            target: Target::Client(Arc::clone(&client.client_id)),
            sub: None,
            client_id: Some(Arc::clone(&client.client_id)),
        }),
        TargetKind::Device => {
            app.store.trusted_device(DeviceName::Id(name.into())).await?.map(|device| About {
                target: Target::Device(Arc::clone(&device.id)),
                sub: None,
                client_id: Some(Arc::clone(&device.client_id)),
            })
        }
    })
}

/// A crossing that is under way, or that left a token family behind.
async fn crossing(app: &App, id: CrossingId) -> Result<Option<About>, StoreError> {
    let about = |sub, client_id: &Arc<str>| About {
        target: Target::Crossing(id),
        sub,
        client_id: Some(Arc::clone(client_id)),
    };
    if let Some(family) = app.store.family(id).await? {
        return Ok(Some(about(Some(Arc::clone(&family.authentication.sub)), &family.client_id)));
    }
    Ok(app.store.crossing(id).map(|crossing| {
        let sub = match &crossing {
            Crossing::Approved(approved) => Some(Arc::clone(&approved.approval.authentication.sub)),
            Crossing::Pending(_) | Crossing::Denied(_) | Crossing::Redeemed(_) => None,
        };
        about(sub, crossing.client_id())
    }))
}
