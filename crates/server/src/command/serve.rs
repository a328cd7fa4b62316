//! `tandem serve`: how does the server start?

use super::Failure;
use super::listening::{self, Ending};
use super::output::say;
use super::settings::{Settings, server_runtime, tell_warnings};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::edge::settings as edge_settings;
use crate::edge::{log, panics, tls};
use crate::geolocation::Geolocation;
use crate::pages::{Pages, Site};
use crate::routes;
use axum::Router;
use clap::Args;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  tandem serve -c tandem.toml
  tandem serve -c tandem.toml --check
  TANDEM_CONFIG=/etc/tandem/tandem.toml TANDEM_LOG=debug tandem serve

Signals:
  SIGTERM, SIGINT  accept nothing more, finish what is under way, close the database, end with 0
  SIGHUP           read the TLS certificate, the clients, the keys and the geolocation database again

A second server on the same data directory says so and ends with 1.";

/// The options of `serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Look at everything that a start needs, but do not start and do not touch the database
    #[arg(long)]
    check: bool,
}

/// Does it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let loaded = arguments.settings.load()?;
    loaded.config.check_serve()?;
    if arguments.check {
        check(&loaded.config)?;
        tell_warnings(&loaded);
        say("the server could start");
        return Ok(());
    }
    log::init(&loaded.config.log).map_err(|error| Failure::Usage(error.to_string()))?;
    panics::install_hook();
    for warning in &loaded.warnings {
        tracing::warn!(key = warning.key, "{}", warning.detail);
    }
    server_runtime()?.block_on(serve(loaded.config, routes::public))
}

/// What can be checked without the database.
fn check(config: &Config) -> Result<(), Failure> {
    let tls = config.tls.certificate_file.clone().zip(config.tls.private_key_file.clone());
    if let Some((certificate, private_key)) = tls {
        let files = tls::TlsFiles { certificate, private_key };
        tls::load_all(&files, &tls::Asking::new(config))
            .map_err(|error| Failure::Usage(error.to_string()))?;
    }
    let site = Site { operator: String::new(), address: config.issuer.as_str().to_owned() };
    Pages::new(config.pages.template_dir.as_deref(), site)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    Geolocation::open(&config.geolocation).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(())
}

/// Serves under this configuration until the process is asked to end. `public` makes the public routes.
pub async fn serve(config: Config, public: impl FnOnce(&Arc<App>) -> Router) -> Result<(), Failure> {
    serve_by(config, Clock::System, public).await
}

/// The same by another clock.
pub async fn serve_by(
    config: Config,
    clock: Clock,
    public: impl FnOnce(&Arc<App>) -> Router,
) -> Result<(), Failure> {
    let ending = Ending::listen().await;
    let app = App::open(config, clock).await?;
    let settings = edge_settings::Settings::new(&app.config, listening::routes());
    let public = public(&app);
    let issuer = app.issuer().to_owned();
    let ready = move |_| tracing::info!(version = env!("CARGO_PKG_VERSION"), issuer, "ready");
    listening::until_the_end(app, public, settings, None, ending, ready).await
}
