//! Is a signed request taken only from the client, for us, for now? (CIBA Core 7.1.1, FAPI-CIBA 5.2.2)

use crate::support::{
    CLIENT, Forger, HEADER, ISSUER, NOW, b64, claims, client, fapi, form, secs, signed, signing_key,
    spoil_signature, with,
};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::ciba::parameters::Parameters;
use tandem_core::ciba::refusal::Refusal;
use tandem_core::ciba::signed_request::verify;
use tandem_core::digest::Digest;
use tandem_core::jose::jws::{LEEWAY, MAX_LEN, may_be_of};
use tandem_core::jose::{Algorithm, JwkSet, JwsError};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::client_assertion::{Assertion, AudiencePolicy};
use tandem_core::oauth::client_check::ClientError;
use tandem_core::oauth::error_code::ErrorCode;

const fn jws(error: JwsError) -> Refusal {
    Refusal::RequestJws(error)
}

/// The verdict on a rightly signed request; a wrong signature must not change a refusal.
fn verdict(header: &str, claims: &Value, client: &Client) -> Result<(), Refusal> {
    let request = Forger::of_client().sign(header, &claims.to_string());
    let check = |request: &str| verify(request, client, ISSUER, NOW).map(|_| ());
    let verdict = check(&request);
    let spoiled = check(&spoil_signature(&request));
    assert_eq!(spoiled, verdict.and(Err(jws(JwsError::SignatureInvalid))), "{header} {claims}");
    verdict
}

#[test]
fn a_good_request_is_named_by_client_and_jti() {
    let read = |claims: &Value| verify(&signed(claims), &client(json!({})), ISSUER, NOW).unwrap();
    let one = read(&claims());
    assert_eq!(one.expires_at, NOW.plus(Duration::from_mins(5)).plus(LEEWAY));
    assert_eq!(read(&with(&claims(), json!({ "exp": secs(60) }))).jti_digest, one.jti_digest);
    assert_ne!(read(&with(&claims(), json!({ "jti": "two" }))).jti_digest, one.jti_digest);
    let other = client(json!({ "client_id": "till" }));
    let of_other = signed(&with(&claims(), json!({ "iss": "till" })));
    assert_ne!(verify(&of_other, &other, ISSUER, NOW).unwrap().jti_digest, one.jti_digest);
}

#[test]
fn its_name_is_never_that_of_a_client_assertion() {
    let client = client(json!({}));
    let both = signed(&with(&claims(), json!({ "sub": CLIENT })));
    let keys: &JwkSet = client.jwks.as_ref().unwrap();
    // `typ` tells them apart already; without one only the label does.
    let bare = Forger::of_client()
        .sign(r#"{"alg":"ES256"}"#, &with(&claims(), json!({ "sub": CLIENT })).to_string());
    let audience = AudiencePolicy::IssuerOnly(ISSUER);
    let as_assertion =
        |text: &str| Assertion::parse(text)?.verify(keys, CLIENT, &[Algorithm::ES256], audience, NOW);
    assert!(as_assertion(&both).is_err());
    let used = as_assertion(&bare).unwrap().jti_digest;
    assert_ne!(verify(&bare, &client, ISSUER, NOW).unwrap().jti_digest, used);
}

#[test]
fn every_claim_is_required_and_must_fit() {
    use JwsError::{
        AudienceMismatch, ClaimMalformed, ClaimMissing, Expired, IssuedInFuture, IssuerMismatch,
        LifetimeTooLong, NotYetValid,
    };
    let hour = 3600;
    for (change, refusal) in [
        (json!({ "aud": null }), jws(ClaimMissing("aud"))),
        (json!({ "aud": "https://other.example" }), jws(AudienceMismatch)),
        (json!({ "aud": "https://as.example/" }), jws(AudienceMismatch)),
        (json!({ "aud": ["https://other.example"] }), jws(AudienceMismatch)),
        (json!({ "aud": [] }), jws(AudienceMismatch)),
        (json!({ "aud": [ISSUER, 1] }), jws(ClaimMalformed("aud"))),
        (json!({ "aud": 1 }), jws(ClaimMalformed("aud"))),
        (json!({ "iss": null }), jws(ClaimMissing("iss"))),
        (json!({ "iss": "till" }), jws(IssuerMismatch)),
        (json!({ "iss": ISSUER }), jws(IssuerMismatch)),
        (json!({ "iss": [CLIENT] }), jws(ClaimMalformed("iss"))),
        (json!({ "exp": null }), jws(ClaimMissing("exp"))),
        (json!({ "exp": secs(-300), "nbf": secs(-600), "iat": secs(-600) }), jws(Expired)),
        (json!({ "exp": secs(-10) }), jws(Expired)),
        (json!({ "exp": secs(70 * 60) }), jws(LifetimeTooLong)),
        (json!({ "exp": secs(hour + 11), "nbf": secs(5) }), jws(LifetimeTooLong)),
        (json!({ "exp": "soon" }), jws(ClaimMalformed("exp"))),
        (json!({ "exp": secs(300).to_string() }), jws(ClaimMalformed("exp"))),
        (json!({ "exp": -1 }), jws(ClaimMalformed("exp"))),
        (json!({ "iat": null }), jws(ClaimMissing("iat"))),
        (json!({ "iat": secs(11) }), jws(IssuedInFuture)),
        (json!({ "iat": "now" }), jws(ClaimMalformed("iat"))),
        (json!({ "nbf": null }), jws(ClaimMissing("nbf"))),
        (json!({ "nbf": secs(11) }), jws(NotYetValid)),
        (json!({ "nbf": true }), jws(ClaimMalformed("nbf"))),
        (json!({ "nbf": secs(-70 * 60), "exp": secs(60) }), Refusal::RequestTooOld),
        (json!({ "nbf": secs(-hour - 11), "exp": secs(1) }), Refusal::RequestTooOld),
        (json!({ "nbf": secs(-60), "exp": secs(hour - 59) }), Refusal::RequestLifetime),
        (json!({ "nbf": secs(-hour), "exp": secs(1) }), Refusal::RequestLifetime),
        (json!({ "jti": null }), jws(ClaimMissing("jti"))),
        (json!({ "jti": "" }), Refusal::RequestJti),
        (json!({ "jti": "x".repeat(257) }), Refusal::RequestJti),
        (json!({ "jti": 7 }), jws(ClaimMalformed("jti"))),
    ] {
        let claims = with(&claims(), change);
        let refused = verdict(HEADER, &claims, &client(json!({})));
        assert_eq!(refused, Err(refusal), "{claims}");
        assert_eq!(refusal.code(), ErrorCode::InvalidRequest, "{refusal}");
    }
}

#[test]
fn the_limits_themselves_are_kept() {
    for change in [
        json!({ "aud": [ISSUER] }),
        json!({ "aud": ["https://other.example", ISSUER] }),
        json!({ "exp": secs(3600) }),
        json!({ "nbf": secs(-60), "exp": secs(3540) }),
        json!({ "nbf": secs(-3590), "exp": secs(5) }),
        json!({ "iat": secs(10), "nbf": secs(10) }),
        json!({ "iat": secs(-3000) }),
        json!({ "jti": "x".repeat(256) }),
        json!({ "nonce_of_mine": { "unknown": [1, 2] } }),
    ] {
        let claims = with(&claims(), change);
        assert_eq!(verdict(HEADER, &claims, &client(json!({}))), Ok(()), "{claims}");
    }
}

#[test]
fn headers_that_say_something_else() {
    let client = client(json!({}));
    for (header, error) in [
        (r#"{"alg":"none"}"#, JwsError::AlgorithmUnsupported),
        (r#"{"alg":"None"}"#, JwsError::AlgorithmUnsupported),
        (r#"{"alg":"HS256"}"#, JwsError::AlgorithmUnsupported),
        (r#"{"alg":"ES384"}"#, JwsError::AlgorithmUnsupported),
        (r#"{"typ":"JWT"}"#, JwsError::AlgorithmUnsupported),
        (r#"{"alg":"ES256","typ":"at+jwt"}"#, JwsError::TypMismatch),
        (r#"{"alg":"ES256","typ":"client-authentication+jwt"}"#, JwsError::TypMismatch),
        (r#"{"alg":"ES256","typ":"dpop+jwt"}"#, JwsError::TypMismatch),
        (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, JwsError::HeaderForbidden("crit")),
        (r#"{"alg":"ES256","b64":false}"#, JwsError::HeaderForbidden("b64")),
    ] {
        assert_eq!(verdict(header, &claims(), &client), Err(jws(error)), "{header}");
    }
    for header in [
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"ES256","typ":"JWT"}"#,
        r#"{"alg":"ES256","typ":"application/oauth-authz-req+jwt"}"#,
    ] {
        assert_eq!(verdict(header, &claims(), &client), Ok(()), "{header}");
    }
}

#[test]
fn a_request_without_signature_or_with_the_public_key_as_secret_is_refused() {
    let client = client(json!({}));
    let payload = claims().to_string();
    let none = |signature: &str| format!("{}.{}.{signature}", b64(r#"{"alg":"none"}"#), b64(&payload));
    let refused = |request: &str| verify(request, &client, ISSUER, NOW).map(|_| ()).unwrap_err();
    assert_eq!(refused(&none("")), jws(JwsError::AlgorithmUnsupported));
    assert_eq!(refused(&none(&b64("x"))), jws(JwsError::AlgorithmUnsupported));
    let public = Forger::of_client().jwks().to_string();
    for secret in [Forger::of_client().point(), public.as_bytes()] {
        let input = format!("{}.{}", b64(r#"{"alg":"HS256","typ":"JWT"}"#), b64(&payload));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
        assert_eq!(refused(&format!("{input}.{}", b64(tag))), jws(JwsError::AlgorithmUnsupported));
    }
}

#[test]
fn only_the_registered_algorithm_signs() {
    for used in Algorithm::ALL {
        let key = signing_key(used);
        let request = key.sign(&SystemRandom::new(), "oauth-authz-req+jwt", &claims()).unwrap();
        let jwks = serde_json::to_value(JwkSet::new(vec![key.public_jwk().clone()]).unwrap()).unwrap();
        let check = |client: &Client| verify(&request, client, ISSUER, NOW).map(|_| ());
        assert_eq!(check(&client(json!({ "jwks": jwks }))), Ok(()), "{used}: any, if none is registered");
        for registered in Algorithm::ALL {
            let alg = json!({ "jwks": jwks, "backchannel_authentication_request_signing_alg": registered });
            let expected = if used == registered { Ok(()) } else { Err(jws(JwsError::AlgorithmNotAllowed)) };
            assert_eq!(check(&client(alg)), expected, "{used} where {registered} is registered");
        }
        let strong = matches!(used, Algorithm::ES256 | Algorithm::PS256);
        let expected = if strong { Ok(()) } else { Err(jws(JwsError::AlgorithmNotAllowed)) };
        // Even if a registration slipped through that says otherwise.
        let profile = json!({
            "jwks": jwks, "tandem_profile": "fapi_ciba", "backchannel_authentication_request_signing_alg": used,
        });
        assert_eq!(check(&client(profile)), expected, "{used} under FAPI-CIBA");
    }
}

#[test]
fn only_the_clients_own_keys_count() {
    let other = Forger::new();
    let smuggled = json!({ "alg": "ES256", "jwk": other.jwks()["keys"][0] }).to_string();
    for header in [HEADER, smuggled.as_str()] {
        let request = other.sign(header, &claims().to_string());
        let refused = verify(&request, &client(json!({})), ISSUER, NOW).map(|_| ());
        assert_eq!(refused, Err(jws(JwsError::SignatureInvalid)), "{header}");
    }
    let keyless = client(json!({ "jwks": null, "token_endpoint_auth_method": "client_secret_basic" }));
    assert_eq!(
        verify(&signed(&claims()), &keyless, ISSUER, NOW).map(|_| ()),
        Err(Refusal::RequestKeysMissing)
    );
}

/// What a client may register of its keys (RFC 7591 section 2).
#[test]
fn keys_stand_here_or_where_the_client_publishes_them() {
    let published = |address: &str| client(json!({ "jwks": null, "jwks_uri": address }));
    for good in ["https://shop.example/jwks", "http://localhost:8080/jwks", "http://127.0.0.1/jwks"] {
        assert_eq!(published(good).check(), Ok(()), "{good}");
    }
    for bad in [
        "http://shop.example/jwks",
        "ftp://shop.example/",
        "https://a:b@shop.example/",
        "https://shop.example/#a",
    ] {
        assert_eq!(published(bad).check(), Err(ClientError::KeysAddress), "{bad}");
    }
    let twice = client(json!({ "jwks_uri": "https://shop.example/jwks" }));
    assert_eq!(twice.check(), Err(ClientError::KeysTwice));
    let secret = json!({
        "jwks": null, "jwks_uri": "https://shop.example/jwks",
        "token_endpoint_auth_method": "client_secret_basic", "client_secret_digest": Digest::of(b"secret"),
    });
    assert!(matches!(client(secret.clone()).check(), Err(ClientError::Unused(_, "jwks"))));
    // Who signs requests has keys, however it authenticates.
    let signs = with(&secret, json!({ "backchannel_authentication_request_signing_alg": "ES256" }));
    assert_eq!(client(signs).check(), Ok(()));
}

#[test]
fn what_was_got_by_a_credential_ends_with_its_registration_and_not_with_a_published_key() {
    let mark = |change: Value| client(change).credential_mark();
    let here = mark(json!({}));
    assert_ne!(here, mark(json!({ "jwks": Forger::new().jwks() })));
    let published = json!({ "jwks": null, "jwks_uri": "https://shop.example/jwks" });
    let mut read = client(published.clone());
    read.jwks = Some(JwkSet::parse(&Forger::new().jwks()).unwrap());
    assert_eq!(read.credential_mark(), mark(published.clone()));
    assert_ne!(mark(published), mark(json!({ "jwks": null, "jwks_uri": "https://shop.example/other" })));
}

#[test]
fn whether_a_request_may_be_signed_by_a_key_is_known_without_looking_at_the_signature() {
    let keys = |kid: &str| {
        let mut jwks = Forger::of_client().jwks();
        jwks["keys"][0]["kid"] = json!(kid);
        JwkSet::parse(&jwks).unwrap()
    };
    let request = Forger::of_client().sign(r#"{"alg":"ES256","kid":"new"}"#, &claims().to_string());
    assert!(may_be_of(&request, MAX_LEN, &keys("new")));
    assert!(!may_be_of(&request, MAX_LEN, &keys("old")));
    // Other keys would not help what nobody can have signed.
    assert!(may_be_of("no.request", MAX_LEN, &keys("old")));
}

#[test]
fn encrypted_long_and_broken_requests() {
    let encrypted = format!("{}.a.b.c.d", b64(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    let long = signed(&with(&claims(), json!({ "padding": "x".repeat(MAX_LEN) })));
    let repeated = Forger::of_client().sign(HEADER, r#"{"iss":"a","iss":"b"}"#);
    for (request, refusal) in [
        (encrypted.as_str(), Refusal::RequestEncrypted),
        ("....", Refusal::RequestEncrypted),
        (&long, jws(JwsError::TooLarge)),
        (&".".repeat(MAX_LEN + 1), jws(JwsError::TooLarge)),
        ("x", jws(JwsError::NotThreeParts)),
        ("a.b", jws(JwsError::NotThreeParts)),
        ("a.b.c.d", jws(JwsError::NotThreeParts)),
        (&repeated, jws(JwsError::DuplicateMember)),
    ] {
        let refused = verify(request, &client(json!({})), ISSUER, NOW).map(|_| ()).unwrap_err();
        assert_eq!(refused, refusal, "{}", &request[..request.len().min(40)]);
        assert_eq!(refusal.code(), ErrorCode::InvalidRequest);
    }
}

#[test]
fn nothing_stands_beside_a_signed_request_but_client_authentication() {
    let request = signed(&claims());
    let read = |name: &str| {
        let form = form(&[("request", &request), (name, "1")]);
        Parameters::read(&form, &client(json!({})), ISSUER, NOW).map(|_| ())
    };
    for name in [
        "scope",
        "client_notification_token",
        "acr_values",
        "login_hint_token",
        "id_token_hint",
        "login_hint",
        "binding_message",
        "user_code",
        "requested_expiry",
        "request_context",
        "authorization_details",
        "resource",
        "claims",
        "tandem_number_matching",
        "tandem_device_name",
        "tandem_device_type",
        "tandem_device_coordinates",
        "tandem_binding_data",
        "tandem_binding_label",
        "tandem_initiator_token",
        "tandem_living_qr",
    ] {
        let refused = read(name).unwrap_err();
        assert_eq!(refused, Refusal::ParameterBesideRequest(name));
        assert_eq!(refused.code(), ErrorCode::InvalidRequest);
    }
    for name in ["client_id", "client_secret", "client_assertion", "client_assertion_type", "anything_else"] {
        assert_eq!(read(name), Ok(()), "{name}");
    }
}

#[test]
fn who_must_sign_does() {
    let plain = form(&[("scope", "openid"), ("login_hint", "alice"), ("binding_message", "1234")]);
    let registered = client(json!({ "backchannel_authentication_request_signing_alg": "ES256" }));
    let profiled = client(json!({ "tandem_profile": "fapi_ciba" }));
    for client in [&registered, &profiled, &fapi(json!({}))] {
        let refused = Parameters::read(&plain, client, ISSUER, NOW).map(|_| ()).unwrap_err();
        assert_eq!(refused, Refusal::RequestUnsigned);
        assert_eq!(refused.code(), ErrorCode::InvalidRequest);
        let form = form(&[("request", &signed(&claims()))]);
        let parameters = Parameters::read(&form, client, ISSUER, NOW).unwrap();
        assert!(parameters.signed().is_some());
    }
    let parameters = Parameters::read(&plain, &client(json!({})), ISSUER, NOW);
    assert!(parameters.unwrap().signed().is_none());
}

#[test]
fn debug_shows_names_only() {
    let secret = with(&claims(), json!({ "user_code": "hush-hush" }));
    let form = form(&[("request", &signed(&secret))]);
    let client = client(json!({}));
    let shown = format!("{:?}", Parameters::read(&form, &client, ISSUER, NOW).unwrap());
    assert!(shown.contains("user_code") && !shown.contains("hush") && !shown.contains("alice"), "{shown}");
}
