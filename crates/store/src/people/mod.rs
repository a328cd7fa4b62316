//! Who are the people, how do they sign in, and where are they signed in?

mod passkey;
mod session;
mod user;

pub use passkey::Passkey;
pub use session::Session;
pub use user::User;
