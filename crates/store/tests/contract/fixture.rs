//! What do the tests work with?

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Addressee, Approval, Backchannel, Crossing, CrossingId, DeliveryMode, Denial, DenialReason, Event, Hint,
    Presenter, Request, Room, Sound, Step, Verification,
};
use tandem_core::digest::Digest;
use tandem_core::mitigations::Findings;
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::token_family::{
    Authentication, AuthenticationMethod, FamilyState, Refresh, TokenFamily,
};
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Callback, CallbackOutcome, Change, Open, Options, Store, Write};
use tempfile::TempDir;

pub const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
pub const ISSUER: &str = "https://id.example.com";
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

pub const fn secs(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

/// A store in a directory of its own, and the directory.
pub struct Fixture {
    pub store: Store,
    pub dir: TempDir,
}

impl Fixture {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let dir = TempDir::new().unwrap();
        let mut options = options(dir.path());
        change(&mut options);
        Self { store: Store::open(options, NOW).unwrap(), dir }
    }

    /// A commit takes this long: long enough to do something meanwhile.
    pub fn slow(millis: u64) -> Self {
        Self::with(|options| options.fsync_delay = Duration::from_millis(millis))
    }

    /// Closes in good order, and opens again at `now`.
    pub async fn reopened_at(self, now: Timestamp) -> Self {
        let Self { store, dir } = self;
        store.close().await;
        Self { store: Store::open(options(dir.path()), now).unwrap(), dir }
    }

    /// Looks into the file without the store.
    pub fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.dir.path().join("tandem.sqlite3")).unwrap()
    }

    pub fn rows(&self, table: &str) -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.raw().query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
    }
}

pub fn options(dir: &Path) -> Options {
    Options { issuer: Some(Arc::from(ISSUER)), ..Options::new(dir, Open::Server) }
}

pub fn id(n: u32) -> CrossingId {
    CrossingId::of_secret(&format!("device code {n}"))
}

pub fn user_code(n: u32) -> Digest {
    Digest::of(format!("user code {n}").as_bytes())
}

pub fn request(n: u32) -> Request {
    Request {
        room: Room::DeviceAuthorization,
        client_id: Arc::from("tv"),
        scope: Scope::parse("openid profile offline_access").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription {
            name: Some("Living room".into()),
            kind: DeviceKind::Tv,
            address: ADDRESS,
        },
        user_code: Some(user_code(n)),
        backchannel: None,
        verification: Verification::Session,
        context: None,
        open_for: 0,
        findings: Findings::default(),
        interval: 5,
        initiated_at: NOW,
        expires_at: secs(600),
    }
}

pub fn initiation_of(n: u32, request: Request) -> Step {
    let event = Event::Initiated(request);
    Step { next: Crossing::replay(None, id(n), event.clone()).unwrap(), event }
}

pub fn initiation(n: u32) -> Step {
    initiation_of(n, request(n))
}

/// A request that is sent to this person.
pub fn request_to(addressee: Addressee) -> Request {
    let backchannel = Backchannel {
        addressee,
        hint: Hint::LoginHint,
        delivery: DeliveryMode::Ping,
        binding_message: Some("W4SCT".into()),
        authorization_details: None,
        request_context: None,
        acr_values: Vec::new(),
        resource: Vec::new(),
        sound: Sound::Heard,
        notification: None,
    };
    let (room, backchannel) = (Room::Ciba, Some(Box::new(backchannel)));
    Request { room, client_id: Arc::from("call-center"), user_code: None, backchannel, ..request(0) }
}

/// Somebody asks this person.
pub fn ask(store: &Store, n: u32, sub: &str) -> CrossingId {
    let request = request_to(Addressee::Person(Arc::from(sub)));
    store.begin(initiation_of(n, request)).unwrap();
    id(n)
}

pub fn begin(store: &Store, n: u32) -> CrossingId {
    store.begin(initiation(n)).unwrap();
    id(n)
}

pub fn authentication(sub: &str) -> Authentication {
    Authentication { sub: Arc::from(sub), auth_time: NOW, method: AuthenticationMethod::Password }
}

pub fn approval() -> Event {
    approval_at(secs(1))
}

pub fn approval_at(at: Timestamp) -> Event {
    approval_by("alice", at)
}

pub fn approval_by(sub: &str, at: Timestamp) -> Event {
    let scope = Scope::parse("openid offline_access").unwrap();
    Event::Approved(Arc::new(Approval::new(authentication(sub), scope, ADDRESS, at)))
}

pub fn denial() -> Event {
    let reason = DenialReason::Declined;
    Event::Denied(Arc::new(Denial { sub: Arc::from("alice"), reason, address: ADDRESS, at: secs(1) }))
}

pub fn presented() -> Event {
    Event::Presented(Presenter::new(Arc::from("alice"), ADDRESS, secs(1)))
}

pub fn redeemed() -> Event {
    Event::Redeemed(secs(2))
}

pub fn family_of(crossing: CrossingId, sub: &str, client_id: &str) -> TokenFamily {
    TokenFamily {
        crossing,
        room: Room::DeviceAuthorization,
        client_id: Arc::from(client_id),
        authentication: authentication(sub),
        scope: Scope::parse("openid offline_access").unwrap(),
        nonce: None,
        dpop_jkt: None,
        certificate: None,
        authorization_details: None,
        resource: Vec::new(),
        device: DeviceDescription { name: None, kind: DeviceKind::Tv, address: ADDRESS },
        issued_at: secs(2),
        refresh: Refresh::Until(secs(86_400)),
        instance: None,
        access_ceiling: None,
        access_until: secs(302),
        generation: 0,
        refreshed_at: None,
        state: FamilyState::Active,
    }
}

pub fn family(crossing: CrossingId) -> TokenFamily {
    family_of(crossing, "alice", "tv")
}

pub fn redeem(id: CrossingId) -> impl Fn(Event) -> Write + Clone {
    move |event| Write::Redeem(event, Box::new(family(id)))
}

pub fn callback(crossing: CrossingId, outcome: CallbackOutcome) -> Callback {
    Callback {
        crossing,
        client_id: Arc::from("call-center"),
        sealed: "sealed".to_owned(),
        outcome,
        created_at: secs(1),
        due_at: secs(1),
        attempts: 0,
        gives_up_at: secs(600),
    }
}

/// Writes an answer together with the callback that tells of it.
pub fn with_callback(id: CrossingId) -> impl Fn(Event) -> Write + Clone {
    move |event| {
        let yes = matches!(event, Event::Approved(_));
        let outcome = if yes { CallbackOutcome::Approved } else { CallbackOutcome::Denied };
        let callback = Some(callback(id, outcome));
        Write::DurableWith(event, Box::new(Along { callback, ..Along::default() }))
    }
}

/// Whether a transition was possible from the state that it met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Done,
    TooLate,
}

/// Applies an event, once.
pub async fn try_event(
    store: &Store,
    id: CrossingId,
    event: Event,
    write: impl FnOnce(Event) -> Write,
) -> Result<Told, ApplyError> {
    let change = |crossing: Crossing| match Crossing::replay(Some(crossing.clone()), id, event.clone()) {
        Ok(next) => Change { next, write: write(event), answer: Told::Done },
        Err(_) => Change { next: crossing, write: Write::Nothing, answer: Told::TooLate },
    };
    store.apply(id, change).await
}

/// Applies an event, again and again while another answer is being written.
pub async fn event(
    store: &Store,
    id: CrossingId,
    event: Event,
    write: impl Fn(Event) -> Write,
) -> Result<Told, ApplyError> {
    loop {
        match try_event(store, id, event.clone(), &write).await {
            Err(ApplyError::Busy) => tokio::task::yield_now().await,
            told => return told,
        }
    }
}

/// Runs a crossing from its initiation to its family.
pub async fn whole_flow(store: &Store, n: u32) -> CrossingId {
    let id = begin(store, n);
    assert_eq!(event(store, id, approval(), Write::Durable).await, Ok(Told::Done));
    assert_eq!(event(store, id, redeemed(), redeem(id)).await, Ok(Told::Done));
    id
}

/// Waits until `condition` holds; what it waits for is done by another thread in its own time.
pub async fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("never: {what}");
}

/// What must happen soon, since whatever it waits for was done: a change that is never told fails instead of hanging.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what).await.expect("it never happened")
}
