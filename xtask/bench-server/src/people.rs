//! Who is asked in the backchannel rows? Many people, and a session of each where the row needs one, made in the store.
//!
//! `tandem user add` makes one person with a password, which costs an Argon2 each; nobody types a password here.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::oauth::token_family::AuthenticationMethod;
use tandem_core::time::Timestamp;
use tandem_server::app::store_options;
use tandem_server::clock::{Clock, Random};
use tandem_server::command::Failure;
use tandem_server::config;
use tandem_server::people::cookies::Cookies;
use tandem_store::{Open, Session, Store, User};
use tokio::task::JoinSet;

/// Longer than any run.
const SESSION: Duration = Duration::from_hours(1);

/// Adds `user00000` and so on to the store of this configuration, beside no server. With `sessions`, each is signed in,
/// and that file gets a line `NAME COOKIE=VALUE` for each.
pub async fn add(file: &Path, count: usize, sessions: Option<&Path>) -> Result<(), Failure> {
    let config = config::load(&[file.to_owned()], std::env::vars())?.config;
    let now = Clock::System.now();
    let store = Store::open(store_options(&config, Open::Tool { migrate: false }), now)?;
    let cookie = Cookies::of(&config.issuer).browser();
    // All at once, so that the store's writer commits them together.
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let signed_in = sessions.is_some();
        tasks.spawn(add_one(store.clone(), number, signed_in, now));
    }
    let mut lines = String::new();
    while let Some(added) = tasks.join_next().await {
        let (name, secret) = added.map_err(Failure::of)??;
        // Writing into memory cannot fail.
        let _ = writeln!(lines, "{name} {cookie}={secret}");
    }
    store.close().await;
    match sessions {
        Some(file) => std::fs::write(file, lines).map_err(Failure::of),
        None => Ok(()),
    }
}

/// One person, whose subject is their name; and the secret of their browser.
async fn add_one(
    store: Store,
    number: usize,
    signed_in: bool,
    now: Timestamp,
) -> Result<(String, String), Failure> {
    let name = format!("user{number:05}");
    let sub: Arc<str> = Arc::from(name.as_str());
    let user = User {
        sub: Arc::clone(&sub),
        username: name.clone(),
        name: Some("Alice".to_owned()),
        email: Some("alice@example.com".to_owned()),
        email_verified: false,
        locale: None,
        password_hash: None,
        created_at: now,
        updated_at: now,
    };
    store.add_user(user).await.map_err(Failure::of)?;
    let secret = Random.bytes::<32>();
    if signed_in {
        let session = Session {
            id: Digest::of(&secret),
            sub,
            method: AuthenticationMethod::Password,
            auth_time: now,
            expires_at: now.plus(SESSION),
            last_seen: now,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: None,
        };
        store.start_session(session).await.map_err(Failure::of)?;
    }
    // Cookies are base64url without padding, as digests are shown.
    Ok((name, Digest::from_bytes(secret).to_string()))
}
