//! `tandem migrate`: how does a database get the schema of this version without a server being started?

use super::Failure;
use super::output::say;
use super::settings::{self, Migrate, Settings, block_on};
use clap::Args;

/// The options of `migrate`.
///
/// `serve` does the same when it starts; this is for those who want to see it done first. Keep a backup: there is no
/// way back to an older version.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

/// Does it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = arguments.settings.load()?.config;
    block_on(async {
        settings::open_store(&config, Migrate::Yes)?.close().await;
        say(&format!("the database in {} has the schema of this version", config.data_dir.display()));
        Ok(())
    })
}
