//! Shared Signals Framework 1.0, CAEP 1.0, the CAEP interoperability profile, RFC 8935 and RFC 8936.

mod authorization;
mod metadata;
mod poll;
mod push;
mod sets;
mod status;
mod streams;
mod subjects;
mod verification;
