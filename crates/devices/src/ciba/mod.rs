//! A client asks a person on their own phone, from the command line to the tokens. (OpenID CIBA Core 1.0)
//!
//! 1. [`options`]: what the command line says.
//! 2. [`request`]: the backchannel authentication request, signed or not (sections 7.1 and 7.1.1).
//! 3. [`asking`]: discovery, the request, what the person must do, the polls (section 10.1), the tokens.

pub mod asking;
pub mod options;
pub mod request;

pub use asking::{GRANT_TYPE, Plan, from_the_command_line, obtain};
