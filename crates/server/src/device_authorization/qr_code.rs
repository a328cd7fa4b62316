//! What does the QR code of a request carry, and what does it prove when a phone opens it? (BCP 6.1.1, 6.1.3)
//!
//! `qr` is a statement that the server signed: where and when the request began. `live` is what the device drew just now
//! under the seed of its request.

use crate::app::App;
use crate::oauth::failure::Failure;
use crate::whereabouts;
use tandem_core::crossing::{CrossingId, Pending, QrKind, Request as Asked};
use tandem_core::mitigations::Policy;
use tandem_core::mitigations::establish_proximity::signed_qr::{self, SignedQr};
use tandem_core::mitigations::establish_proximity::{QrDemand, living_qr};
use tandem_core::mitigations::facts::QrEvidence;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::form::Form;
use tandem_core::time::Timestamp;

/// The parameter with the signed statement.
const SIGNED: &str = "qr";
/// The parameter that a device that draws living codes adds.
const LIVING: &str = "live";

/// The complete verification URI; with the signed statement where policy wants one.
pub fn complete_uri(
    app: &App,
    policy: &Policy,
    verification_uri: &str,
    user_code: &str,
    begun: &Asked,
) -> Result<String, Failure> {
    let mut uri = format!("{verification_uri}?user_code={user_code}");
    if policy.establish_proximity.signed_qr != QrDemand::Off {
        let place = whereabouts::initiating(app, begun).place;
        let life = (begun.initiated_at.as_secs(), begun.expires_at.as_secs());
        let said = SignedQr::new(app.issuer(), life, user_code, begun.device.address, place.as_ref());
        uri.push('&');
        uri.push_str(SIGNED);
        uri.push('=');
        uri.push_str(&sign(app, &said)?);
    }
    Ok(uri)
}

fn sign(app: &App, said: &SignedQr) -> Result<String, Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a QR code could not be signed");
        Failure::new(ErrorCode::ServerError, "the server could not sign")
    };
    let signing = app.keys.signing();
    let algorithms = app.algorithms();
    let key = algorithms.iter().find_map(|algorithm| signing.key(*algorithm));
    let key = key.ok_or_else(|| cannot(&"there is no signing key"))?;
    app.effort.sign();
    key.sign(app.random.source(), signed_qr::TYP, said).map_err(|error| cannot(&error))
}

/// The seed for living codes, where the device draws them.
pub fn seed(app: &App, id: CrossingId, begun: &Asked) -> Option<String> {
    let living = begun.context.as_ref().is_some_and(|context| context.qr == QrKind::Living);
    living.then(|| living_qr::seed(id, &app.keys.user_codes))
}

/// What the address proves by which a request is opened. Something that does not hold rejects it, whatever else holds;
/// and nothing that cannot be checked counts.
pub fn evidence(app: &App, pending: &Pending, user_code: &str, query: &Form, now: Timestamp) -> QrEvidence {
    let signed = query.get(SIGNED).map(|token| {
        app.effort.verify();
        signed_qr::verify(token, app.keys.signing().published(), app.issuer(), user_code, now).is_ok()
    });
    let living =
        query.get(LIVING).map(|given| living_qr::is_alive(given, pending.id, &app.keys.user_codes, now));
    match (signed, living) {
        (None, None) => QrEvidence::NotUsed,
        (Some(false), _) | (_, Some(false)) => QrEvidence::Rejected,
        (signed, living) => {
            QrEvidence::Holds { signed: signed.unwrap_or(false), living: living.unwrap_or(false) }
        }
    }
}
