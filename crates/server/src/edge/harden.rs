//! What may a browser do with a page of ours? The security headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Everything that asks for something is off; passkeys are for our own pages.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), \
     encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), \
     usb=(), xr-spatial-tracking=(), publickey-credentials-get=(self), publickey-credentials-create=(self)";

/// Two years: what the lists of browsers ask for. Subdomains are not ours to decide about.
const HSTS: &str = "max-age=63072000";

/// The security headers of pages, made once.
#[derive(Debug, Clone)]
pub struct PageHeaders {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Permissions of a page that asks where the browser is.
    with_location: HeaderValue,
}

impl PageHeaders {
    /// Headers with this `Content-Security-Policy`; with `Strict-Transport-Security` where the issuer is https.
    pub fn new(content_security_policy: &'static str, https: bool) -> Self {
        let fixed = HeaderValue::from_static;
        let mut headers = vec![
            (header::CONTENT_SECURITY_POLICY, fixed(content_security_policy)),
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            (header::REFERRER_POLICY, fixed("no-referrer")),
            (header::X_FRAME_OPTIONS, fixed("DENY")),
            (COOP, fixed("same-origin")),
            (CORP, fixed("same-origin")),
            (PERMISSIONS_POLICY, fixed(PERMISSIONS)),
        ];
        if https {
            headers.push((header::STRICT_TRANSPORT_SECURITY, fixed(HSTS)));
        }
        let with_location = PERMISSIONS.replace("geolocation=()", "geolocation=(self)");
        let with_location =
            HeaderValue::try_from(with_location).unwrap_or(HeaderValue::from_static(PERMISSIONS));
        Self { headers, with_location }
    }

    /// Puts them into the headers of a response, in place of what stood there.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }

    /// Lets the page ask where the browser is, beyond what [`apply`](Self::apply) lets it.
    pub fn allow_location(&self, headers: &mut HeaderMap) {
        headers.insert(PERMISSIONS_POLICY, self.with_location.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_carry_every_header_and_plain_http_promises_no_https() {
        let mut headers = HeaderMap::new();
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        PageHeaders::new("default-src 'none'", true).apply(&mut headers);
        for (name, value) in [
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000"),
        ] {
            let values: Vec<_> = headers.get_all(name).iter().collect();
            assert_eq!(values, [value], "{name}");
        }
        let permissions = headers["permissions-policy"].to_str().unwrap();
        assert!(permissions.contains("publickey-credentials-get=(self)"));
        assert!(permissions.contains("camera=()"));
        assert!(permissions.contains("geolocation=()"));

        PageHeaders::new("default-src 'none'", true).allow_location(&mut headers);
        let asking: Vec<_> = headers.get_all("permissions-policy").iter().collect();
        assert_eq!(asking.len(), 1);
        let asking = asking[0].to_str().unwrap();
        assert!(asking.contains("geolocation=(self)") && asking.contains("camera=()"));

        let mut plain = HeaderMap::new();
        PageHeaders::new("default-src 'none'", false).apply(&mut plain);
        assert!(!plain.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
