//! What does the device get to show? (RFC 8628 section 3.2)

use serde::Serialize;

/// A device authorization response. All members of section 3.2, always.
#[derive(Serialize)]
pub struct DeviceAuthorizationResponse<'a> {
    /// The secret to poll with: 43 characters, 256 bits.
    pub device_code: &'a str,
    /// What the person types.
    pub user_code: &'a str,
    /// Where.
    pub verification_uri: &'a str,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: &'a str,
    /// Life of both codes in seconds.
    pub expires_in: u64,
    /// Least seconds between polls.
    pub interval: u64,
}
