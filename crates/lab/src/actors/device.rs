//! A consumption device: the attacker's, or an honest one. It asks, shows, polls and collects. (RFC 8628)

use crate::http::{Answer, Machine};
use crate::outcome::{Played, Trouble};
use crate::server::{ISSUER, Lab};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use tandem_core::digest::Digest;
use tandem_core::mitigations::establish_proximity::living_qr;
use tandem_core::time::Timestamp;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An ES256 key that stays on its device.
#[derive(Debug)]
pub struct Key {
    pair: EcdsaKeyPair,
    proofs: Cell<u64>,
}

impl Key {
    /// A fresh one.
    pub fn new() -> Played<Self> {
        let lost = |_| Trouble::new("no key could be made");
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let bytes = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).map_err(lost)?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, bytes.as_ref())
            .map_err(|_| lost(aws_lc_rs::error::Unspecified))?;
        Ok(Self { pair, proofs: Cell::new(0) })
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let [x, y] = self.coordinates();
        Digest::of(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes()).to_string()
    }

    fn coordinates(&self) -> [String; 2] {
        let point = self.pair.public_key().as_ref().get(1..65).unwrap_or_default();
        let (x, y) = point.split_at(point.len() / 2);
        [x, y].map(|half| URL_SAFE_NO_PAD.encode(half))
    }

    /// A DPoP proof for a request (RFC 9449 section 4.2), and for the token that goes with it.
    pub fn proof(&self, method: &str, htu: &str, iat: u64, token: Option<&str>) -> Played<String> {
        let [x, y] = self.coordinates();
        let number = self.proofs.get();
        self.proofs.set(number + 1);
        let jti = format!("{x}-{number}");
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        let mut claims = json!({ "jti": jti, "htm": method, "htu": htu, "iat": iat });
        if let (Some(claims), Some(token)) = (claims.as_object_mut(), token) {
            claims.insert("ath".to_owned(), Value::from(Digest::of(token.as_bytes()).to_string()));
        }
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        let signature = signature.map_err(|_| Trouble::new("the key does not sign"))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }
}

/// A device, and the client that runs on it.
#[derive(Debug)]
pub struct Device<'l> {
    lab: &'l Lab,
    /// Where it is.
    pub machine: Machine,
    client_id: String,
    name: &'static str,
    /// The key whose possession it proves, if it proves one.
    pub key: Option<Rc<Key>>,
    /// What it brings along beyond what the specification has.
    pub along: Vec<(&'static str, String)>,
    /// Headers that it sends with every request.
    pub headers: Vec<(&'static str, String)>,
}

/// What a device got to show, and to keep.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Its secret.
    pub device_code: String,
    /// What it shows.
    pub user_code: String,
    /// The complete verification URI, without scheme and host.
    pub link: String,
    /// The number that it shows, if it shall show one.
    pub number: Option<String>,
    /// The seed of its living QR codes, if it draws any.
    pub(super) seed: Option<String>,
}

impl Begun {
    /// What stands in the QR code that the device draws at this moment.
    pub fn drawn(&self, now: u64) -> String {
        let seed = self.seed.as_deref();
        match seed.and_then(|seed| living_qr::draw(seed, Timestamp::from_secs(now))) {
            Some(live) => format!("{}&live={live}", self.link),
            None => self.link.clone(),
        }
    }
}

/// What a device got for its wish.
#[derive(Debug, Clone)]
pub enum Began {
    /// Codes.
    Yes(Begun),
    /// A refusal, as it stood on the wire.
    Refused(String),
}

/// What came of a poll.
#[derive(Debug, Clone)]
pub enum Collected {
    /// Tokens.
    Tokens(Tokens),
    /// Nothing yet.
    Pending,
    /// Somebody said yes; now a PIN must be sent.
    PinWanted,
    /// An end, as it stood on the wire.
    Refused(String),
}

/// Tokens.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token, if there is one.
    pub refresh: Option<String>,
    /// What was granted.
    pub scope: String,
}

impl Tokens {
    /// What a token response holds.
    pub fn read(answer: &Answer) -> Played<Self> {
        let access =
            answer.text("access_token").ok_or_else(|| Trouble::new("a token response without a token"))?;
        Ok(Self {
            access,
            refresh: answer.text("refresh_token"),
            scope: answer.text("scope").unwrap_or_default(),
        })
    }
}

impl<'l> Device<'l> {
    /// A device with this client on it, which calls itself so.
    pub const fn new(lab: &'l Lab, machine: Machine, client_id: String, name: &'static str) -> Self {
        Self { lab, machine, client_id, name, key: None, along: Vec::new(), headers: Vec::new() }
    }

    /// Asks to be let in.
    pub fn begin(&self, scope: &str) -> Played<Began> {
        let mut form = vec![
            ("client_id", self.client_id.as_str()),
            ("scope", scope),
            ("tandem_device_name", self.name),
            ("tandem_device_type", "tv"),
        ];
        form.extend(self.along.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = self.post("/device_authorization", &form)?;
        if answer.status != 200 {
            return Ok(Began::Refused(answer.error()));
        }
        let text = |member: &str| {
            answer.text(member).ok_or_else(|| Trouble::new(format!("no {member} for the device")))
        };
        let complete = text("verification_uri_complete")?;
        Ok(Began::Yes(Begun {
            device_code: text("device_code")?,
            user_code: text("user_code")?,
            link: complete.strip_prefix(ISSUER).unwrap_or(&complete).to_owned(),
            number: answer.text("tandem_number"),
            seed: answer.text("tandem_qr_seed"),
        }))
    }

    /// Polls, no sooner than it may.
    pub fn collect(&self, device_code: &str, pin: Option<&str>) -> Played<Collected> {
        self.lab.advance(6)?;
        let client_id = self.client_id.as_str();
        let mut form =
            vec![("grant_type", DEVICE_CODE), ("client_id", client_id), ("device_code", device_code)];
        form.extend(pin.map(|pin| ("tandem_pin", pin)));
        collected(&self.post("/token", &form)?)
    }

    /// Refreshes; the refusal if it may not.
    pub fn refresh(&self, token: &str) -> Played<Result<Tokens, String>> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("refresh_token", token),
        ];
        let answer = self.post("/token", &form)?;
        if answer.status == 200 { Tokens::read(&answer).map(Ok) } else { Ok(Err(answer.error())) }
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Played<Answer> {
        let mut headers = self.headers.clone();
        if let Some(key) = &self.key {
            headers.push(("dpop", key.proof("POST", &format!("{ISSUER}{path}"), self.lab.now()?, None)?));
        }
        self.machine.post(path, form, &headers)
    }
}

/// What a token endpoint said of a request that waits for a person.
pub fn collected(answer: &Answer) -> Played<Collected> {
    if answer.status == 200 {
        return Tokens::read(answer).map(Collected::Tokens);
    }
    let pin_wanted = answer.json().get("tandem_pin_required").and_then(Value::as_bool) == Some(true);
    Ok(match answer.error().as_str() {
        "authorization_pending" if pin_wanted => Collected::PinWanted,
        "authorization_pending" | "slow_down" => Collected::Pending,
        error => Collected::Refused(error.to_owned()),
    })
}
