//! The device authorization grant: RFC 8628. Pattern: User-Transferred Session Data (BCP 3.1.1).
//!
//! 1. The device asks at the device authorization endpoint (section 3.1) and gets a device code, a user code and a
//!    verification URI (section 3.2): [`request`], [`response`], [`user_code`].
//! 2. A person opens the URI on a phone, signs in, compares the code and answers (section 3.3): the server's
//!    `device_authorization/verification.rs`.
//! 3. Meanwhile the device polls the token endpoint (sections 3.4 and 3.5): [`poll`], [`refusal`].

pub mod poll;
pub mod refusal;
pub mod request;
pub mod response;
pub mod user_code;
