//! What does a newcomer try first? `tandem demo`: a whole server with people and clients, whose screens are pages: a TV, a
//! call centre, a till.
//!
//! It is the server that `serve` starts, with a configuration and a data directory of its own, filled through the
//! same functions that the commands use. Only its passwords are no secrets.

mod address;
mod asking;
mod backchannel;
mod call_center;
mod commands;
mod folder;
mod pages;
mod qr;
mod requests;
mod screen;
mod seed;
mod shop;

pub use pages::routes;

use crate::app::App;
use crate::clock::Clock;
use crate::command::listening::{self, Ending};
use crate::command::{Failure, settings};
use crate::config::Loaded;
use crate::edge::settings::Settings;
use crate::edge::{log, panics};
use address::{Place, Reach};
use folder::Folder;
use screen::Welcome;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs the demo until it is asked to end.
pub fn run(listen: Option<SocketAddr>, data_dir: Option<PathBuf>, expose: bool) -> Result<(), Failure> {
    let reach = if expose { Reach::Network } else { Reach::Local };
    let place = Place::take(listen, reach)?;
    settings::server_runtime()?.block_on(async {
        // Before the folder is made, so that none is left behind.
        let ending = Ending::listen().await;
        let folder = Folder::open(data_dir)?;
        let loaded = folder.configure(&place, settings::variables()?)?;
        log::init(&loaded.config.log).map_err(|error| Failure::Usage(error.to_string()))?;
        panics::install_hook();
        Box::pin(serve(place, &folder, loaded, ending)).await
    })
}

async fn serve(place: Place, folder: &Folder, loaded: Loaded, ending: Ending) -> Result<(), Failure> {
    let app = App::open(loaded.config, Clock::System).await?;
    // Boxed: it holds whole registrations.
    Box::pin(seed::plant(&app, &place)).await?;
    let public = crate::routes::public_with(&app, routes());
    let mut first = Settings::new(&app.config, listening::routes());
    first.public = place.address;
    let second = place.second.map(|address| (address, Settings::new(&app.config, listening::routes())));
    let welcome = Welcome {
        issuer: app.issuer().to_owned(),
        reach: place.reach,
        kept: folder.is_kept().then(|| folder.path().to_owned()),
    };
    // The ports were held until now; the server takes them over.
    drop(place);
    listening::until_the_end(app, public, first, second, ending, move |_| welcome.show()).await
}
