//! How does a device ask for codes? The device authorization request (RFC 8628 section 3.1) and its response (3.2).

use crate::along::{Along, digits};
use crate::conversation::{Conversation, refused};
use crate::failure::{Failure, printable};
use crate::issuer::{Transport, may_be_used};
use crate::living_qr::{LivingQr, ServerClock};
use crate::surroundings::Surroundings;
use serde::Deserialize;
use std::time::Duration;
use tandem_core::crossing::QrKind;
use url::Url;

/// The grant type of RFC 8628 section 3.4.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The interval of a server that names none, in seconds (RFC 8628 section 3.2).
const DEFAULT_INTERVAL: u64 = 5;
/// No code is kept on a screen for longer, in seconds: a day.
const LONGEST_LIFE: u64 = 86_400;

/// What is asked for.
#[derive(Clone, Default)]
pub struct Wish {
    /// Scopes, separated by spaces; the server chooses if absent.
    pub scope: Option<String>,
    /// What the person calls this device, shown on the decision page (an extension that other servers ignore).
    pub device_name: Option<String>,
    /// What kind of device this is (an extension that other servers ignore).
    pub device_type: Option<String>,
    /// What else the device brings along (extensions that other servers ignore).
    pub along: Along,
    /// What kind of QR code will be drawn (an extension that other servers ignore).
    pub qr: QrKind,
}

/// The codes of one request, checked (RFC 8628 section 3.2). Holds the device code, so it cannot be printed.
pub struct Codes {
    /// The secret to poll with.
    pub device_code: String,
    /// What the person compares or types; fit for a terminal.
    pub user_code: String,
    /// Where the person types it; fit for a terminal.
    pub verification_uri: String,
    /// The same with the code in it, for the QR; fit for a terminal.
    pub verification_uri_complete: Option<String>,
    /// How long both codes live, from their arrival.
    pub expires_in: Duration,
    /// The pause between two polls.
    pub interval: Duration,
    /// How long the user code can be opened, where that is less: then there is the rest to answer (Tandem only).
    pub user_code_expires_in: Option<Duration>,
    /// The number to show, which the phone asks for; digits only (Tandem only).
    pub number: Option<String>,
    /// The QR code that changes, where one was asked for and the server gives one (Tandem only).
    pub living: Option<LivingQr>,
}

#[derive(Deserialize)]
struct CodesDocument {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
    tandem_user_code_expires_in: Option<u64>,
    tandem_number: Option<String>,
    tandem_qr_seed: Option<String>,
    tandem_qr_period: Option<u64>,
}

impl Codes {
    /// Reads a device authorization response. `clock`: what the server's said when it came, where a living code will be
    /// drawn.
    pub fn read(body: &[u8], transport: Transport, clock: Option<ServerClock>) -> Result<Self, Failure> {
        let refusal =
            |why: &str| Failure::Server(format!("the server's device authorization response {why}"));
        let found: CodesDocument =
            serde_json::from_slice(body).map_err(|_| refusal("is not the JSON of RFC 8628 section 3.2"))?;
        if found.device_code.is_empty() || found.user_code.trim().is_empty() || found.expires_in == 0 {
            return Err(refusal("lacks a code or its lifetime"));
        }
        let address = |text: &str| {
            let url = Url::parse(text).ok().filter(|url| may_be_used(url, transport));
            // The parsed form cannot hold control characters: they are percent-encoded.
            url.map(String::from).filter(|text| text.len() <= 2048)
        };
        let verification_uri = address(&found.verification_uri);
        let opens_for = found.tandem_user_code_expires_in.filter(|secs| (1..found.expires_in).contains(secs));
        let complete = found.verification_uri_complete.as_deref().and_then(address);
        let living = match (clock, found.tandem_qr_seed) {
            (Some(clock), Some(seed)) => {
                let period = found.tandem_qr_period.unwrap_or_default();
                let living = complete.as_deref().and_then(|uri| LivingQr::new(uri, &seed, period, clock));
                // The code that stands still would open nothing.
                Some(living.ok_or_else(|| refusal("has a QR code that this program cannot draw"))?)
            }
            _ => None,
        };
        Ok(Self {
            device_code: found.device_code,
            user_code: printable(found.user_code.trim(), 40),
            verification_uri: verification_uri.ok_or_else(|| refusal("has no safe verification address"))?,
            verification_uri_complete: complete,
            expires_in: Duration::from_secs(found.expires_in.min(LONGEST_LIFE)),
            interval: Duration::from_secs(found.interval.unwrap_or(DEFAULT_INTERVAL).min(LONGEST_LIFE)),
            user_code_expires_in: opens_for.map(Duration::from_secs),
            number: found.tandem_number.filter(|number| digits(number)),
            living,
        })
    }
}

impl<W: Surroundings> Conversation<'_, W> {
    /// Asks for codes (RFC 8628 section 3.1).
    pub fn initiate(&mut self, wish: &Wish) -> Result<Codes, Failure> {
        let named = |name: &'static str, value: &Option<String>| value.clone().map(|value| (name, value));
        let form = [
            named("scope", &wish.scope),
            named("tandem_device_name", &wish.device_name),
            named("tandem_device_type", &wish.device_type),
            (wish.qr == QrKind::Living).then(|| ("tandem_living_qr", "true".to_owned())),
        ];
        let form: Vec<_> = form.into_iter().flatten().chain(wish.along.parameters()).collect();
        let url = self.metadata.entrance.clone();
        let response = self.post(&url, &form, &mut |_| ())?;
        match response.status {
            200 => {
                let time = response.date.unwrap_or_else(|| self.world.now());
                let clock = ServerClock { time, elapsed: self.world.elapsed() };
                Codes::read(&response.body, self.transport, (wish.qr == QrKind::Living).then_some(clock))
            }
            429 | 500..=599 => Err(Failure::Network(format!("it answered with status {}", response.status))),
            _ => Err(refused(&response)),
        }
    }
}
