//! From the options of the command line to the tokens: check, discover, ask, say what the person must do, poll.

use super::options::Ciba;
use super::request::{Hint, Question};
use crate::along::{Along, text_or_file};
use crate::client_authentication::{Client, Credential};
use crate::client_key;
use crate::conversation::Conversation;
use crate::discovery::{self, Entrance};
use crate::dpop::Prover;
use crate::failure::{Failure, printable};
use crate::issuer::{Issuer, Transport};
use crate::keeper::Keeper;
use crate::login::{client_secret, style};
use crate::redeem::Grant;
use crate::screen::{Asked, Screen};
use crate::secret_file;
use crate::surroundings::Surroundings;
use crate::token_response::Tokens;
use crate::world::{Echo, RealWorld};
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The grant type of CIBA section 10.1.
pub const GRANT_TYPE: &str = "urn:openid:params:grant-type:ciba";
/// The environment variable with the person's user code.
const USER_CODE_VARIABLE: &str = "TANDEM_DEVICE_USER_CODE";

/// Everything that one request needs to know, checked.
pub struct Plan {
    /// The server.
    pub issuer: Issuer,
    /// Who asks.
    pub client: Client,
    /// What.
    pub question: Question,
    /// When to stop waiting, measured like [`Surroundings::elapsed`].
    pub timeout: Option<Duration>,
}

/// Asks with the real world around, and reports on standard output and standard error.
pub fn from_the_command_line(options: &Ciba) -> Result<(), Failure> {
    let mut screen = Screen::new(Box::new(io::stderr()), style(options.json, false));
    let outcome = ask(options, &mut screen);
    if let Err(failure) = &outcome {
        screen.failed(failure);
    }
    outcome
}

fn ask(options: &Ciba, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let mut plan = plan(options)?;
    let (mut prover, keeper) =
        Keeper::new(options.dpop, options.dpop_key.as_deref(), options.output.as_deref())?;
    let mut world = RealWorld::new(options.ca_file.as_deref())?;
    plan.question.user_code = user_code(options, &mut world)?;
    let tokens = obtain(&plan, prover.as_mut(), &mut world, screen)?;
    // Tokens on the same terminal must not go with what was shown.
    screen.erase();
    keeper.keep(tokens, prover.as_ref(), &mut world)?;
    screen.granted(options.output.as_deref());
    Ok(())
}

fn plan(options: &Ciba) -> Result<Plan, Failure> {
    let usage = |why: &str| Failure::Usage(why.to_owned());
    let transport = if options.insecure { Transport::Insecure } else { Transport::Secure };
    let issuer = Issuer::parse(&options.issuer, transport)?;
    if options.client.is_empty() {
        return Err(usage("--client-id must not be empty"));
    }
    let key = options.client_key_file.as_deref().map(client_key::load).transpose()?.map(Arc::new);
    let secret = client_secret(options.client_secret_file.as_deref())?;
    let credential = match (secret, &key) {
        (Some(_), Some(_)) if !options.sign_request => {
            return Err(usage(
                "there is a client secret and a key; with both, the key is for --sign-request",
            ));
        }
        (Some(secret), _) => Credential::Secret(secret),
        (None, Some(key)) => Credential::Key(Arc::clone(key)),
        (None, None) => {
            return Err(usage("a client must authenticate: --client-secret-file or --client-key-file"));
        }
    };
    let question = Question {
        hint: hint(options)?,
        scope: options.scope.clone(),
        binding_message: options.binding_message.clone(),
        user_code: None,
        requested_expiry: options.requested_expiry,
        acr_values: options.acr_values.clone(),
        authorization_details: options.authorization_details.as_deref().map(details).transpose()?,
        resource: options.resource.clone(),
        along: Along::of(&options.along)?,
        signature: key.filter(|_| options.sign_request),
    };
    let client = Client { id: options.client.clone(), credential };
    Ok(Plan { issuer, client, question, timeout: options.timeout.map(Duration::from_secs) })
}

fn hint(options: &Ciba) -> Result<Hint, Failure> {
    match (&options.login_hint, &options.login_hint_token, &options.id_token_hint) {
        (Some(hint), None, None) if !hint.is_empty() => Ok(Hint::LoginHint(hint.clone())),
        (None, Some(token), None) => Ok(Hint::LoginHintToken(text_or_file(token)?)),
        (None, None, Some(token)) => Ok(Hint::IdTokenHint(text_or_file(token)?)),
        _ => Err(Failure::Usage("name the person with exactly one hint that is not empty".to_owned())),
    }
}

fn details(text: &str) -> Result<Value, Failure> {
    let found: Option<Value> = serde_json::from_str(&text_or_file(text)?).ok();
    let typed = |details: &Value| {
        let all = details.as_array()?;
        let has_type = |one: &Value| one.get("type").is_some_and(Value::is_string);
        (!all.is_empty() && all.iter().all(has_type)).then_some(())
    };
    let why = "--authorization-details must be a JSON array of objects with a \"type\" (RFC 9396)";
    found.filter(|found| typed(found).is_some()).ok_or_else(|| Failure::Usage(why.to_owned()))
}

fn user_code(options: &Ciba, world: &mut RealWorld) -> Result<Option<String>, Failure> {
    if let Some(file) = &options.user_code_file {
        return secret_file::read(file).map(Some);
    }
    if options.user_code {
        let answer = world.ask("The person's user code: ", Echo::Hidden)?;
        let answer = answer.filter(|code| !code.is_empty());
        return answer.map(Some).ok_or_else(|| Failure::Usage("no user code was given".to_owned()));
    }
    Ok(std::env::var(USER_CODE_VARIABLE).ok().filter(|code| !code.is_empty()))
}

/// Runs the flow to its end.
pub fn obtain<W: Surroundings>(
    plan: &Plan,
    prover: Option<&mut Prover>,
    world: &mut W,
    screen: &mut Screen<'_>,
) -> Result<Tokens, Failure> {
    let metadata = discovery::discover(&plan.issuer, Entrance::BackchannelAuthentication, world)?;
    if prover.is_some() {
        metadata.check_dpop()?;
    }
    let (client, transport) = (&plan.client, plan.issuer.transport());
    let mut conversation = Conversation { metadata: &metadata, transport, client, prover, world };
    let taken = conversation.ask(&plan.question)?;
    plan.question.along.check_number(taken.number.as_deref())?;
    screen.show_asked(&Asked {
        binding_message: plan.question.binding_message.as_deref().map(|text| printable(text, 200)),
        number: taken.number,
        expires_in: taken.expires_in,
        interval: taken.interval,
    });
    let (expires_in, interval) = (taken.expires_in, taken.interval);
    let secret = taken.auth_req_id;
    let grant = Grant { grant_type: GRANT_TYPE, parameter: "auth_req_id", secret, expires_in, interval };
    conversation.poll_to_the_end(&grant, plan.timeout, screen)
}
