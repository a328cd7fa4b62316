//! May this refresh token be used? Every refusal of `oauth::refresh`, in its order.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use tandem_core::crossing::{CrossingId, Room};
use tandem_core::digest::Digest;
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::refresh::{Proven, RefreshRefusal, decide};
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::sealed_token::RefreshToken;
use tandem_core::oauth::token_family::{
    Authentication, AuthenticationMethod, FamilyState, Refresh, Revocation, TokenFamily,
};
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_000_000);
const LATER: Timestamp = Timestamp::from_secs(2_000_000);

fn family() -> TokenFamily {
    TokenFamily {
        crossing: CrossingId::from_bytes([3; 16]),
        room: Room::DeviceAuthorization,
        client_id: "tv".into(),
        authentication: Authentication {
            sub: "alice".into(),
            auth_time: NOW,
            method: AuthenticationMethod::Passkey,
        },
        scope: Scope::parse("openid email offline_access").unwrap(),
        nonce: None,
        dpop_jkt: None,
        certificate: None,
        authorization_details: None,
        resource: Vec::new(),
        device: DeviceDescription {
            name: None,
            kind: DeviceKind::Other,
            address: "192.0.2.1".parse().unwrap(),
        },
        issued_at: NOW,
        refresh: Refresh::Until(LATER),
        instance: None,
        access_ceiling: None,
        access_until: NOW,
        generation: 4,
        refreshed_at: None,
        state: FamilyState::Active,
    }
}

fn token(generation: u32) -> RefreshToken {
    RefreshToken { crossing: CrossingId::from_bytes([3; 16]), generation }
}

#[test]
fn the_present_generation_refreshes_and_may_narrow() {
    let whole = decide(&family(), token(4), "tv", Proven::default(), None, NOW).unwrap();
    assert_eq!(whole, family().scope);
    let narrow = Scope::parse("openid").unwrap();
    assert_eq!(decide(&family(), token(4), "tv", Proven::default(), Some(&narrow), NOW), Ok(narrow));
}

#[test]
fn each_refusal_has_its_reason() {
    let bound = TokenFamily { dpop_jkt: Some(Digest::of(b"key")), ..family() };
    let ended = FamilyState::Revoked { at: NOW, by: Revocation::Person };
    let wide = Scope::parse("openid files").unwrap();
    for (family, generation, client, proof, wanted, now, expected) in [
        (family(), 4, "kiosk", None, None, NOW, RefreshRefusal::IssuedToAnotherClient),
        (bound.clone(), 4, "tv", None, None, NOW, RefreshRefusal::KeyMismatch),
        (bound.clone(), 4, "tv", Some(Digest::of(b"other")), None, NOW, RefreshRefusal::KeyMismatch),
        (bound, 3, "tv", None, None, NOW, RefreshRefusal::KeyMismatch),
        (TokenFamily { state: ended, ..family() }, 3, "tv", None, None, NOW, RefreshRefusal::Revoked),
        (family(), 4, "tv", None, None, LATER, RefreshRefusal::Expired),
        (
            TokenFamily { refresh: Refresh::Never, ..family() },
            4,
            "tv",
            None,
            None,
            NOW,
            RefreshRefusal::Expired,
        ),
        (family(), 3, "tv", None, None, NOW, RefreshRefusal::Reused),
        (family(), 5, "tv", None, None, NOW, RefreshRefusal::Reused),
        (family(), 4, "tv", None, Some(&wide), NOW, RefreshRefusal::ScopeBeyondGrant),
    ] {
        let proven = Proven { key: proof, certificate: None };
        assert_eq!(decide(&family, token(generation), client, proven, wanted, now), Err(expected));
    }
}

#[test]
fn a_family_that_is_bound_to_a_certificate_is_refreshed_with_it_only() {
    let bound = TokenFamily { certificate: Some(Digest::of(b"certificate")), ..family() };
    let with = |certificate: Option<&[u8]>, key: Option<&[u8]>, generation| {
        let proven = Proven { key: key.map(Digest::of), certificate: certificate.map(Digest::of) };
        decide(&bound, token(generation), "tv", proven, None, NOW)
    };
    assert_eq!(with(Some(b"certificate"), None, 4), Ok(bound.scope.clone()));
    for (certificate, key, generation) in [
        (None, None, 4),
        (Some(&b"other"[..]), None, 4),
        (None, Some(&b"certificate"[..]), 4),
        // Who lacks the certificate cannot end the family with an old token either.
        (None, None, 3),
    ] {
        assert_eq!(with(certificate, key, generation), Err(RefreshRefusal::CertificateMismatch));
    }
    // One who uses a certificate with a family that is bound to none is not hindered.
    let proven = Proven { key: None, certificate: Some(Digest::of(b"any")) };
    assert!(decide(&family(), token(4), "tv", proven, None, NOW).is_ok());
}
