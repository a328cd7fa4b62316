//! May this refresh token be used? Every refusal of `oauth::refresh`, in its order.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use tandem_core::crossing::{CrossingId, Room};
use tandem_core::digest::Digest;
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::refresh::{RefreshRefusal, decide};
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
        device: DeviceDescription {
            name: None,
            kind: DeviceKind::Other,
            address: "192.0.2.1".parse().unwrap(),
        },
        issued_at: NOW,
        refresh: Refresh::Until(LATER),
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
    let whole = decide(&family(), token(4), "tv", None, None, NOW).unwrap();
    assert_eq!(whole, family().scope);
    let narrow = Scope::parse("openid").unwrap();
    assert_eq!(decide(&family(), token(4), "tv", None, Some(&narrow), NOW), Ok(narrow));
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
        assert_eq!(decide(&family, token(generation), client, proof, wanted, now), Err(expected));
    }
}
