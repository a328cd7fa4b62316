//! How does a device sign in, from the command line to the tokens?
//!
//! Check the options → discover the server → ask for codes → show them → poll → keep the tokens.

use crate::along::Along;
use crate::cli::Login;
use crate::client_authentication::{Client, Credential};
use crate::conversation::Conversation;
use crate::device_authorization::{GRANT_TYPE, Wish};
use crate::discovery::{self, Entrance};
use crate::dpop::Prover;
use crate::failure::Failure;
use crate::issuer::{Issuer, Transport};
use crate::keeper::Keeper;
use crate::qr::Ink;
use crate::redeem::Grant;
use crate::screen::{Screen, Style};
use crate::secret_file;
use crate::surroundings::Surroundings;
use crate::token_response::Tokens;
use crate::world::RealWorld;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;
use tandem_core::crossing::QrKind;

/// The environment variable with the client's secret.
const SECRET_VARIABLE: &str = "TANDEM_DEVICE_CLIENT_SECRET";

/// Everything that one sign-in needs to know, checked.
pub struct Plan {
    /// The server.
    pub issuer: Issuer,
    /// Which addresses may go without TLS.
    pub transport: Transport,
    /// Who asks.
    pub client: Client,
    /// What for.
    pub wish: Wish,
    /// When to stop waiting, measured like [`Surroundings::elapsed`].
    pub timeout: Option<Duration>,
}

/// Signs in with the real world around, and reports on standard output and standard error.
pub fn from_the_command_line(options: &Login) -> Result<(), Failure> {
    let stderr = io::stderr();
    let style = style(options.json, !options.no_qr);
    let mut screen = Screen::new(Box::new(stderr.lock()), style);
    let outcome = sign_in(options, style, &mut screen);
    if let Err(failure) = &outcome {
        screen.failed(failure);
    }
    outcome
}

fn sign_in(options: &Login, style: Style, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let plan = plan(options, style)?;
    let (mut prover, keeper) =
        Keeper::new(options.dpop, options.dpop_key.as_deref(), options.output.as_deref())?;
    let mut world = RealWorld::new(options.ca_file.as_deref())?;
    let tokens = obtain(&plan, prover.as_mut(), &mut world, screen)?;
    // Tokens on the same terminal must not go with the code.
    screen.erase();
    keeper.keep(tokens, prover.as_ref(), &mut world)?;
    screen.granted(options.output.as_deref());
    Ok(())
}

/// Who looks at standard error.
pub fn style(json: bool, qr: bool) -> Style {
    if json {
        return Style::Json;
    }
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if dumb || !io::stderr().is_terminal() {
        return Style::Plain;
    }
    let colourless = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let ink = if colourless { Ink::Blocks } else { Ink::Colour };
    let size = terminal_size::terminal_size_of(io::stderr());
    let (columns, rows) = size.map_or((80, 24), |(columns, rows)| (columns.0.into(), rows.0.into()));
    Style::Terminal { columns, rows, ink: qr.then_some(ink) }
}

/// The secret in `file`, else that in the environment, if there is one.
pub fn client_secret(file: Option<&Path>) -> Result<Option<String>, Failure> {
    match file {
        Some(file) => secret_file::read(file).map(Some),
        None => Ok(std::env::var(SECRET_VARIABLE).ok().filter(|secret| !secret.is_empty())),
    }
}

/// A code that changes is asked for only where somebody draws it: this terminal, or a script that says so.
const fn qr_kind(style: Style, living_qr: bool) -> QrKind {
    match (style, living_qr) {
        (Style::Terminal { ink: Some(_), .. }, _) | (Style::Json, true) => QrKind::Living,
        _ => QrKind::Still,
    }
}

fn plan(options: &Login, style: Style) -> Result<Plan, Failure> {
    let transport = if options.insecure { Transport::Insecure } else { Transport::Secure };
    let secret = client_secret(options.client_secret_file.as_deref())?;
    if options.client.is_empty() {
        return Err(Failure::Usage("--client must not be empty".to_owned()));
    }
    Ok(Plan {
        issuer: Issuer::parse(&options.issuer, transport)?,
        transport,
        client: Client {
            id: options.client.clone(),
            credential: secret.map_or(Credential::Nothing, Credential::Secret),
        },
        wish: Wish {
            scope: options.scope.clone(),
            device_name: options.name.clone(),
            device_type: Some(options.device_type.clone()),
            along: Along::of(&options.along)?,
            qr: qr_kind(style, options.living_qr),
        },
        timeout: options.timeout.map(Duration::from_secs),
    })
}

/// Runs the device flow to its end.
pub fn obtain<W: Surroundings>(
    plan: &Plan,
    prover: Option<&mut Prover>,
    world: &mut W,
    screen: &mut Screen<'_>,
) -> Result<Tokens, Failure> {
    let metadata = discovery::discover(&plan.issuer, Entrance::DeviceAuthorization, world)?;
    if prover.is_some() {
        metadata.check_dpop()?;
    }
    let (client, transport) = (&plan.client, plan.transport);
    let mut conversation = Conversation { metadata: &metadata, transport, client, prover, world };
    let codes = conversation.initiate(&plan.wish)?;
    plan.wish.along.check_number(codes.number.as_deref())?;
    screen.show_codes(&codes);
    let (expires_in, interval) = (codes.expires_in, codes.interval);
    let secret = codes.device_code;
    let grant = Grant { grant_type: GRANT_TYPE, parameter: "device_code", secret, expires_in, interval };
    conversation.poll_to_the_end(&grant, plan.timeout, screen)
}
