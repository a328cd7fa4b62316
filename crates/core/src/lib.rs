//! Every protocol decision of Tandem, pure and synchronous: no clock, no randomness, no I/O.

pub mod address_verification;
pub mod assessment;
pub mod ciba;
pub mod client_attestation;
pub mod crossing;
pub mod device_authorization;
pub mod digest;
pub mod dpop;
pub mod incident;
pub mod jose;
pub mod mitigations;
pub mod mutual_tls;
pub mod oauth;
pub mod openid;
pub mod shared_signals;
pub mod time;
pub mod typed;
pub mod web_push;
