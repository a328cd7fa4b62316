//! The device authorization grant over HTTP: RFC 8628.
//!
//! 1. [`device_authorization_endpoint`]: the device asks (section 3.1).
//! 2. [`verification`]: the person types the code or arrives from the QR (section 3.3), sees who asks in [`question`], and
//!    says yes or no in [`answer`]. [`pending`] is what their browser carries between those pages.
//! 3. [`token`]: the device polls (section 3.4) and collects.

pub mod answer;
mod decision;
pub mod device_authorization_endpoint;
pub mod pending;
mod presentation;
mod qr_code;
pub mod question;
pub mod token;
mod trouble;
pub mod verification;

/// Where the question is asked and answered.
const DECISION: &str = "/device/decision";
/// Where somebody goes who is not signed in yet, to come back to the question.
const SIGN_IN: &str = "/sign-in?next=/device/decision";
