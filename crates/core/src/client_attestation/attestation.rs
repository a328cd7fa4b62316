//! Does an attester vouch for this key as one of a genuine instance? (section 4 of the draft)

use super::{AttestationRefusal, MAX_LEN};
use crate::digest::Digest;
use crate::jose::jws::{Audience, Expected, LEEWAY, Lifetime, Typ, numeric_date, string};
use crate::jose::{Jwk, JwkSet, Jws, JwsError, Unverified};
use crate::oauth::device_description::DeviceKind;
use crate::oauth::metadata::VERIFIED;
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Somebody whom the operator trusts to know genuine instances.
#[derive(Debug, Clone)]
pub struct Attester {
    /// Its name. Attestations that have an `iss` must have this one; later drafts have none.
    pub issuer: String,
    /// The clients whose instances it may vouch for.
    pub clients: Vec<Arc<str>>,
    /// How long ago its attestations may have been issued; as long as they say themselves if `None`.
    pub max_age: Option<Duration>,
}

impl Attester {
    /// Whether it may vouch for instances of this client.
    fn may_vouch_for(&self, client_id: &str) -> bool {
        self.clients.iter().any(|client| **client == *client_id)
    }
}

/// What an attester says of an instance.
#[derive(Debug, Clone)]
pub struct Attested {
    /// The key of the instance, to be proved.
    pub key: Jwk,
    /// Its thumbprint (RFC 7638).
    pub thumbprint: Digest,
    /// What kind of device it is, if the attester said so (`tandem_device_type`).
    pub kind: Option<DeviceKind>,
}

/// A well-formed attestation, not verified yet.
#[derive(Debug, Clone)]
pub struct Attestation<'a>(Jws<'a>);

impl<'a> Attestation<'a> {
    /// Reads the compact form.
    pub fn parse(attestation: &'a str) -> Result<Self, AttestationRefusal> {
        Ok(Self(Jws::parse(attestation, MAX_LEN)?))
    }

    /// The client that it says it is about.
    pub fn client_id(&self) -> Result<Unverified<&str>, AttestationRefusal> {
        Ok(self.0.unverified_str("sub").ok_or(JwsError::ClaimMissing("sub"))?)
    }

    /// Whether these keys have one that may have signed it, by its name and algorithm.
    pub fn may_be_of(&self, keys: &JwkSet) -> bool {
        self.0.may_be_of(keys)
    }

    /// Whether this attester may have made it: it may vouch for this client, and the attestation names nobody else (`iss`).
    pub fn may_be_by(&self, attester: &Attester, client_id: &str) -> bool {
        let named = self.0.unverified_str("iss");
        attester.may_vouch_for(client_id) && named.is_none_or(|issuer| issuer.peek() == attester.issuer)
    }

    /// What it says, if one of the attesters that are trusted for this client signed it with one of the keys beside it, and its
    /// time is not over. It may be shown as often as the instance likes: only with a proof of its key is it worth anything.
    pub fn verify(
        &self,
        attesters: &[(&Attester, Arc<JwkSet>)],
        client_id: &str,
        now: Timestamp,
    ) -> Result<Attested, AttestationRefusal> {
        let Self(jws) = self;
        jws.check_header(Typ::OneOf(&["oauth-client-attestation+jwt"]), &VERIFIED)?;
        let claims = jws.unverified_claims()?;
        if string(claims, "sub")?.ok_or(JwsError::ClaimMissing("sub"))? != client_id {
            return Err(AttestationRefusal::SubjectMismatch);
        }
        // A name that is no text is no missing name.
        string(claims, "iss")?;
        let key = claims.get("cnf").and_then(|cnf| cnf.get("jwk"));
        let key = Jwk::parse(key.ok_or(AttestationRefusal::ConfirmationMissing)?)?;
        let expected = Expected {
            typ: Typ::OneOf(&[]),
            algorithms: &VERIFIED,
            issuer: None,
            // An attestation is for whomever the instance calls: the proof has the audience.
            audience: Audience::OneOf(&[]),
            lifetime: Lifetime::UntilExp,
            leeway: LEEWAY,
            now,
        };
        expected.check_times(claims).map_err(|error| match error {
            JwsError::Expired => AttestationRefusal::NotFresh,
            other => other.into(),
        })?;
        let (signer, _) = attesters
            .iter()
            .filter(|(attester, _)| self.may_be_by(attester, client_id))
            .find(|(_, keys)| jws.verify_signature(keys).is_ok())
            .ok_or(AttestationRefusal::AttesterUnknown)?;
        if let Some(max_age) = signer.max_age {
            let iat = numeric_date(claims, "iat")?.ok_or(AttestationRefusal::NotFresh)?;
            if now > iat.plus(max_age).plus(LEEWAY) {
                return Err(AttestationRefusal::NotFresh);
            }
        }
        let kind = string(claims, "tandem_device_type")?.map(DeviceKind::parse);
        let thumbprint = key.thumbprint();
        Ok(Attested { key, thumbprint, kind })
    }
}
