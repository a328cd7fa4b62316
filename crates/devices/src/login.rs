//! How does a device sign in, from the command line to the tokens?
//!
//! Check the options → discover the server → ask for codes → show them → poll → keep the tokens.

use crate::cli::Login;
use crate::device_authorization::{Client, Codes, Conversation, Reply, Tokens, Wish};
use crate::discovery::{self, Issuer, Transport};
use crate::dpop::Prover;
use crate::failure::Failure;
use crate::http::RealWorld;
use crate::poll::{Answer, Next, Schedule};
use crate::qr::Ink;
use crate::screen::{Screen, Style};
use crate::secret_file;
use crate::surroundings::Surroundings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    let mut screen = Screen::new(Box::new(stderr.lock()), style(options));
    let outcome = sign_in(options, &mut screen);
    if let Err(failure) = &outcome {
        screen.failed(failure);
    }
    outcome
}

fn sign_in(options: &Login, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let plan = plan(options)?;
    if options.output.is_some() && options.output == options.dpop_key {
        return Err(Failure::Usage("--output and --dpop-key name the same file".to_owned()));
    }
    let (mut prover, key_place) = key(options)?.unzip();
    let new_key_file = if let Some(KeyPlace::NewFile(file)) = &key_place { Some(file) } else { None };
    for file in options.output.iter().chain(new_key_file) {
        secret_file::check_writable(file)?;
    }
    let mut world = RealWorld::new(options.ca_file.as_deref())?;
    let tokens = obtain(&plan, prover.as_mut(), &mut world, screen)?;
    // Tokens on the same terminal must not go with the code.
    screen.erase();
    keep(tokens, prover.as_ref().zip(key_place.as_ref()), options.output.as_deref(), &mut world)?;
    screen.granted(options.output.as_deref());
    Ok(())
}

fn style(options: &Login) -> Style {
    if options.json {
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
    Style::Terminal { columns, rows, ink: (!options.no_qr).then_some(ink) }
}

fn plan(options: &Login) -> Result<Plan, Failure> {
    let transport = if options.insecure { Transport::Insecure } else { Transport::Secure };
    let secret = match &options.client_secret_file {
        Some(file) => Some(secret_file::read(file)?),
        None => std::env::var(SECRET_VARIABLE).ok().filter(|secret| !secret.is_empty()),
    };
    if options.client.is_empty() {
        return Err(Failure::Usage("--client must not be empty".to_owned()));
    }
    Ok(Plan {
        issuer: Issuer::parse(&options.issuer, transport)?,
        transport,
        client: Client { id: options.client.clone(), secret },
        wish: Wish {
            scope: options.scope.clone(),
            device_name: options.name.clone(),
            device_type: Some(options.device_type.clone()),
        },
        timeout: options.timeout.map(Duration::from_secs),
    })
}

/// Where the private key is found afterwards.
enum KeyPlace {
    /// In the file that it came from.
    WhereItWas,
    /// In a file that is yet to be written.
    NewFile(PathBuf),
    /// Beside the tokens on standard output.
    WithTheTokens,
}

fn key(options: &Login) -> Result<Option<(Prover, KeyPlace)>, Failure> {
    if !options.dpop {
        return Ok(None);
    }
    let place = match (&options.dpop_key, &options.output) {
        (Some(file), _) if file.exists() => return Ok(Some((Prover::load(file)?, KeyPlace::WhereItWas))),
        (Some(file), _) => KeyPlace::NewFile(file.clone()),
        (None, Some(output)) => {
            let mut name = output.clone().into_os_string();
            name.push(".dpop-key.pem");
            KeyPlace::NewFile(name.into())
        }
        (None, None) => KeyPlace::WithTheTokens,
    };
    Ok(Some((Prover::generate()?, place)))
}

/// Runs the device flow to its end.
pub fn obtain<W: Surroundings>(
    plan: &Plan,
    prover: Option<&mut Prover>,
    world: &mut W,
    screen: &mut Screen<'_>,
) -> Result<Tokens, Failure> {
    let metadata = discovery::discover(&plan.issuer, world)?;
    if prover.is_some() && metadata.dpop_es256 == Some(false) {
        return Err(Failure::Server("the server does not take DPoP proofs with ES256".to_owned()));
    }
    let (client, transport) = (&plan.client, plan.transport);
    let mut conversation = Conversation { metadata: &metadata, transport, client, prover, world };
    let codes = conversation.initiate(&plan.wish)?;
    screen.show_codes(&codes);
    poll_to_the_end(&mut conversation, &codes, plan.timeout, screen)
}

fn poll_to_the_end<W: Surroundings>(
    conversation: &mut Conversation<'_, W>,
    codes: &Codes,
    timeout: Option<Duration>,
    screen: &mut Screen<'_>,
) -> Result<Tokens, Failure> {
    let arrival = conversation.world.elapsed();
    let life = timeout.map_or(codes.expires_in, |end| codes.expires_in.min(end.saturating_sub(arrival)));
    let mut schedule = Schedule::new(codes.interval, life);
    let mut next = schedule.first(Duration::ZERO);
    loop {
        let mut tick = |now: Duration| screen.tick(life.saturating_sub(now.saturating_sub(arrival)));
        match next {
            Next::PollAfter(pause) => conversation.world.wait(pause, &mut tick)?,
            Next::GiveUpAfter(pause) => {
                conversation.world.wait(pause, &mut tick)?;
                return Err(if schedule.unreachable() {
                    Failure::Network("no answer while the code was alive".to_owned())
                } else {
                    Failure::Expired
                });
            }
        }
        let answer = match conversation.poll(&codes.device_code, &mut tick)? {
            Reply::Granted(tokens) => return Ok(tokens),
            Reply::NotYet(answer) => answer,
        };
        next = schedule.after(answer, conversation.world.elapsed().saturating_sub(arrival));
        match (answer, next) {
            (Answer::Pending, _) => screen.pending(),
            (Answer::SlowDown, _) => screen.slowed_down(schedule.interval()),
            (Answer::Unreachable { .. }, Next::PollAfter(pause) | Next::GiveUpAfter(pause)) => {
                screen.unreachable(pause);
            }
        }
    }
}

/// Writes the key first: tokens without their key would be of no use.
fn keep(
    Tokens(mut tokens): Tokens,
    key: Option<(&Prover, &KeyPlace)>,
    output: Option<&Path>,
    world: &mut impl Surroundings,
) -> Result<(), Failure> {
    let mut nonce = || world.random().map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    match key {
        Some((prover, KeyPlace::NewFile(file))) => {
            secret_file::write(file, prover.to_pem()?.as_bytes(), &nonce()?)?;
        }
        Some((prover, KeyPlace::WithTheTokens)) => {
            tokens.insert("dpop_key".to_owned(), Value::from(prover.to_pem()?));
        }
        Some((_, KeyPlace::WhereItWas)) | None => {}
    }
    let text = serde_json::to_string_pretty(&tokens)
        .map_err(|error| Failure::Server(format!("the tokens cannot be written as JSON: {error}")))?;
    let text = format!("{text}\n");
    if let Some(file) = output {
        return secret_file::write(file, text.as_bytes(), &nonce()?);
    }
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| Failure::File(format!("standard output: {error}")))
}
