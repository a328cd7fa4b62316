//! Where do mail servers reach the content filter, and what if it cannot look: `[content_filter.milter]`?

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// `[content_filter.milter]`: a filter for Postfix and Sendmail.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Milter {
    /// Where mail servers reach it: `inet:` with an IP address and a port, or `unix:` with the path of a socket. Not set: no
    /// milter. It knows no passwords: only your own mail servers should reach it.
    #[schemars(example = "inet:127.0.0.1:8891")]
    pub listen: Option<MilterAddress>,
    /// What becomes of mail that cannot be looked at because something is wrong here.
    pub on_failure: OnFailure,
    /// Most connections open at once; more are closed at once.
    #[schemars(range(min = 1, max = 10_000))]
    pub max_connections: u32,
    /// Seconds of silence after which a connection is closed.
    #[schemars(range(min = 1, max = 86_400))]
    pub idle_timeout: u32,
}

impl Default for Milter {
    fn default() -> Self {
        Self { listen: None, on_failure: OnFailure::Accept, max_connections: 256, idle_timeout: 3600 }
    }
}

/// What becomes of mail when the filter cannot look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It goes on.
    Accept,
    /// Its sender is asked to try again later.
    Tempfail,
    /// It is refused.
    Reject,
}

/// Where the milter listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MilterAddress {
    /// A TCP socket.
    Inet(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// Why a text is no address of a milter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "inet: with an IP address and a port, or unix: with a whole path is accepted, such as inet:127.0.0.1:8891"
)]
pub struct MilterAddressRefusal;

impl TryFrom<String> for MilterAddress {
    type Error = MilterAddressRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.split_once(':') {
            Some(("inet", address)) => address.parse().map(Self::Inet).map_err(|_| MilterAddressRefusal),
            Some(("unix", path)) if path.starts_with('/') && !path.contains('\0') => {
                Ok(Self::Unix(PathBuf::from(path)))
            }
            _ => Err(MilterAddressRefusal),
        }
    }
}

impl From<MilterAddress> for String {
    fn from(address: MilterAddress) -> Self {
        match address {
            MilterAddress::Inet(address) => format!("inet:{address}"),
            MilterAddress::Unix(path) => format!("unix:{}", path.display()),
        }
    }
}

impl JsonSchema for MilterAddress {
    fn schema_name() -> Cow<'static, str> {
        "MilterAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "milter-address" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<MilterAddress, MilterAddressRefusal> {
        MilterAddress::try_from(text.to_owned())
    }

    #[test]
    fn addresses_of_a_milter() {
        for good in ["inet:127.0.0.1:8891", "inet:[::1]:8891", "unix:/run/tandem/milter.sock"] {
            assert_eq!(String::from(address(good).unwrap()), good);
        }
        for bad in
            ["", "127.0.0.1:8891", "inet:8891", "inet:localhost:8891", "unix:", "unix:run/x", "local:/run/x"]
        {
            assert_eq!(address(bad), Err(MilterAddressRefusal), "{bad}");
        }
    }
}
