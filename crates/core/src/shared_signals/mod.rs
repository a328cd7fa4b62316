//! What do other services hear when something ends here? Shared Signals Framework 1.0, with the events of CAEP 1.0.
//!
//! A receiver has streams; a stream has a configuration, a status and subjects. What happens becomes a [`SharedSignal`]; for
//! each stream that wants it ([`matching`]) it becomes the claims of a Security Event Token ([`set`]). How tokens are
//! signed, kept and carried is nobody's business here.

pub mod announcement;
pub mod configuration;
pub mod event;
pub mod matching;
pub mod metadata;
pub mod poll;
pub mod push;
pub mod received;
pub mod request;
pub mod set;
pub mod status;
pub mod stream;
pub mod subject;

pub use event::{
    CaepEvent, ChangeType, ComplianceStatus, CredentialType, EventType, InitiatingEntity, SharedSignal,
};
pub use matching::{Interest, KnownAs};
pub use set::{SecurityEventToken, StreamEvent};
pub use status::StreamStatus;
pub use stream::{DefaultSubjects, Delivery, StreamTerms};
pub use subject::{Subject, SubjectError, SubjectId};
