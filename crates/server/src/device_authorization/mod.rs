//! The device authorization grant over HTTP: RFC 8628.
//!
//! 1. [`device_authorization_endpoint`]: the device asks (section 3.1).
//! 2. [`verification`]: the person types the code or arrives from the QR, sees who asks, answers (section 3.3).
//!    [`pending`] is what their browser carries between those pages.
//! 3. [`token`]: the device polls (section 3.4) and collects.

pub mod decision;
pub mod device_authorization_endpoint;
pub mod pending;
pub mod token;
pub mod verification;
