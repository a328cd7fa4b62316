//! Which client calls, and did it prove so? (RFC 6749 section 2.3, RFC 7523 section 2.2, RFC 8705 section 2)

use super::call::Call;
use super::failure::Failure;
use crate::app::App;
use crate::edge::client_certificate::Chain;
use crate::trusted_devices::{self, Replay};
use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::mutual_tls::SubjectRule;
use tandem_core::oauth::client::{AssertionAudience, AuthMethod, Client};
use tandem_core::oauth::client_assertion::{Assertion, AudiencePolicy};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::metadata::path;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the call offers as proof. Exactly one.
enum Credential<'a> {
    None {
        client_id: &'a str,
    },
    Basic {
        client_id: String,
        secret: String,
    },
    Post {
        client_id: &'a str,
        secret: &'a str,
    },
    Assertion {
        assertion: &'a str,
    },
    /// The client that an attestation names, where the form names none.
    Attestation {
        client_id: String,
    },
}

/// Finds out who calls the endpoint at `endpoint_path`. Every failure is the same `invalid_client` outside; the log
/// knows why.
pub async fn authenticate(app: &App, call: &Call, endpoint_path: &str) -> Result<Arc<Client>, Failure> {
    let basic = call.headers.contains_key(header::AUTHORIZATION);
    let refuse = |client_id: &str, reason: &'static str| {
        tracing::info!(client_id = %shorten(client_id), reason, "client authentication failed");
        invalid_client(basic)
    };
    let (client, method) = match credential(call)? {
        Credential::None { client_id } if attests(app, client_id) => {
            check_attestation(app, call, client_id).await?
        }
        Credential::None { client_id } => {
            let checked = check_certificate(app, call, client_id).await;
            checked.map_err(|reason| refuse(client_id, reason))?
        }
        Credential::Basic { client_id, secret } => {
            let client =
                check_secret(app, &client_id, &secret).map_err(|reason| refuse(&client_id, reason))?;
            (client, AuthMethod::ClientSecretBasic)
        }
        Credential::Post { client_id, secret } => {
            let client = check_secret(app, client_id, secret).map_err(|reason| refuse(client_id, reason))?;
            (client, AuthMethod::ClientSecretPost)
        }
        Credential::Assertion { assertion } => {
            let checked = check_assertion(app, call, assertion, endpoint_path).await;
            let client = checked.map_err(|reason| refuse("(by assertion)", reason))?;
            (client, AuthMethod::PrivateKeyJwt)
        }
        Credential::Attestation { client_id } => check_attestation(app, call, &client_id).await?,
    };
    if client.token_endpoint_auth_method != method {
        return Err(refuse(&client.client_id, "another authentication method is registered"));
    }
    if call.form.get("client_id").is_some_and(|claimed| *claimed != *client.client_id) {
        return Err(refuse(&client.client_id, "client_id is another client's"));
    }
    Ok(client)
}

fn credential(call: &Call) -> Result<Credential<'_>, Failure> {
    let form = &call.form;
    let header = call.headers.get_all(header::AUTHORIZATION).iter().collect::<Vec<_>>();
    let offered = usize::from(!header.is_empty())
        + usize::from(form.get("client_secret").is_some())
        + usize::from(form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some());
    if offered > 1 || header.len() > 1 {
        return Err(Failure::new(
            ErrorCode::InvalidRequest,
            "use one client authentication method, not several",
        ));
    }
    if let Some(value) = header.first() {
        let pair = value.to_str().ok().and_then(basic_pair);
        let (client_id, secret) = pair.ok_or_else(|| invalid_client(true))?;
        return Ok(Credential::Basic { client_id, secret });
    }
    if let Some(assertion) = form.get("client_assertion") {
        if form.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(Failure::new(ErrorCode::InvalidRequest, "client_assertion_type must be jwt-bearer"));
        }
        return Ok(Credential::Assertion { assertion });
    }
    if form.get("client_assertion_type").is_some() {
        return Err(Failure::new(ErrorCode::InvalidRequest, "client_assertion is missing"));
    }
    let Some(client_id) = form.get("client_id") else {
        let named = trusted_devices::subject(call);
        let description = "client_id or client authentication is missing";
        return named
            .map(|client_id| Credential::Attestation { client_id })
            .ok_or_else(|| Failure::new(ErrorCode::InvalidClient, description));
    };
    Ok(match form.get("client_secret") {
        Some(secret) => Credential::Post { client_id, secret },
        None => Credential::None { client_id },
    })
}

/// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
fn basic_pair(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain =
        |text: &str| Form::parse_query(format!("v={text}").as_bytes()).ok()?.get("v").map(str::to_owned);
    // What needs no decoding, or was not encoded (it has a bare `&`, or a `%` that is no escape), is taken as it stands.
    let read = |text: &str| {
        let encoded = text.contains(['%', '+']) && !text.contains('&');
        encoded.then(|| plain(text)).flatten().unwrap_or_else(|| text.to_owned())
    };
    Some((read(id), read(secret)))
}

fn check_secret(app: &App, client_id: &str, secret: &str) -> Result<Arc<Client>, &'static str> {
    let given = Digest::of(secret.as_bytes());
    let client = app.clients.get(client_id);
    // An unknown client costs the same compare as a known one.
    let kept = client.as_ref().and_then(|client| client.client_secret_digest);
    let equal = kept.unwrap_or(Digest::from_bytes([0; 32])) == given;
    client.filter(|_| equal && kept.is_some()).ok_or("unknown client or wrong secret")
}

/// Whether this client authenticates by attestations of its instances.
fn attests(app: &App, client_id: &str) -> bool {
    let client = app.clients.get(client_id);
    client.is_some_and(|client| client.token_endpoint_auth_method == AuthMethod::AttestJwtClientAuth)
}

/// Authenticates by the attestation of an instance and its own proof (draft-ietf-oauth-attestation-based-client-auth). A
/// DPoP proof in its place is another method, which is not offered.
async fn check_attestation(
    app: &App,
    call: &Call,
    client_id: &str,
) -> Result<(Arc<Client>, AuthMethod), Failure> {
    let client = app.clients.get(client_id).filter(|_| attests(app, client_id));
    let client = client.ok_or_else(|| invalid_client(false))?;
    match trusted_devices::attested(app, call, client_id, None, Replay::Remember).await? {
        Some(_) => Ok((client, AuthMethod::AttestJwtClientAuth)),
        None => Err(invalid_client(false)),
    }
}

/// How a call without any other credential authenticates: by the certificate of its connection, if the client registered
/// that, or not at all.
async fn check_certificate(
    app: &App,
    call: &Call,
    client_id: &str,
) -> Result<(Arc<Client>, AuthMethod), &'static str> {
    let client = app.clients.get(client_id).ok_or("unknown client")?;
    let method = client.token_endpoint_auth_method;
    if !matches!(method, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth) {
        return Ok((client, AuthMethod::None));
    }
    let shown = call.certificate.as_ref().ok_or("no client certificate was shown")?;
    if !shown.certificate.is_valid_at(call.now) {
        return Err("the client certificate has ended or not begun");
    }
    if method == AuthMethod::SelfSignedTlsClientAuth {
        let client = app.published_keys.of_client(client, |keys| shown.certificate.is_of(keys)).await;
        let registered = client.jwks.as_ref().is_some_and(|keys| shown.certificate.is_of(keys));
        return if registered {
            Ok((client, method))
        } else {
            Err("the client certificate is not registered")
        };
    }
    if shown.chain != Chain::Verified {
        return Err("no trusted authority vouches for the client certificate");
    }
    let rule = client.tls_client_auth.as_ref().and_then(|name| SubjectRule::of(name).ok());
    let named = rule.is_some_and(|rule| rule.matches(&shown.certificate));
    if named { Ok((client, method)) } else { Err("the client certificate has another subject") }
}

async fn check_assertion(
    app: &App,
    call: &Call,
    assertion: &str,
    endpoint_path: &str,
) -> Result<Arc<Client>, &'static str> {
    let assertion = Assertion::parse(assertion).map_err(|_| "the assertion is malformed")?;
    let named = assertion.client_id().map_err(|_| "the assertion names no client")?.peek();
    let client = app.clients.get(named).ok_or("unknown client")?;
    let client = app.published_keys.of_client(client, |keys| assertion.may_be_of(keys)).await;
    let keys = client.jwks.as_ref().ok_or("the client has no keys, or they cannot be read")?;
    // Most assertions name the issuer alone: for them the other addresses need not be put together.
    let other = client.tandem_client_assertion_audience == AssertionAudience::Any
        && !assertion.is_addressed_to(app.issuer());
    let addresses = if other { addresses(app, endpoint_path) } else { Vec::new() };
    let any: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let audience = if other { AudiencePolicy::AnyOf(&any) } else { AudiencePolicy::IssuerOnly(app.issuer()) };
    let algorithms = client.signing_algorithms();
    app.effort.verify();
    let verified =
        assertion.verify(keys, &client.client_id, algorithms, audience, call.now).map_err(|error| {
            tracing::debug!(%error, "client assertion refused");
            "the assertion does not hold"
        })?;
    if !app.store.first_use(verified.jti_digest, verified.expires_at, call.now) {
        return Err("the assertion was used before");
    }
    Ok(client)
}

/// What an assertion may name as its audience where any of our names will do.
fn addresses(app: &App, endpoint_path: &str) -> Vec<String> {
    let paths = [path::TOKEN, endpoint_path];
    // Where there are addresses for mutual TLS, a client takes them from the metadata like the others.
    let aliases = paths.into_iter().filter_map(|path| app.config.mtls_alias(path));
    let own = paths.into_iter().map(|path| app.url(path));
    std::iter::once(app.issuer().to_owned()).chain(own).chain(aliases).collect()
}

fn invalid_client(basic: bool) -> Failure {
    let failure = Failure::new(ErrorCode::InvalidClient, "client authentication failed");
    if basic { failure.with_header(header::WWW_AUTHENTICATE, "Basic realm=\"tandem\"") } else { failure }
}

fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
