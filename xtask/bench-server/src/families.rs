//! What if there are many token families? They are put into the database as rows: a store gives out families only for grants, and
//! nobody here grants a hundred thousand times.

use rusqlite::{Connection, params};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{CrossingId, Room};
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::token_family::{
    Authentication, AuthenticationMethod, FamilyState, Refresh, Revocation, TokenFamily,
};
use tandem_core::time::Timestamp;
use tandem_server::app::store_options;
use tandem_server::clock::{Clock, Random};
use tandem_server::command::Failure;
use tandem_server::config::{self, Config};
use tandem_store::{Open, Store};

/// Longer than any run: nothing of it is swept.
const LIFE: Duration = Duration::from_hours(24);
const INSERT: &str = "INSERT INTO families (crossing, sub, client_id, generation, access_until, refresh_until, revoked_at, \
     revoked_by, body) VALUES (?1, ?2, ?3, 0, ?4, ?4, ?5, ?6, ?7)";

/// Adds `count` families of many people that were revoked.
pub async fn add_revoked(file: &Path, count: usize) -> Result<(), Failure> {
    let config = config::load(&[file.to_owned()], std::env::vars())?.config;
    let now = Clock::System.now();
    let state = FamilyState::Revoked { at: now, by: Revocation::Incident };
    add(&config, (0..count).map(|number| (format!("user{:05}", number % 1000), state)), now).await
}

/// Adds a family for each of these, by person.
pub async fn add(
    config: &Config,
    families: impl Iterator<Item = (String, FamilyState)>,
    now: Timestamp,
) -> Result<(), Failure> {
    // Whatever schema there is, it is the store that makes it.
    Store::open(store_options(config, Open::Tool { migrate: true }), now)?.close().await;
    let mut db = Connection::open(config.data_dir.join("tandem.sqlite3")).map_err(Failure::of)?;
    let rows = db.transaction().map_err(Failure::of)?;
    for (sub, state) in families {
        let revoked = match state {
            FamilyState::Active => None,
            FamilyState::Revoked { at, by } => Some((millis(at), by.as_str())),
        };
        let family = family(&sub, state, now).ok_or_else(|| Failure::Failed("a scope".to_owned()))?;
        let body = serde_json::to_string(&family).map_err(Failure::of)?;
        let row = params![
            family.crossing.as_bytes(),
            &*family.authentication.sub,
            &*family.client_id,
            millis(now.plus(LIFE)),
            revoked.map(|(at, _)| at),
            revoked.map(|(_, by)| by),
            body,
        ];
        rows.prepare_cached(INSERT).and_then(|mut insert| insert.execute(row)).map_err(Failure::of)?;
    }
    rows.commit().map_err(Failure::of)
}

fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

fn family(sub: &str, state: FamilyState, now: Timestamp) -> Option<TokenFamily> {
    Some(TokenFamily {
        crossing: CrossingId::from_bytes(Random.bytes()),
        room: Room::DeviceAuthorization,
        client_id: Arc::from("tv"),
        authentication: Authentication {
            sub: Arc::from(sub),
            auth_time: now,
            method: AuthenticationMethod::Password,
        },
        scope: Scope::parse("openid profile offline_access").ok()?,
        nonce: None,
        dpop_jkt: None,
        certificate: None,
        authorization_details: None,
        resource: Vec::new(),
        device: DeviceDescription {
            name: None,
            kind: DeviceKind::default(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        },
        instance: None,
        issued_at: now,
        refresh: Refresh::Until(now.plus(LIFE)),
        access_ceiling: None,
        access_until: now.plus(LIFE),
        generation: 0,
        refreshed_at: None,
        state,
    })
}
