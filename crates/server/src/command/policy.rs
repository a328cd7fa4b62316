//! `tandem policy`: which settings of the mitigations hold, where are they from, and what came of them?

use super::output::{say, say_json, table};
use super::registered::{self, Flow};
use super::settings::{Settings, block_on};
use super::{Failure, explain};
use crate::clients::Listed;
use crate::config::{self, Loaded, Provenance};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use tandem_core::assessment::rooms_of;
use tandem_core::crossing::Room;
use tandem_core::mitigations::policy::{Effective, Overrides, Source};

const EXAMPLES: &str = "\
Examples:
  tandem policy show -c tandem.toml
  tandem policy show -c tandem.toml --client tv --flow device_authorization
  tandem policy show -c tandem.toml --client tv --changed --format json
  tandem policy explain gnXWYOUbX9lBVZ5zV1cTwA -c tandem.toml";

/// What to do with policy.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Print the settings that hold for a flow or a client, and where each comes from
    #[command(after_help = EXAMPLES)]
    Show(Show),
    /// Say what was asked, found and decided for one request, in order
    Explain(explain::Explain),
}

/// The options of `policy show`.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    settings: Settings,
    /// Of this client; without it what holds for clients that say nothing themselves
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// In this flow; without it in every flow, or every one that the client may use
    #[arg(long, value_enum)]
    flow: Option<Flow>,
    /// Only what differs from the profile
    #[arg(long)]
    changed: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Does it.
pub fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::Show(arguments) => show(&arguments),
        Action::Explain(arguments) => explain::run(&arguments),
    }
}

fn show(arguments: &Show) -> Result<(), Failure> {
    let loaded = arguments.settings.load()?;
    let clients = match arguments.client {
        Some(_) => block_on(registered::clients(&loaded.config))?,
        None => Vec::new(),
    };
    let client = arguments.client.as_deref().map(|name| registered::find(&clients, name)).transpose()?;
    let mut rooms = client.map_or_else(|| Room::ALL.to_vec(), |client| rooms_of(&client.client));
    if let Some(flow) = arguments.flow {
        rooms.retain(|room| *room == flow.room());
        if let (Some(client), []) = (client, rooms.as_slice()) {
            return Err(Failure::Failed(format!(
                "client {} may not use {}",
                client.client.client_id,
                flow.room().as_str()
            )));
        }
    }
    let view = View { loaded: &loaded, client };
    let tables: Vec<_> =
        rooms.into_iter().map(|room| Ok((room, view.effective(room)?))).collect::<Result<_, Failure>>()?;
    if arguments.format == Format::Json {
        let json = tables.iter().map(|(room, effective)| view.json(*room, effective, arguments.changed));
        say_json(&json.collect());
        return Ok(());
    }
    if tables.is_empty() {
        say("the client may use no cross-device flow");
    }
    let texts = tables.iter().map(|(room, effective)| view.text(*room, effective, arguments.changed));
    say(&texts.collect::<Vec<_>>().join("\n\n"));
    Ok(())
}

/// A policy, seen from a client or from nobody in particular.
struct View<'a> {
    loaded: &'a Loaded,
    client: Option<&'a Listed>,
}

impl View<'_> {
    fn own(&self) -> Option<&Overrides> {
        self.client.map(|registered| &registered.client.tandem_policy)
    }

    fn effective(&self, room: Room) -> Result<Effective, Failure> {
        config::effective_policy(&self.loaded.config, room, self.own()).map_err(|error| {
            Failure::Failed(format!("the policy for {} does not hold: {error}", room.as_str()))
        })
    }

    /// Where the profile was named.
    fn profile_from(&self, room: Room) -> String {
        let config = &self.loaded.config;
        let flow = match room {
            Room::DeviceAuthorization => &config.device_authorization.policy,
            Room::Ciba => &config.ciba.policy,
        };
        let names = |overrides: &Overrides| overrides.profile.is_some();
        let source = if self.own().is_some_and(names) {
            Source::Client
        } else if names(flow) {
            Source::Flow(room)
        } else if names(&config.policy) {
            Source::Server
        } else {
            return "the default".to_owned();
        };
        self.place(source, "profile")
    }

    /// Where a setting of this origin stands, with the line if it is known.
    fn place(&self, source: Source, setting: &str) -> String {
        if let Source::Profile(profile) = source {
            return format!("profile {}", profile.as_str());
        }
        if let (Source::Client, Some(Listed { client, index: None })) = (source, self.client) {
            return format!("registration of {} in the database", client.client_id);
        }
        let key = config::policy_key(source, setting, self.client.and_then(|registered| registered.index));
        match self.loaded.provenance.get(&key) {
            Some(place) if *place != Provenance::Default => format!("{key}, {place}"),
            _ => key,
        }
    }

    fn rows(effective: &Effective, changed: bool) -> impl Iterator<Item = (String, Value, Source)> {
        let rows = effective.rows().into_iter();
        rows.filter(move |(.., source)| !changed || !matches!(source, Source::Profile(_)))
    }

    fn text(&self, room: Room, effective: &Effective, changed: bool) -> String {
        let whose = self.client.map_or_else(
            || "clients without a policy of their own".to_owned(),
            |registered| format!("client {}", registered.client.client_id),
        );
        let mut rows = vec![["setting", "value", "from"].map(str::to_owned).to_vec()];
        for (setting, value, source) in Self::rows(effective, changed) {
            let from = self.place(source, &setting);
            rows.push(vec![setting, value.to_string(), from]);
        }
        let settings =
            if rows.len() == 1 { "every setting is the profile's".to_owned() } else { table(&rows) };
        format!(
            "{whose}, flow {}\nprofile {} ({})\n\n{settings}",
            room.as_str(),
            effective.profile.as_str(),
            self.profile_from(room),
        )
    }

    fn json(&self, room: Room, effective: &Effective, changed: bool) -> Value {
        let settings = Self::rows(effective, changed).map(|(setting, value, source)| {
            let layer = match source {
                Source::Profile(_) => "profile",
                Source::Server => "server",
                Source::Flow(_) => "flow",
                Source::Client => "client",
            };
            json!({ "setting": setting, "value": value, "layer": layer, "from": self.place(source, &setting) })
        });
        json!({
            "client": self.client.map(|registered| &registered.client.client_id),
            "flow": room.as_str(),
            "profile": effective.profile.as_str(),
            "profile_from": self.profile_from(room),
            "settings": settings.collect::<Vec<_>>(),
        })
    }
}
