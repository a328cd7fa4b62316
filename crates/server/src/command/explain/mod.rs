//! `tandem policy explain`: what was asked, found and decided for one request, in order?

mod step;

use super::Failure;
use super::output::{moment, plain, say, say_json};
use super::policy::Format;
use super::settings::{Settings, block_on};
use crate::clock::Clock;
use clap::Args;
use serde_json::json;
use step::{Step, denied};
use tandem_core::crossing::{CrossingId, Event};
use tandem_core::oauth::token_family::{FamilyState, TokenFamily};
use tandem_core::time::Timestamp;
use tandem_store::{RecordedEvent, Store};

const EXAMPLES: &str = "\
The id of a request stands in logs, and in `tandem events --json` as `crossing`. What is kept: each checkpoint that was
passed, until the request is forgotten some minutes after its end; security events, for as long as they are kept.

Examples:
  tandem policy explain gnXWYOUbX9lBVZ5zV1cTwA -c tandem.toml
  tandem policy explain gnXWYOUbX9lBVZ5zV1cTwA -c tandem.toml --format json";

/// The options of `policy explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    #[command(flatten)]
    settings: Settings,
    /// The request, by its id
    #[arg(allow_hyphen_values = true)]
    crossing: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Does it.
pub fn run(arguments: &Explain) -> Result<(), Failure> {
    let id = parse(&arguments.crossing)?;
    let told = block_on(async {
        let (_, store) = arguments.settings.open()?;
        let told = Told::read(&store, id).await;
        store.close().await;
        told
    })?;
    if told.journal.is_empty() && told.recorded.is_empty() && told.family.is_none() {
        return Err(Failure::Failed(format!("nothing is known of {id}: it never was, or ended long ago")));
    }
    let steps = told.steps();
    if arguments.format == Format::Json {
        say_json(&json!({
            "crossing": id,
            "complete": told.complete(),
            "steps": steps.iter().map(Step::json).collect::<Vec<_>>(),
            "end": told.end(Clock::System.now()),
        }));
        return Ok(());
    }
    say(&format!("crossing {id}"));
    if !told.complete() {
        say("the journal no longer tells its beginning: this is what is still kept");
    }
    for step in &steps {
        say(&step.text());
    }
    say(&format!("\nend: {}", told.end(Clock::System.now())));
    Ok(())
}

/// The id of a request: as logs and `tandem events --json` have it, or in the hexadecimal digits that a look into the database shows.
pub(super) fn parse(text: &str) -> Result<CrossingId, Failure> {
    let hexadecimal = || {
        let digits =
            (text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(text)?;
        Some(CrossingId::from_bytes(u128::from_str_radix(digits, 16).ok()?.to_be_bytes()))
    };
    CrossingId::parse(text).or_else(hexadecimal).ok_or_else(|| {
        let text = format!(
            "{} is no id of a request: 22 characters as in logs, or 32 hexadecimal digits",
            plain(text)
        );
        Failure::Usage(text)
    })
}

/// Everything that is kept.
struct Told {
    journal: Vec<Event>,
    recorded: Vec<RecordedEvent>,
    family: Option<std::sync::Arc<TokenFamily>>,
}

impl Told {
    async fn read(store: &Store, id: CrossingId) -> Result<Self, Failure> {
        Ok(Self {
            journal: store.journal_of(id).await.map_err(Failure::of)?,
            recorded: store.events_of(id).await.map_err(Failure::of)?,
            family: store.family(id).await.map_err(Failure::of)?,
        })
    }

    /// Whether the journal tells it from its beginning.
    fn complete(&self) -> bool {
        matches!(self.journal.first(), Some(Event::Initiated(_)))
    }

    /// Journal and record together, in the order of time. What has no time of its own follows what was before it.
    fn steps(&self) -> Vec<Step> {
        let mut last = Timestamp::from_millis(0);
        let mut steps = Vec::new();
        for event in &self.journal {
            let step = Step::of(event, last);
            last = step.at;
            steps.push(step);
        }
        steps.extend(self.recorded.iter().map(Step::recorded));
        if let Some(TokenFamily { state: FamilyState::Revoked { at, by }, .. }) = self.family.as_deref() {
            steps.push(Step::plain(*at, format!("the grant was ended: {}", by.as_str())));
        }
        steps.sort_by_key(|step| step.at);
        steps
    }

    fn end(&self, now: Timestamp) -> String {
        if let Some(family) = self.family.as_deref() {
            return match family.state {
                FamilyState::Active => {
                    format!("collected; the grant ends {} at the latest", moment(family.ends_at()))
                }
                FamilyState::Revoked { at, .. } => format!("collected; the grant was ended {}", moment(at)),
            };
        }
        let decisive =
            |event: &&Event| !matches!(event, Event::SlowedDown(_) | Event::NumberMissed | Event::PinMissed);
        let expires = self.journal.iter().find_map(|event| match event {
            Event::Initiated(request) => Some(request.expires_at),
            _ => None,
        });
        let over = expires.is_some_and(|expires| now >= expires);
        match self.journal.iter().rev().find(decisive) {
            None => "not kept any more".to_owned(),
            Some(Event::Redeemed(_)) => "collected; the grant is over".to_owned(),
            Some(Event::Denied(denial)) => denied(denial.reason).to_owned(),
            Some(Event::Ended(_)) => "expired without an answer".to_owned(),
            Some(Event::Approved(_)) if over => "allowed, and never collected".to_owned(),
            Some(Event::Approved(_)) => "allowed; not collected yet".to_owned(),
            Some(_) if over => "expired without an answer".to_owned(),
            Some(_) => "waits for an answer".to_owned(),
        }
    }
}
