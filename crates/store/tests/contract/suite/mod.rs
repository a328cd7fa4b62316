//! What must every store do?

mod asking;
mod backchannel_races;
mod crossings;
mod devices;
mod families;
mod filtered_recipients;
mod first_uses;
mod inbox;
mod incidents;
mod operators;
mod outbox;
mod people;
mod races;
mod rate_buckets;
mod received_sets;
pub mod shared_signals;
mod trusted_devices;
mod unanswered;
mod waiting;
