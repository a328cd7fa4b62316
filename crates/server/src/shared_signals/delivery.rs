//! Where do tokens go, and what is said there? The receiver's wishes, checked, with its secret sealed.

use super::call::refused;
use crate::app::App;
use crate::oauth::failure::Failure;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::shared_signals::Delivery;
use tandem_core::shared_signals::configuration::poll_url;
use tandem_core::shared_signals::request::WantedDelivery;
use url::Url;
use zeroize::Zeroizing;

/// Under which purpose the authorization header of a stream is sealed: what is sealed for one opens for no other.
fn purpose(stream_id: &str) -> String {
    format!("ssf authorization header {stream_id}")
}

/// The delivery of a new stream. Where it will be fetched is ours to say, whatever its receiver believes.
pub(super) fn of_new(app: &App, stream_id: &str, wanted: WantedDelivery) -> Result<Delivery, Failure> {
    match wanted {
        WantedDelivery::Poll { .. } => Ok(Delivery::Poll),
        push @ WantedDelivery::Push { .. } => of_known(app, stream_id, push),
    }
}

/// The delivery of a stream that is there.
pub(super) fn of_known(app: &App, stream_id: &str, wanted: WantedDelivery) -> Result<Delivery, Failure> {
    let (endpoint_url, authorization_header) = match wanted {
        WantedDelivery::Poll { endpoint_url: Some(url) } if url != poll_url(app.issuer(), stream_id) => {
            return Err(refused("endpoint_url of a poll is set by the transmitter, and is not that"));
        }
        WantedDelivery::Poll { .. } => return Ok(Delivery::Poll),
        WantedDelivery::Push { endpoint_url, authorization_header } => (endpoint_url, authorization_header),
    };
    let url: Url = endpoint_url.parse().map_err(|_| refused("endpoint_url is no URL"))?;
    app.outgoing.may_call(&url).map_err(|refusal| Failure::explained(ErrorCode::InvalidRequest, &refusal))?;
    let sealed = authorization_header.map(|header| app.keys.seal_text(&purpose(stream_id), &header));
    let sealed = sealed.transpose().map_err(|error| {
        tracing::error!(%error, "an authorization header cannot be sealed");
        Failure::new(ErrorCode::ServerError, "the server cannot keep the authorization header")
    })?;
    Ok(Delivery::Push { endpoint_url, authorization: sealed })
}

/// The authorization header that a receiver gave, if it gave one. `Err`: it cannot be opened.
pub(super) fn authorization(
    app: &App,
    stream_id: &str,
    delivery: &Delivery,
) -> Result<Option<Zeroizing<String>>, ()> {
    match delivery {
        Delivery::Push { authorization: Some(sealed), .. } => {
            app.keys.open_text(&purpose(stream_id), sealed).map(Some).ok_or(())
        }
        Delivery::Push { authorization: None, .. } | Delivery::Poll => Ok(None),
    }
}
