//! Do the published examples come out as published?

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tandem_core::dpop::{self, DpopRefusal, Expected, Htu, NonceRule, Window};
use tandem_core::jose::jws::MAX_LEN;
use tandem_core::jose::{Algorithm, Jwk, Jws, JwsError, Unverified};
use tandem_core::time::Timestamp;

const RFC7515_A2_JWS: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const RFC7515_A2_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RFC7515_A3_JWS: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const RFC8037_A4_JWS: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
const RFC7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
const RFC9449_TOKEN_PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
const RFC9449_RESOURCE_PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
const RFC9449_ACCESS_TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
const RFC9449_JKT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

/// A right signature is taken; the same over another message, cut short, or by another algorithm is not.
fn assert_verifies(jwk: &Value, algorithm: Algorithm, jws: &str) {
    let key = Jwk::parse(jwk).unwrap();
    let (input, signature) = jws.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert_eq!(key.verify(algorithm, input.as_bytes(), &signature), Ok(()));
    assert_eq!(
        key.verify(algorithm, format!("{input} ").as_bytes(), &signature),
        Err(JwsError::SignatureInvalid)
    );
    assert_eq!(key.verify(algorithm, input.as_bytes(), &signature[1..]), Err(JwsError::SignatureInvalid));
    for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
        assert!(key.verify(other, input.as_bytes(), &signature).is_err(), "{other}");
    }
}

#[test]
fn rfc7515_a2_rs256() {
    let jwk = json!({ "kty": "RSA", "n": RFC7515_A2_N, "e": "AQAB" });
    assert_verifies(&jwk, Algorithm::RS256, RFC7515_A2_JWS);
    assert!(Jws::parse(RFC7515_A2_JWS, MAX_LEN).is_ok());
}

#[test]
fn rfc7515_a3_es256() {
    let jwk = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    assert_verifies(&jwk, Algorithm::ES256, RFC7515_A3_JWS);
    let jws = Jws::parse(RFC7515_A3_JWS, MAX_LEN).unwrap();
    assert_eq!(jws.algorithm(), Algorithm::ES256);
    assert_eq!(jws.unverified_str("iss").map(Unverified::peek), Some("joe"));
}

#[test]
fn rfc7515_a1_hs256_and_a5_none_are_refused() {
    let payload = RFC7515_A3_JWS.split('.').nth(1).unwrap();
    for jws in [
        format!(
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ),
        format!("eyJhbGciOiJub25lIn0.{payload}."),
    ] {
        assert_eq!(Jws::parse(&jws, MAX_LEN).unwrap_err(), JwsError::AlgorithmUnsupported);
    }
}

#[test]
fn rfc8037_a4_and_a5_ed25519() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    assert_verifies(&jwk, Algorithm::EdDSA, RFC8037_A4_JWS);
    // The example's payload is plain text, which no JWT is.
    assert_eq!(Jws::parse(RFC8037_A4_JWS, MAX_LEN).unwrap_err(), JwsError::PayloadMalformed);
}

#[test]
fn rfc7638_and_rfc8037_a3_thumbprints() {
    let thumbprint = |jwk: &Value| Jwk::parse(jwk).unwrap().thumbprint().to_string();
    let rsa = json!({ "kty": "RSA", "n": RFC7638_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" });
    assert_eq!(thumbprint(&rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let okp = json!({ "crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    assert_eq!(thumbprint(&okp), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn rfc9449_proofs() {
    let token = Htu::parse("https://server.example.com/token").unwrap();
    let resource = Htu::parse("https://resource.example.org/protectedresource").unwrap();
    let at_token = Expected {
        method: "POST",
        htu: &token,
        access_token: None,
        algorithms: &[Algorithm::ES256],
        window: Window::default(),
        nonce: NonceRule::NotAsked,
        now: Timestamp::from_secs(1_562_262_616),
    };
    let at_resource =
        Expected { method: "GET", htu: &resource, access_token: Some(RFC9449_ACCESS_TOKEN), ..at_token };
    let first = dpop::verify(RFC9449_TOKEN_PROOF, &at_token).unwrap();
    let second = dpop::verify(RFC9449_RESOURCE_PROOF, &at_resource).unwrap();
    assert_eq!((first.jkt.to_string().as_str(), first.jkt), (RFC9449_JKT, second.jkt));
    assert_eq!(
        (first.iat, second.iat),
        (Timestamp::from_secs(1_562_262_616), Timestamp::from_secs(1_562_262_618))
    );
    assert_ne!(first.jti_digest, second.jti_digest);
    assert_eq!(dpop::verify(RFC9449_RESOURCE_PROOF, &at_token), Err(DpopRefusal::MethodMismatch));
    let other_token = Expected { access_token: Some("another"), ..at_resource };
    assert_eq!(dpop::verify(RFC9449_RESOURCE_PROOF, &other_token), Err(DpopRefusal::AthMismatch));
}
