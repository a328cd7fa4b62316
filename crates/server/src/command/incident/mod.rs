//! `tandem incident`: what was misused, and what is done about it?

mod act;
mod list;
mod open;
mod show;

use super::Failure;
use super::settings::block_on;
use clap::Subcommand;
use tandem_core::incident::Target;
use tandem_store::LifeChange;

const EXAMPLES: &str = "\
Examples:
  What waits for somebody to decide:
    tandem incident list -c tandem.toml --state open

  Everything that touched a person, client, address or request:
    tandem incident list -c tandem.toml --search 203.0.113.9

  End everything that came of one:
    tandem incident contain -c tandem.toml 7

  An account was taken over; end what it granted and where it is signed in, at once:
    tandem incident open -c tandem.toml --person ada --reason \"phishing by phone\" --contain

  Done with it; what was ended stays ended:
    tandem incident close -c tandem.toml 7 --note \"talked to Ada\"

Containment ends the open requests of an incident, every token that came of them, the sessions of the people whose
grants they are, and tells the receivers of shared signals. Asking twice does no harm.

Exit codes:
  0 done, or done before    1 it could not be done    2 wrong command line or configuration";

/// What to do with incidents.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Action {
    /// Show incidents, the newest first
    List(list::Arguments),
    /// Show everything about an incident: what it touched, and what was done by whom
    Show(show::Arguments),
    /// Open an incident for a request, person, client or device
    Open(open::Arguments),
    /// End everything that an incident concerns
    Contain(act::Contain),
    /// Say that somebody looked at it and is done with it
    Close(act::Change),
    /// Open a closed incident again
    Reopen(act::Change),
}

/// Does it.
pub fn run(action: &Action) -> Result<(), Failure> {
    match action {
        Action::List(arguments) => block_on(list::run(arguments)),
        Action::Show(arguments) => block_on(show::run(arguments)),
        Action::Open(arguments) => block_on(open::run(arguments)),
        Action::Contain(arguments) => block_on(act::contain(arguments)),
        Action::Close(arguments) => block_on(act::change(arguments, LifeChange::Close)),
        Action::Reopen(arguments) => block_on(act::change(arguments, LifeChange::Reopen)),
    }
}

fn unknown(id: i64) -> Failure {
    Failure::Failed(format!("there is no incident {id}: `tandem incident list` shows them"))
}

/// A target in two words.
fn words(target: &Target) -> String {
    let touched = target.touched();
    format!("{} {}", touched.kind.as_str(), touched.name)
}
