//! Whom does this `login_hint_token` name, and may its issuer say so? (CIBA Core section 7.1, RFC 9493)
//!
//! The token only names a person, so that it may be used again while it lives.

use super::refusal::Refusal;
use super::request::{MAX_HINT_TOKEN, MAX_LOGIN_HINT};
use crate::jose::jws::{Audience, Expected, LEEWAY, Lifetime, Typ, string};
use crate::jose::{Algorithm, JwkSet, Jws, JwsError};
use crate::time::Timestamp;
use serde_json::{Map, Value};
use url::Url;

/// An issuer whose login hint tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintIssuer {
    /// Its `iss`.
    pub issuer: String,
    /// How it signs.
    pub algorithms: Vec<Algorithm>,
    /// What it means by `sub`, and by an identifier of the format `opaque`.
    pub subject: SubjectMeaning,
}

/// What an issuer means by a bare subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubjectMeaning {
    /// Our subject identifier: it got it from our ID tokens.
    #[default]
    Subject,
    /// A user name here.
    Username,
    /// An e-mail address.
    Email,
}

/// A person, as a hint names them. Whether there is such a person is not known yet.
#[derive(Clone, PartialEq, Eq)]
pub enum Named {
    /// By our subject identifier.
    Subject(String),
    /// By the name they sign in with.
    Username(String),
    /// By their e-mail address.
    Email(String),
}

impl std::fmt::Debug for Named {
    /// Not whom: names of people do not belong in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Subject(_) => "Subject(..)",
            Self::Username(_) => "Username(..)",
            Self::Email(_) => "Email(..)",
        })
    }
}

/// A well-formed login hint token, not verified yet.
#[derive(Debug, Clone)]
pub struct LoginHintToken<'a>(Jws<'a>);

impl<'a> LoginHintToken<'a> {
    /// Reads the compact form.
    pub fn parse(token: &'a str) -> Result<Self, Refusal> {
        Jws::parse(token, MAX_HINT_TOKEN).map(Self).map_err(Refusal::HintToken)
    }

    /// Of these issuers the one that it says it is from, with what the caller keeps beside it: its keys, or where they are.
    pub fn issuer<'i, K>(&self, issuers: &'i [(HintIssuer, K)]) -> Result<&'i (HintIssuer, K), Refusal> {
        let claimed =
            self.0.unverified_str("iss").ok_or(Refusal::HintToken(JwsError::ClaimMissing("iss")))?;
        let mut issuers = issuers.iter();
        issuers.find(|(by, _)| by.issuer == claimed.peek()).ok_or(Refusal::HintTokenIssuerUnknown)
    }

    /// Whether these keys have one that may have signed it, by its name and algorithm.
    pub fn may_be_of(&self, keys: &JwkSet) -> bool {
        self.0.may_be_of(keys)
    }

    /// Whom it names, if this issuer made it with one of `keys` for us, who are `our_issuer`.
    pub fn verify(
        &self,
        by: &HintIssuer,
        keys: &JwkSet,
        our_issuer: &str,
        now: Timestamp,
    ) -> Result<Named, Refusal> {
        let Self(jws) = self;
        let held = jws.check(&Expected {
            typ: Typ::OneOfOrAbsent(&["JWT"]),
            algorithms: &by.algorithms,
            issuer: Some(&by.issuer),
            audience: Audience::OneOf(&[our_issuer]),
            lifetime: Lifetime::UntilExp,
            leeway: LEEWAY,
            now,
        });
        match held {
            // That a token is over is told only to who holds a real one.
            Ok(()) | Err(JwsError::Expired) => {}
            Err(error) => return Err(Refusal::HintToken(error)),
        }
        jws.verify_signature(keys).map_err(Refusal::HintToken)?;
        held.map_err(|_| Refusal::HintTokenExpired)?;
        let named = named(jws.unverified_claims().map_err(Refusal::HintToken)?, by, our_issuer)?;
        let (Named::Subject(text) | Named::Username(text) | Named::Email(text)) = &named;
        let fit = !text.is_empty() && text.chars().nth(MAX_LOGIN_HINT).is_none();
        if fit && !text.chars().any(char::is_control) { Ok(named) } else { Err(Refusal::HintTokenSubject) }
    }
}

/// `sub_id` says more than `sub`, so that it is asked first (RFC 9493 section 4.1).
fn named(claims: &Map<String, Value>, by: &HintIssuer, our_issuer: &str) -> Result<Named, Refusal> {
    let Some(sub_id) = claims.get("sub_id") else {
        let sub = string(claims, "sub").map_err(Refusal::HintToken)?;
        return Ok(by.means(sub.ok_or(Refusal::HintTokenSubject)?));
    };
    let member = |name| sub_id.get(name).and_then(Value::as_str).ok_or(Refusal::HintTokenSubject);
    match member("format")? {
        // Another issuer's subjects mean nothing here.
        "iss_sub" if member("iss")? == our_issuer => Ok(Named::Subject(member("sub")?.to_owned())),
        "opaque" => Ok(by.means(member("id")?)),
        "email" => Ok(Named::Email(member("email")?.to_owned())),
        "account" => account(member("uri")?, our_issuer),
        _ => Err(Refusal::HintTokenSubject),
    }
}

/// An account of ours: `acct:alice@our.host` (RFC 7565).
fn account(uri: &str, our_issuer: &str) -> Result<Named, Refusal> {
    let (scheme, rest) = uri.split_once(':').ok_or(Refusal::HintTokenSubject)?;
    let (name, host) = rest.rsplit_once('@').ok_or(Refusal::HintTokenSubject)?;
    let issuer = Url::parse(our_issuer).ok();
    let ours = issuer.as_ref().and_then(Url::host_str).is_some_and(|own| own.eq_ignore_ascii_case(host));
    if scheme.eq_ignore_ascii_case("acct") && ours && !name.contains(['%', '@']) {
        Ok(Named::Username(name.to_owned()))
    } else {
        Err(Refusal::HintTokenSubject)
    }
}

impl HintIssuer {
    fn means(&self, subject: &str) -> Named {
        let subject = subject.to_owned();
        match self.subject {
            SubjectMeaning::Subject => Named::Subject(subject),
            SubjectMeaning::Username => Named::Username(subject),
            SubjectMeaning::Email => Named::Email(subject),
        }
    }
}
