//! How does a message reach a browser that is closed? Web Push: RFC 8291 for the message, RFC 8292 for the sender.
//!
//! A push service carries the message and must learn nothing from it: [`encrypt`] seals it for one [`Subscription`]
//! and pads it, so that not even its length speaks. [`VapidKey`] tells the push service who sends.

mod encryption;
mod subscription;
mod vapid;

pub use encryption::{EncryptionError, MAX_PAYLOAD, SenderKey, encrypt};
pub use subscription::{MAX_ENDPOINT, Subscription, SubscriptionError};
pub use vapid::{Contact, VAPID_LIFETIME, VapidError, VapidKey};
