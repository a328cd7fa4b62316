//! What must every store do?

mod backchannel_races;
mod crossings;
mod devices;
mod families;
mod first_uses;
mod inbox;
mod operators;
mod outbox;
mod people;
mod races;
mod rate_buckets;
mod trusted_devices;
