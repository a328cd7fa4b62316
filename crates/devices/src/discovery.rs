//! Where are the server's endpoints? RFC 8414 metadata, or OpenID discovery, of an [`Issuer`] that is who it says.

use crate::failure::{Failure, printable};
use crate::http::Request;
use crate::issuer::Issuer;
use crate::surroundings::Surroundings;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// How a client shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretTransfer {
    /// In the `Authorization` header (`client_secret_basic`).
    Basic,
    /// Among the parameters (`client_secret_post`).
    Post,
}

/// Where a flow begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// `device_authorization_endpoint` (RFC 8628 section 4).
    DeviceAuthorization,
    /// `backchannel_authentication_endpoint` (CIBA section 4).
    BackchannelAuthentication,
    /// `tandem_authorization_device_endpoint`, for what people approve with.
    AuthorizationDevice,
}

/// What a device needs to know of a server.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The server's name, as it is to be repeated to it.
    pub issuer: String,
    /// The endpoint that was asked for.
    pub entrance: Url,
    /// Where tokens are given out.
    pub token_endpoint: Url,
    /// How a secret is shown there.
    pub secret_transfer: SecretTransfer,
    /// Whether ES256 proofs are understood (RFC 9449 section 5.1); `None` if the server does not say.
    pub dpop_es256: Option<bool>,
    /// How signed CIBA requests may be signed; `None` if the server says that it takes none (CIBA section 4).
    pub request_signing_algorithms: Option<Vec<String>>,
}

impl Metadata {
    /// Refuses a server that says that it does not understand this program's proofs.
    pub fn check_dpop(&self) -> Result<(), Failure> {
        if self.dpop_es256 == Some(false) {
            return Err(Failure::Server("the server does not take DPoP proofs with ES256".to_owned()));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    device_authorization_endpoint: Option<String>,
    backchannel_authentication_endpoint: Option<String>,
    tandem_authorization_device_endpoint: Option<String>,
    token_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    dpop_signing_alg_values_supported: Option<Vec<String>>,
    backchannel_authentication_request_signing_alg_values_supported: Option<Vec<String>>,
}

impl Document {
    fn entrance(&self, entrance: Entrance) -> (&'static str, Option<&str>) {
        let (name, found) = match entrance {
            Entrance::DeviceAuthorization => {
                ("device_authorization_endpoint", &self.device_authorization_endpoint)
            }
            Entrance::BackchannelAuthentication => {
                ("backchannel_authentication_endpoint", &self.backchannel_authentication_endpoint)
            }
            Entrance::AuthorizationDevice => {
                ("tandem_authorization_device_endpoint", &self.tandem_authorization_device_endpoint)
            }
        };
        (name, found.as_deref())
    }
}

/// Fetches and checks the metadata of `issuer`.
pub fn discover(
    issuer: &Issuer,
    entrance: Entrance,
    world: &mut impl Surroundings,
) -> Result<Metadata, Failure> {
    let mut status = 0;
    for url in issuer.well_known() {
        let response = world.call(Request::get(url), &mut |_: Duration| ())?;
        if response.status == 200 {
            return read(issuer, entrance, &response.body);
        }
        status = response.status;
    }
    Err(Failure::Server(format!("no server metadata at {}: status {status}", issuer.as_str())))
}

/// Reads a metadata document; its `issuer` must be the one that was asked for, letter by letter (RFC 8414 section 3.3).
pub fn read(issuer: &Issuer, entrance: Entrance, body: &[u8]) -> Result<Metadata, Failure> {
    let document: Document = serde_json::from_slice(body)
        .map_err(|_| Failure::Server("the server metadata is not the JSON of RFC 8414".to_owned()))?;
    if document.issuer != issuer.as_str() {
        let found = printable(&document.issuer, 200);
        let why = format!("the server calls itself {found}, not {}; use that name exactly", issuer.as_str());
        return Err(Failure::Server(why));
    }
    let (name, found) = document.entrance(entrance);
    let entrance = issuer.endpoint(name, found)?;
    // RFC 8414 section 2: without the list, client_secret_basic is the method.
    let methods = document.token_endpoint_auth_methods_supported;
    let offered = |name: &str| methods.as_ref().is_some_and(|methods| methods.iter().any(|m| m == name));
    let post_only = offered("client_secret_post") && !offered("client_secret_basic");
    Ok(Metadata {
        issuer: document.issuer,
        entrance,
        token_endpoint: issuer.endpoint("token_endpoint", document.token_endpoint.as_deref())?,
        secret_transfer: if post_only { SecretTransfer::Post } else { SecretTransfer::Basic },
        dpop_es256: document
            .dpop_signing_alg_values_supported
            .map(|algs| algs.iter().any(|alg| alg == "ES256")),
        request_signing_algorithms: document.backchannel_authentication_request_signing_alg_values_supported,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::Transport;

    fn issuer(text: &str) -> Issuer {
        Issuer::parse(text, Transport::Secure).unwrap()
    }

    fn read_device(issuer: &Issuer, body: &[u8]) -> Result<Metadata, Failure> {
        read(issuer, Entrance::DeviceAuthorization, body)
    }

    #[test]
    fn each_flow_has_its_own_entrance_and_none_stands_in_for_another() {
        let at = |name: &str| format!("https://a.example/{name}");
        let names = [
            (Entrance::DeviceAuthorization, "device_authorization_endpoint"),
            (Entrance::BackchannelAuthentication, "backchannel_authentication_endpoint"),
            (Entrance::AuthorizationDevice, "tandem_authorization_device_endpoint"),
        ];
        for (offered, name) in names {
            let mut body = serde_json::json!({"issuer": "https://a.example", "token_endpoint": at("token")});
            body[name] = at(name).into();
            for (asked, _) in names {
                let found = read(&issuer("https://a.example"), asked, body.to_string().as_bytes());
                let entrance = found.ok().map(|found| found.entrance.to_string());
                assert_eq!(entrance, (asked == offered).then(|| at(name)), "{asked:?}");
            }
        }
    }

    fn document(issuer: &str, device: &str) -> Vec<u8> {
        let token = "https://login.example/token";
        serde_json::json!({"issuer": issuer, "device_authorization_endpoint": device, "token_endpoint": token})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn rfc8414_section_3_3_another_issuer_is_refused_even_for_a_slash() {
        let mine = issuer("https://login.example");
        assert!(
            read_device(&mine, &document("https://login.example", "https://login.example/device")).is_ok()
        );
        for other in ["https://login.example/", "https://LOGIN.example", "https://evil.example", ""] {
            assert!(read_device(&mine, &document(other, "https://login.example/device")).is_err(), "{other}");
        }
    }

    #[test]
    fn endpoints_without_tls_or_missing_or_nonsense_are_refused() {
        let mine = issuer("https://login.example");
        for device in ["http://login.example/d", "http://localhost/d", "file:///d", "javascript:1", "/d", ""]
        {
            assert!(read_device(&mine, &document("https://login.example", device)).is_err(), "{device}");
        }
        for body in [&b"{}"[..], b"", b"[]", b"\xff", b"{\"issuer\":\"https://login.example\"}"] {
            assert!(matches!(read_device(&mine, body), Err(Failure::Server(_))));
        }
    }

    #[test]
    fn the_secret_goes_into_the_header_unless_only_the_body_is_offered() {
        let with = |methods: serde_json::Value| {
            let body = serde_json::json!({
                "issuer": "https://a.example", "device_authorization_endpoint": "https://a.example/d",
                "token_endpoint": "https://a.example/t", "token_endpoint_auth_methods_supported": methods,
                "dpop_signing_alg_values_supported": ["RS256"]
            });
            read_device(&issuer("https://a.example"), body.to_string().as_bytes()).unwrap()
        };
        assert_eq!(with(serde_json::Value::Null).secret_transfer, SecretTransfer::Basic);
        assert_eq!(with(["client_secret_post"].as_slice().into()).secret_transfer, SecretTransfer::Post);
        let both = with(["client_secret_post", "client_secret_basic"].as_slice().into());
        assert_eq!((both.secret_transfer, both.dpop_es256), (SecretTransfer::Basic, Some(false)));
    }
}
