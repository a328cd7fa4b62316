//! Client-Initiated Backchannel Authentication over HTTP: OpenID Connect CIBA Core 1.0, FAPI-CIBA.
//!
//! 1. [`backchannel_authentication_endpoint`]: the client asks for a person (section 7); [`addressee`] finds them.
//! 2. The person is notified ([`notices`]), sees who asks in [`inbox`] and [`question`], and says yes or no in [`answer`]; an app does
//!    the same in [`crate::authorization_device`]. Both end in [`decide`].
//! 3. [`token`]: the client polls and collects (section 10.1); [`callbacks`] pings it, or pushes the tokens (section 10.2
//!    and 10.3), or that nobody answered ([`unanswered`], section 12).

pub mod addressee;
pub mod answer;
pub mod backchannel_authentication_endpoint;
pub mod callbacks;
pub mod decide;
pub mod details;
pub mod ending;
pub mod inbox;
pub mod live;
pub mod look;
pub mod notices;
pub mod notification;
pub mod question;
pub mod token;
pub mod unanswered;

/// Where requests are listed.
pub const INBOX: &str = "/inbox";

/// Where one request is asked and answered.
pub fn request_path(id: tandem_core::crossing::CrossingId) -> String {
    format!("{INBOX}/{id}")
}
