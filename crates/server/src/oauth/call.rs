//! What came in at a form endpoint? (RFC 6749 section 3.2)

use super::failure::Failure;
use crate::app::App;
use crate::edge::address::ClientAddress;
use crate::edge::body::{BodyError, read_body};
use crate::edge::client_certificate::{ClientCertificate, certificate_of};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use std::net::{IpAddr, Ipv4Addr};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::form::Form;
use tandem_core::time::Timestamp;

/// A parsed call of an endpoint.
#[derive(Debug)]
pub struct Call {
    /// When it arrived.
    pub now: Timestamp,
    /// From where.
    pub address: IpAddr,
    /// The method.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
    /// The form; empty for a GET.
    pub form: Form,
    /// The certificate of the client, if it showed one.
    pub certificate: Option<ClientCertificate>,
}

impl Call {
    /// Reads a POST of a form.
    pub async fn read(app: &App, request: Request) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST {
            return Err(Failure::new(ErrorCode::InvalidRequest, "this endpoint takes POST")
                .with_status(405)
                .with_header(header::ALLOW, "POST"));
        }
        let limit = usize::try_from(app.config.limits.max_body_bytes).unwrap_or(usize::MAX);
        let body = read_body(body, limit).await.map_err(|error| {
            let status = if error == BodyError::TooLarge { 413 } else { 400 };
            Failure::explained(ErrorCode::InvalidRequest, &error).with_status(status)
        })?;
        let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let form = Form::parse(content_type, &body)
            .map_err(|error| Failure::explained(ErrorCode::InvalidRequest, &error))?;
        let address = address_of(&parts.extensions);
        let certificate = certificate_of(&parts.extensions);
        let Parts { method, headers, .. } = parts;
        Ok(Self { now: app.clock.now(), address, method, headers, form, certificate })
    }
}

/// From where a request came, as the edge found out.
pub fn address_of(extensions: &axum::http::Extensions) -> IpAddr {
    extensions.get::<ClientAddress>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0)
}
