//! Who are the people, how do they sign in, where are they signed in, and where are they asked?

mod authorization_device;
mod passkey;
mod room;
pub mod session;
mod settings;
mod user;

pub use authorization_device::{AuthorizationDevice, DeviceChannel, MOST_AUTHORIZATION_DEVICES};
pub use passkey::Passkey;
pub use room::Kept;
pub use session::Session;
pub use settings::PersonSettings;
pub use user::User;
