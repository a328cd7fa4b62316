//! Where Tandem keeps what must last: live crossings, token families, people, keys.
//!
//! One SQLite file, one writer thread. Whoever writes queues a job; the writer commits what waits in one transaction and
//! then answers, so that one fsync serves many requests. Crossings live in memory over an append-only journal (see
//! [`Store::apply`]); everything else lives in keyed rows behind small caches. Time is a parameter everywhere.

mod answers;
mod cache;
mod callbacks;
mod census;
mod crossings;
mod database;
mod error;
mod families;
mod filtered_recipients;
mod first_use;
mod incidents;
mod operators;
mod people;
mod queue;
mod rate_buckets;
mod readers;
mod received_sets;
mod security_events;
mod shards;
mod shared;
mod shared_signals;
mod sql;
mod store;
mod story;
mod sweep;
mod trusted_devices;
mod upkeep;
mod writer;

pub use callbacks::{Callback, CallbackOutcome};
pub use census::Census;
pub use crossings::{Along, Change, CrossingWatch, InboxWatch, Instance, LeftWaiting, Write};
pub use database::SETTINGS;
pub use error::{AddUserError, ApplyError, BeginError, OpenError, StoreError};
pub use incidents::{
    BeginRefusal, Contained, Containment, Incident, IncidentFile, IncidentQuery, IncidentStep, IncidentTally,
    LifeChange, LifeRefusal, NewIncident, Opened, Preview, UnseenEvent,
};
pub use operators::{LeftOver, StoredKey};
pub use people::{
    AuthorizationDevice, DeviceChannel, Kept, MOST_AUTHORIZATION_DEVICES, Passkey, PersonSettings, Session,
    User,
};
pub use rate_buckets::RateBucket;
pub use received_sets::{Handling, SetChanges, SetToTake, TakenSet};
pub use security_events::{RecordedEvent, SecurityEvent};
pub use shared_signals::{
    Addition, Delivered, Dropped, NewStream, Restatus, SetKind, Stream, VerificationAsked, Verified,
};
pub use store::{Open, Options, Store};
pub use sweep::Swept;
pub use trusted_devices::{DeviceName, TrustedDevice};
