//! What do the plays attack? `tandem serve`, with a clock that stands still until it is moved through a door of its own.
//!
//! Everything else is the product's own: configuration, store, edge, pages. The product has no such door and must not get
//! one, so this program is never shipped.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::time::Timestamp;
use tandem_lab::policies::Defence;
use tandem_server::app::store_options;
use tandem_server::clock::Clock;
use tandem_server::command::serve::serve_by;
use tandem_server::command::{Failure, server_runtime};
use tandem_server::config::{self, Config};
use tandem_server::content_filter::worker::SUBCOMMAND;
use tandem_server::edge::{log, panics};
use tandem_server::people::People;
use tandem_server::routes;
use tandem_store::{Open, Store, TrustedDevice, User};
use tokio::task::JoinSet;

const USAGE: &str = "usage: tandem-lab-server CONFIG PEOPLE THUMBPRINT";
/// When every play begins.
const START: Timestamp = Timestamp::from_secs(tandem_lab::server::START);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The server starts its own file again for the processes that look at messages.
    if arguments.first().is_some_and(|first| first == SUBCOMMAND) {
        return tandem_server::command::main();
    }
    let outcome = match arguments.as_slice() {
        [file, people, key] => match people.parse().ok().zip(thumbprint(key)) {
            Some((people, key)) => run(PathBuf::from(file), people, key),
            None => Err(Failure::Usage(USAGE.to_owned())),
        },
        _ => Err(Failure::Usage(USAGE.to_owned())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tandem-lab-server: {failure}");
            failure.exit_code()
        }
    }
}

fn run(file: PathBuf, people: usize, key: Digest) -> Result<(), Failure> {
    let config = config::load(&[file], std::env::vars())?.config;
    config.check_serve()?;
    log::init(&config.log).map_err(Failure::of)?;
    panics::install_hook();
    let clock = Clock::manual(START);
    let door = TcpListener::bind("127.0.0.1:0").map_err(Failure::of)?;
    println!("door {}", door.local_addr().map_err(Failure::of)?);
    let moved = clock.clone();
    std::thread::spawn(move || door.incoming().flatten().for_each(|knock| turn(&moved, &knock)));
    server_runtime()?.block_on(async {
        let store = Store::open(store_options(&config, Open::Tool { migrate: true }), START)?;
        add_people(&config, &store, people).await?;
        add_device(&store, key).await?;
        store.close().await;
        serve_by(config, clock, routes::public).await
    })
}

fn thumbprint(text: &str) -> Option<Digest> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok().map(Digest::from_bytes)
}

/// Moves the clock by the seconds that stand in the line, and tells the time.
fn turn(clock: &Clock, knock: &TcpStream) {
    let mut line = String::new();
    let mut reader = BufReader::new(knock);
    let seconds = reader.read_line(&mut line).ok().and_then(|_| line.trim().parse().ok());
    if let Some(seconds) = seconds {
        clock.advance(Duration::from_secs(seconds));
        // Whoever knocked may be gone.
        let _ = writeln!(&*knock, "{}", clock.now().as_secs());
    }
}

/// Adds `user000` and so on, whose subject is their name. They all have the same password, which is hashed once.
async fn add_people(config: &Config, store: &Store, count: usize) -> Result<(), Failure> {
    let people = People::new(config).map_err(Failure::of)?;
    let hash = people.passwords.hash(tandem_lab::server::PASSWORD).await.map_err(Failure::of)?;
    // All at once, so that the store's writer commits them together.
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let (store, name, hash) = (store.clone(), tandem_lab::server::person(number), hash.clone());
        let user = User {
            sub: Arc::from(name.as_str()),
            username: name,
            name: None,
            email: None,
            email_verified: false,
            locale: None,
            password_hash: Some(hash),
            created_at: START,
            updated_at: START,
        };
        tasks.spawn(async move { store.add_user(user).await });
    }
    while let Some(added) = tasks.join_next().await {
        added.map_err(Failure::of)?.map_err(Failure::of)?;
    }
    Ok(())
}

/// Registers the one device that the client with trusted devices knows.
async fn add_device(store: &Store, key: Digest) -> Result<(), Failure> {
    let device = TrustedDevice {
        id: Arc::from("den-tv"),
        client_id: Arc::from(Defence::TrustedDevices.device_client()),
        name: "Den TV".to_owned(),
        kind: None,
        jwk: None,
        jwk_thumbprint: Some(key),
        certificate: None,
        compliance: ComplianceStatus::Unknown,
        created_at: START,
        last_used_at: None,
        revoked_at: None,
    };
    let added = store.add_trusted_device(device).await.map_err(Failure::of)?;
    if added { Ok(()) } else { Err(Failure::Failed("the device is registered already".to_owned())) }
}
