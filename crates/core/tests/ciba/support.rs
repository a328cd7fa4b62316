//! Who asks in these tests, and what comes of it?

pub use crate::forger::{Forger, b64, signing_key, spoil_signature, with};

use serde_json::{Value, json};
use std::sync::OnceLock;
use std::time::Duration;
use tandem_core::ciba::parameters::Parameters;
use tandem_core::ciba::refusal::Refusal;
use tandem_core::ciba::request::{BackchannelRequest, Rules};
use tandem_core::oauth::authorization_details::DetailsType;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::form::Form;
use tandem_core::time::Timestamp;

pub const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
pub const ISSUER: &str = "https://as.example";
pub const CLIENT: &str = "call-center";
pub const HEADER: &str = r#"{"alg":"ES256","typ":"oauth-authz-req+jwt"}"#;
/// 22 characters: 128 bits.
pub const NOTIFICATION_TOKEN: &str = "abcdefghijklmnopqrstuv";

/// `NOW` and so many seconds.
pub fn secs(offset: i64) -> u64 {
    NOW.as_secs().checked_add_signed(offset).unwrap()
}

impl Forger {
    /// The key of the client of these tests.
    pub fn of_client() -> &'static Self {
        static KEY: OnceLock<Forger> = OnceLock::new();
        KEY.get_or_init(Self::new)
    }

    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.public()] })
    }
}

/// A confidential client in poll mode, with changes.
pub fn client(change: Value) -> Client {
    let base = json!({
        "client_id": CLIENT,
        "client_name": "Call centre",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": Forger::of_client().jwks(),
        "grant_types": ["urn:openid:params:grant-type:ciba"],
        "scope": "openid profile email",
        "backchannel_token_delivery_mode": "poll",
        "authorization_details_types": ["payment"],
        "tandem_audience": ["https://api.example/a", "urn:example:b", "plain"],
    });
    let client: Client = serde_json::from_value(with(&base, change)).unwrap();
    client
}

/// A client that keeps to FAPI-CIBA.
pub fn fapi(change: Value) -> Client {
    let base = json!({
        "tandem_profile": "fapi_ciba",
        "backchannel_authentication_request_signing_alg": "ES256",
        "dpop_bound_access_tokens": true,
    });
    let client = client(with(&base, change));
    client.check().unwrap();
    client
}

/// A form with these parameters.
pub fn form(parameters: &[(&str, &str)]) -> Form {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(parameters);
    Form::parse_query(body.finish().as_bytes()).unwrap()
}

/// The claims of a signed request that holds.
pub fn claims() -> Value {
    json!({
        "iss": CLIENT, "aud": ISSUER, "iat": secs(0), "nbf": secs(0), "exp": secs(300), "jti": "one",
        "scope": "openid", "login_hint": "alice", "binding_message": "1234",
    })
}

/// A signed request of the client of these tests.
pub fn signed(claims: &Value) -> String {
    Forger::of_client().sign(HEADER, &claims.to_string())
}

fn payment(name: &str) -> Option<&'static DetailsType> {
    static TYPES: OnceLock<DetailsType> = OnceLock::new();
    let words = || DetailsType::new([("en".to_owned(), "Pay {amount} to {payee}".to_owned())].into());
    // The server knows `transfer` too, but the client of these tests may not use it.
    ["payment", "transfer"].contains(&name).then(|| TYPES.get_or_init(words))
}

/// Ten seconds, two minutes, ten minutes.
pub fn rules() -> Rules<'static> {
    Rules {
        shortest: Duration::from_secs(10),
        usual: Duration::from_mins(2),
        longest: Duration::from_mins(10),
        details_type: &payment,
    }
}

/// What comes of a form.
pub fn ask(form: &Form, client: &Client) -> Result<BackchannelRequest, Refusal> {
    BackchannelRequest::parse(&Parameters::read(form, client, ISSUER, NOW)?, client, &rules())
}

/// What comes of a signed request with these claims.
pub fn ask_signed(claims: &Value, client: &Client) -> Result<BackchannelRequest, Refusal> {
    ask(&form(&[("request", &signed(claims))]), client)
}

/// What comes of the usual parameters and these; a later value replaces the usual one, an empty one takes it away.
pub fn ask_with(change: &[(&str, &str)], client: &Client) -> Result<BackchannelRequest, Refusal> {
    let usual = [("scope", "openid"), ("login_hint", "alice")];
    let kept = usual.into_iter().filter(|(name, _)| !change.iter().any(|(changed, _)| changed == name));
    let all: Vec<(&str, &str)> = kept.chain(change.iter().copied()).collect();
    ask(&form(&all), client)
}
