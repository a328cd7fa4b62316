//! What does the client ask, and of whom? (CIBA Core section 7.1)

use super::binding_message;
use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::crossing::{Addressee, DeliveryMode, Hint, Verification};
use crate::jose::jws::parse_object;
use crate::mitigations::authenticate_then_initiate::Initiator;
use crate::mitigations::facts::SenderDemand;
use crate::oauth::authorization_details::{AuthorizationDetails, DetailsRefusal, DetailsType};
use crate::oauth::client::{Client, Profile};
use crate::oauth::initiation::InitiationParameters;
use crate::oauth::scope::Scope;
use crate::oauth::token_family::AuthenticationMethod;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// The longest `login_hint`, in characters.
pub const MAX_LOGIN_HINT: usize = 256;
/// The longest `login_hint_token` and `id_token_hint`, in bytes.
pub const MAX_HINT_TOKEN: usize = 8 * 1024;
/// The longest `client_notification_token` (section 7.1).
pub const MAX_NOTIFICATION_TOKEN: usize = 1024;
/// The shortest: 128 bits in base64url.
pub const MIN_NOTIFICATION_TOKEN: usize = 22;
/// The longest `user_code`, in characters.
pub const MAX_USER_CODE: usize = 128;
/// The longest `request_context`, in bytes of JSON.
pub const MAX_CONTEXT: usize = 4 * 1024;
/// The most `acr_values`, and the most resources.
pub const MAX_VALUES: usize = 16;
/// The longest of the `acr_values`, in bytes.
const MAX_ACR: usize = 256;

/// What the server and its settings say of every request.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The shortest life that `requested_expiry` can get.
    pub shortest: Duration,
    /// The life without `requested_expiry`.
    pub usual: Duration,
    /// The longest life.
    pub longest: Duration,
    /// The types of authorization details there are. Which of them a client may use is looked up in its registration.
    pub details_type: &'a dyn Fn(&str) -> Option<&'a DetailsType>,
}

/// How the client names the person: exactly one way.
#[derive(Clone, PartialEq, Eq)]
pub enum NamedBy {
    /// A name, unsigned.
    LoginHint(String),
    /// A token for [`super::login_hint_token`], not verified yet.
    LoginHintToken(String),
    /// A token for [`super::id_token_hint`], not verified yet.
    IdTokenHint(String),
}

/// A backchannel authentication request of an authenticated client.
#[derive(Clone, PartialEq)]
pub struct BackchannelRequest {
    /// What is asked for: within the client's scope, with `openid`.
    pub scope: Scope,
    /// Who is asked.
    pub named_by: NamedBy,
    /// How the client learns of the end.
    pub delivery: DeliveryMode,
    /// The bearer token for callbacks: there in ping and push mode, and only there.
    pub client_notification_token: Option<Box<str>>,
    /// What both devices show.
    pub binding_message: Option<Box<str>>,
    /// The person's code, if the client asks people for it.
    pub user_code: Option<Box<str>>,
    /// How long the request lives.
    pub lifetime: Duration,
    /// The authentication context classes that the client would like, best first.
    pub acr_values: Vec<Box<str>>,
    /// What is to be authorized, in particular.
    pub authorization_details: Option<AuthorizationDetails>,
    /// The resources that the tokens shall be for.
    pub resource: Vec<Box<str>>,
    /// What the client tells of its surroundings: a JSON object.
    pub request_context: Option<Box<Value>>,
    /// What the device brings along.
    pub initiation: InitiationParameters,
}

impl BackchannelRequest {
    /// Reads the parameters that this client sent.
    pub fn parse(parameters: &Parameters<'_>, client: &Client, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let delivery = client.backchannel_token_delivery_mode.ok_or(Refusal::GrantNotAllowed)?;
        let request = Self {
            scope: scope(parameters, client)?,
            named_by: named_by(parameters)?,
            delivery,
            client_notification_token: notification_token(parameters, delivery)?,
            binding_message: parameters.text("binding_message")?.map(binding_message::check).transpose()?,
            user_code: user_code(parameters, client)?,
            lifetime: lifetime(parameters, rules)?,
            acr_values: acr_values(parameters)?,
            authorization_details: authorization_details(parameters, client, rules)?,
            resource: resource(parameters, client)?,
            request_context: request_context(parameters)?,
            initiation: InitiationParameters::read(parameters)?,
        };
        let told_apart = request.binding_message.is_some()
            || request.authorization_details.is_some()
            || request.request_context.is_some();
        if client.tandem_profile == Some(Profile::FapiCiba) && !told_apart {
            return Err(Refusal::ContextMissing);
        }
        Ok(request)
    }
}

impl BackchannelRequest {
    /// What the request wants of a yes: a class that only a phishing-resistant proof has.
    pub fn verification(&self) -> Verification {
        let strong = AuthenticationMethod::Passkey.acr();
        let wished = self.acr_values.iter().any(|acr| strong == Some(&**acr));
        if wished { Verification::PhishingResistant } else { Verification::Session }
    }

    /// What the client must prove of a key when it asks.
    pub fn sender_demand(&self, client: &Client) -> SenderDemand {
        let pushed = self.delivery == DeliveryMode::Push && client.dpop_bound_access_tokens;
        if pushed { SenderDemand::AtInitiation } else { SenderDemand::None }
    }
}

impl NamedBy {
    /// Which of the three hints it is.
    pub const fn hint(&self) -> Hint {
        match self {
            Self::LoginHint(_) => Hint::LoginHint,
            Self::LoginHintToken(_) => Hint::LoginHintToken,
            Self::IdTokenHint(_) => Hint::IdTokenHint,
        }
    }
}

impl std::fmt::Debug for NamedBy {
    /// Not whom: it may be a name or a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}(..)", self.hint().as_str())
    }
}

impl std::fmt::Debug for BackchannelRequest {
    /// Without its secrets and without what it says of people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackchannelRequest")
            .field("scope", &self.scope)
            .field("named_by", &self.named_by)
            .field("delivery", &self.delivery)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

fn scope(parameters: &Parameters<'_>, client: &Client) -> Result<Scope, Refusal> {
    let text = parameters.text("scope")?.ok_or(Refusal::ScopeMissing)?;
    let scope = Scope::parse(text).map_err(|_| Refusal::ScopeMalformed)?;
    if !scope.contains("openid") {
        return Err(Refusal::OpenIdMissing);
    }
    if scope.is_within(&client.personal_scope()) { Ok(scope) } else { Err(Refusal::ScopeNotAllowed) }
}

fn named_by(parameters: &Parameters<'_>) -> Result<NamedBy, Refusal> {
    let name = parameters.text("login_hint")?.map(|text| NamedBy::LoginHint(text.to_owned()));
    let token = parameters.text("login_hint_token")?.map(|text| NamedBy::LoginHintToken(text.to_owned()));
    let id_token = parameters.text("id_token_hint")?.map(|text| NamedBy::IdTokenHint(text.to_owned()));
    let mut named = name.into_iter().chain(token).chain(id_token);
    let first = named.next().ok_or(Refusal::HintMissing)?;
    if named.next().is_some() {
        return Err(Refusal::HintRepeated);
    }
    let fit = match &first {
        NamedBy::LoginHint(name) => {
            name.chars().nth(MAX_LOGIN_HINT).is_none() && !name.chars().any(char::is_control)
        }
        NamedBy::LoginHintToken(token) | NamedBy::IdTokenHint(token) => token.len() <= MAX_HINT_TOKEN,
    };
    if fit { Ok(first) } else { Err(Refusal::HintMalformed(first.hint())) }
}

/// Poll mode has no callback, so that the token is not even read (section 7.1).
fn notification_token(
    parameters: &Parameters<'_>,
    delivery: DeliveryMode,
) -> Result<Option<Box<str>>, Refusal> {
    if delivery == DeliveryMode::Poll {
        return Ok(None);
    }
    let token = parameters.text("client_notification_token")?.ok_or(Refusal::NotificationTokenMissing)?;
    let fit = (MIN_NOTIFICATION_TOKEN..=MAX_NOTIFICATION_TOKEN).contains(&token.len()) && is_b64token(token);
    if fit { Ok(Some(token.into())) } else { Err(Refusal::NotificationTokenMalformed) }
}

/// RFC 6750 section 2.1.
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let taken = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
    !body.is_empty() && body.bytes().all(taken)
}

/// The parameter exists only for clients that registered it; nobody has a code that is longer than one can be.
fn user_code(parameters: &Parameters<'_>, client: &Client) -> Result<Option<Box<str>>, Refusal> {
    if !client.backchannel_user_code_parameter {
        return Ok(None);
    }
    let code = parameters.text("user_code")?;
    match code {
        Some(code) if code.chars().nth(MAX_USER_CODE).is_some() => Err(Refusal::UserCodeWrong),
        code => Ok(code.map(Into::into)),
    }
}

fn lifetime(parameters: &Parameters<'_>, rules: &Rules<'_>) -> Result<Duration, Refusal> {
    let Some(text) = parameters.scalar("requested_expiry")? else { return Ok(rules.usual) };
    // `parse` alone would take a plus sign.
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::ExpiryMalformed);
    }
    // All digits and yet no u64: more than anybody may have.
    let secs = text.parse().unwrap_or(u64::MAX);
    if secs == 0 {
        return Err(Refusal::ExpiryMalformed);
    }
    Ok(Duration::from_secs(secs).min(rules.longest).max(rules.shortest))
}

fn acr_values(parameters: &Parameters<'_>) -> Result<Vec<Box<str>>, Refusal> {
    let text = parameters.text("acr_values")?.unwrap_or_default();
    let values: Vec<&str> = text.split(' ').filter(|value| !value.is_empty()).take(MAX_VALUES + 1).collect();
    let fit = |value: &&str| value.len() <= MAX_ACR && value.bytes().all(|b| b.is_ascii_graphic());
    if values.len() > MAX_VALUES || !values.iter().all(fit) {
        return Err(Refusal::AcrValuesMalformed);
    }
    Ok(values.into_iter().map(Into::into).collect())
}

fn authorization_details(
    parameters: &Parameters<'_>,
    client: &Client,
    rules: &Rules<'_>,
) -> Result<Option<AuthorizationDetails>, Refusal> {
    let Some(json) = parameters.json("authorization_details")? else { return Ok(None) };
    let type_of = |name: &str| {
        let registered = client.authorization_details_types.iter().any(|known| known == name);
        registered.then(|| (rules.details_type)(name)).flatten()
    };
    let details: Result<_, DetailsRefusal> = AuthorizationDetails::parse(&json, type_of);
    Ok(Some(details?))
}

fn resource(parameters: &Parameters<'_>, client: &Client) -> Result<Vec<Box<str>>, Refusal> {
    let asked = parameters.texts("resource")?;
    let known = |resource: &str| {
        let uri = Url::parse(resource).is_ok_and(|uri| uri.fragment().is_none());
        uri && client.tandem_audience.iter().any(|audience| audience == resource)
    };
    if asked.len() > MAX_VALUES || !asked.iter().all(|resource| known(resource)) {
        return Err(Refusal::TargetUnknown);
    }
    let mut all: Vec<Box<str>> = Vec::with_capacity(asked.len());
    for resource in asked {
        if !all.iter().any(|one| **one == *resource) {
            all.push(resource.into());
        }
    }
    Ok(all)
}

fn request_context(parameters: &Parameters<'_>) -> Result<Option<Box<Value>>, Refusal> {
    let Some(json) = parameters.json("request_context")? else { return Ok(None) };
    if json.len() > MAX_CONTEXT {
        return Err(Refusal::ContextMalformed);
    }
    let object = parse_object(json.as_bytes()).map_err(|_| Refusal::ContextMalformed)?;
    Ok(Some(Box::new(Value::Object(object))))
}

/// Whoever signed in on the device that asks is the one who is asked: nobody else could say yes. (BCP 6.1.15)
pub fn initiator_is_asked(initiator: Option<&Initiator>, addressee: &Addressee) -> Result<(), Refusal> {
    match initiator {
        Some(initiator) if addressee.sub() != Some(&initiator.sub) => Err(Refusal::InitiatorNotAsked),
        _ => Ok(()),
    }
}
