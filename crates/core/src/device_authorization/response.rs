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
    /// Seconds in which the user code can be opened, where that is less than the life of both: whoever opens it in time
    /// has the rest to sign in and decide (our extension).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tandem_user_code_expires_in: Option<u64>,
    /// The number to show, which the person must give on the phone (our extension).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tandem_number: Option<String>,
    /// The seed of living QR codes: what the device draws under it stands as `live` in the complete verification URI (our
    /// extension; `mitigations::establish_proximity::living_qr` says how).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tandem_qr_seed: Option<String>,
    /// Seconds after which the device draws the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tandem_qr_period: Option<u64>,
}
