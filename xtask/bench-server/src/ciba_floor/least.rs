//! What does the server share that takes backchannel flows and does nothing else: its memory, its keys, its rows?

use crate::rows::{self, Table};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::jose::{Algorithm, JwkSet, SigningKey};
use tandem_core::oauth::form::Form;
use tandem_server::clock::{Clock, Random};
use tandem_server::command::Failure;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What all requests share.
pub struct Least {
    /// Its own address.
    pub issuer: String,
    client: JwkSet,
    /// Signs ID tokens.
    pub signing: SigningKey,
    /// What time it is.
    pub clock: Clock,
    memory: Mutex<Memory>,
    disk: mpsc::Sender<Job>,
}

/// What it remembers.
#[derive(Default)]
pub struct Memory {
    /// Who was asked, and whether they said yes.
    pub asked: HashMap<CrossingId, (String, Answered)>,
    used: HashSet<Digest>,
}

/// Whether the person said yes.
#[derive(PartialEq, Eq)]
pub enum Answered {
    /// Not yet.
    NotYet,
    /// Yes.
    Yes,
}

/// Rows for somebody who waits.
struct Job {
    rows: u32,
    done: oneshot::Sender<()>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    jti: String,
    exp: u64,
}

impl Least {
    /// Its rows go to a new database, `file`; `client` are the keys of the client that asks.
    pub fn new(issuer: String, client: JwkSet, file: &Path) -> Result<Self, Failure> {
        let pkcs8 = SigningKey::generate(Algorithm::ES256, Random.source()).map_err(Failure::of)?;
        let signing = SigningKey::from_pkcs8(Algorithm::ES256, &pkcs8, None).map_err(Failure::of)?;
        let (disk, jobs) = mpsc::channel();
        let (db, runtime) = (rows::create(file, Table::Appended).map_err(Failure::of)?, Handle::current());
        std::thread::spawn(move || write(&db, &jobs, &runtime));
        Ok(Self { issuer, client, signing, clock: Clock::default(), memory: Mutex::default(), disk })
    }

    /// What it remembers.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new token.
    pub fn token(&self) -> String {
        CrossingId::draw_secret(self.clock.now(), Random.bytes())
    }

    /// The client that signed the assertion, which is then used up.
    pub fn authenticate(&self, form: &Form) -> Option<String> {
        let (message, signature) = form.get("client_assertion")?.rsplit_once('.')?;
        let key = self.client.keys().first()?;
        key.verify(Algorithm::ES256, message.as_bytes(), &decoded(signature)?).ok()?;
        let claims: Claims = serde_json::from_slice(&decoded(message.split_once('.')?.1)?).ok()?;
        let holds = claims.aud == self.issuer && claims.exp * 1000 > self.clock.now().as_millis();
        let first = holds && self.memory().used.insert(Digest::of(claims.jti.as_bytes()));
        first.then_some(claims.sub)
    }

    /// Rows that are on disk when this is answered; nothing if they cannot be.
    pub async fn write(&self, rows: u32) -> Option<()> {
        let (done, written) = oneshot::channel();
        self.disk.send(Job { rows, done }).ok()?;
        written.await.ok()
    }
}

/// Bytes in base64url.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Writes what waits in one commit, and gives all its answers at once.
fn write(db: &Connection, jobs: &mpsc::Receiver<Job>, runtime: &Handle) {
    while let Ok(first) = jobs.recv() {
        // Whoever is about to come shares the commit.
        std::thread::yield_now();
        let batch: Vec<_> = std::iter::once(first).chain(jobs.try_iter()).collect();
        if rows::commit(db, batch.iter().map(|job| job.rows).sum()).is_err() {
            return;
        }
        runtime.spawn(async move {
            for job in batch {
                // Whoever asked may have gone away.
                let _ = job.done.send(());
            }
        });
    }
}
