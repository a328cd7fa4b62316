//! Does every refusal get its word and status? (CIBA Core 13, RFC 6749 5.2)

use std::time::Duration;
use tandem_core::ciba::refusal::Refusal;
use tandem_core::crossing::{Hint, TransitionRefusal};
use tandem_core::jose::JwsError;
use tandem_core::mitigations::{Ask, Hindrance, Mitigation, Reason, Signal};
use tandem_core::oauth::error_code::ErrorCode;

const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn policy_before_anybody_is_asked_is_a_403() {
    let refused = |reason| Refusal::beforehand(Hindrance::Refused(Mitigation::RateLimits, reason));
    for (reason, refusal) in [
        (Reason::TooManyOpen, Refusal::TooManyOpen),
        (Reason::QuietHours, Refusal::QuietHours),
        (Reason::CoolingDown { retry_after: MINUTE }, Refusal::CoolingDown { retry_after: MINUTE }),
        (Reason::NetworkNotTrusted, Refusal::NetworkNotTrusted),
        (Reason::DeviceKind, Refusal::DeviceKind),
        (Reason::DeviceNotCompliant, Refusal::DeviceNotCompliant),
        (Reason::CodeRepeated, Refusal::PolicyBeforehand),
    ] {
        assert_eq!(refused(reason), refusal);
        assert_eq!(refusal.code(), ErrorCode::AccessDeniedBeforehand);
        assert_eq!((refusal.code().as_str(), refusal.code().status()), ("access_denied", 403));
    }
    assert_eq!(Refusal::CoolingDown { retry_after: MINUTE }.retry_after(), Some(MINUTE));
    let slow = refused(Reason::RateExceeded { retry_after: MINUTE });
    assert_eq!((slow.code().status(), slow.retry_after()), (429, Some(MINUTE)));
}

#[test]
fn hindrances_and_transitions_at_redemption() {
    let asked = |ask| Refusal::from(Hindrance::Asked([ask].into()));
    assert_eq!(asked(Ask::ProofOfPossession), Refusal::ProofMissing);
    assert_eq!(asked(Ask::Certificate), Refusal::CertificateMissing);
    assert_eq!(asked(Ask::Number).code().status(), 400);
    assert_eq!((asked(Ask::Pin), asked(Ask::Pin).code()), (Refusal::PinDue, ErrorCode::AuthorizationPending));
    let ended = Hindrance::Refused(Mitigation::DetectAndRemediate, Reason::Incident(Signal::Reported));
    assert_eq!(
        (Refusal::from(ended.clone()), Refusal::from(ended).code()),
        (Refusal::Ended, ErrorCode::AccessDenied)
    );
    let foreign = Hindrance::Refused(Mitigation::SenderConstrainedTokens, Reason::ForeignKey);
    assert_eq!(Refusal::from(foreign).code(), ErrorCode::InvalidGrant);
    assert_eq!(Refusal::from(TransitionRefusal::Expired).code(), ErrorCode::ExpiredToken);
    assert_eq!(Refusal::from(TransitionRefusal::AlreadyAnswered).code(), ErrorCode::InvalidGrant);
    assert_eq!(Refusal::from(TransitionRefusal::NotTheAddressee).code(), ErrorCode::AccessDenied);
}

#[test]
fn what_the_client_can_add_is_told_by_name() {
    for (ask, refusal) in [
        (Ask::DeviceProof, Refusal::DeviceProofMissing),
        (Ask::SignIn, Refusal::SignInMissing),
        (Ask::BindingData, Refusal::BindingMissing),
    ] {
        let refused = Refusal::beforehand(Hindrance::Asked([ask].into()));
        assert_eq!((refused, refused.code()), (refusal, ErrorCode::InvalidRequest));
    }
    assert_eq!(Refusal::InitiatorNotAsked.code(), ErrorCode::AccessDeniedBeforehand);
}

#[test]
fn descriptions_have_only_the_characters_of_rfc_6749_section_5_2() {
    for refusal in [
        Refusal::RequestJws(JwsError::ClaimMissing("nbf")),
        Refusal::HintMalformed(Hint::LoginHintToken),
        Refusal::ParameterBesideRequest("scope"),
        Refusal::BindingMessageUnfit,
        Refusal::UnknownUser,
        Refusal::ContextMissing,
    ] {
        let text = refusal.to_string();
        assert!(text.bytes().all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{text}");
    }
    assert_eq!(
        Refusal::HintMalformed(Hint::IdTokenHint).to_string(),
        "id_token_hint is malformed or too long"
    );
}
