//! What does the client get to wait with? (CIBA Core section 7.3)

use crate::crossing::{DeliveryMode, NumberMatch};
use serde::Serialize;
use std::time::Duration;

/// A successful answer of the backchannel authentication endpoint.
#[derive(Serialize)]
pub struct BackchannelAuthenticationResponse<'a> {
    auth_req_id: &'a str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tandem_number: Option<String>,
}

impl<'a> BackchannelAuthenticationResponse<'a> {
    /// The answer for a request that lives this long. Who is pushed its tokens never polls and needs no interval;
    /// `number` is for the consumption device to show (`tandem_number`, our extension).
    pub fn new(
        auth_req_id: &'a str,
        lifetime: Duration,
        delivery: DeliveryMode,
        interval: Duration,
        number: Option<&NumberMatch>,
    ) -> Self {
        Self {
            auth_req_id,
            expires_in: lifetime.as_secs(),
            interval: (delivery != DeliveryMode::Push).then_some(interval.as_secs()),
            tandem_number: number.map(|number| number.shown.to_string()),
        }
    }
}

impl std::fmt::Debug for BackchannelAuthenticationResponse<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackchannelAuthenticationResponse")
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
