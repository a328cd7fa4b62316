//! Can any bytes crash the reader of Security Event Tokens, pass for one, or bring about more than was allowed?
#![no_main]

use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;
use std::time::Duration;
use tandem_core::jose::{Algorithm, JwkSet, SigningKey};
use tandem_core::shared_signals::received::{
    Effect, EffectKind, Event, ReceivedSet, SubjectKind, Terms, TrustedTransmitter, effects,
};
use tandem_core::shared_signals::{ComplianceStatus, Subject};
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const US: &str = "https://id.example.com";
const SUBJECTS: [SubjectKind; 3] = [SubjectKind::IssSub, SubjectKind::Email, SubjectKind::Opaque];
const LOWERING: [EffectKind; 3] =
    [EffectKind::DeviceCompliance, EffectKind::EndSessions, EffectKind::Incident];

/// A transmitter whose key is at hand, so that what lies behind the signature is reached too.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let pkcs8 = SigningKey::generate(Algorithm::EdDSA, &SystemRandom::new()).expect("a key");
    SigningKey::from_pkcs8(Algorithm::EdDSA, &pkcs8, Some("k1".to_owned())).expect("the same key")
});
static KEYS: LazyLock<JwkSet> =
    LazyLock::new(|| JwkSet::new(vec![KEY.public_jwk().clone()]).expect("one key"));
static TRUSTED: LazyLock<TrustedTransmitter> = LazyLock::new(|| TrustedTransmitter {
    issuer: "https://mdm.example.net".to_owned(),
    audiences: vec![US.to_owned()],
    max_age: Duration::from_secs(3600),
    subjects: SUBJECTS.to_vec(),
    effects: LOWERING.to_vec(),
});

fn follows(event: &Event, subject: &Subject, allowed: &[EffectKind]) -> Vec<Effect> {
    effects(event, subject, &Terms { issuer: US, subjects: &SUBJECTS, effects: allowed })
}

/// Trust is only lowered, nothing follows that was not allowed, and there is one record at most, at the end.
fn judge(event: &Event, subject: &Subject) {
    let all = follows(event, subject, &LOWERING);
    let raises =
        |effect: &Effect| matches!(effect, Effect::SetCompliance { status: ComplianceStatus::Compliant, .. });
    assert!(!all.iter().any(raises), "{all:?}");
    let is_record = |effect: &Effect| matches!(effect, Effect::Incident(_) | Effect::Record(_));
    assert!(all.split_last().is_none_or(|(last, others)| is_record(last) && !others.iter().any(is_record)));
    let none = follows(event, subject, &[]);
    assert!(none.iter().all(|effect| matches!(effect, Effect::Record(_))), "{none:?}");
    assert_eq!(none.is_empty(), all.is_empty());
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    assert!(ReceivedSet::read(text, &TRUSTED, &KEYS, NOW).is_err(), "nobody signed this");
    let parts: Vec<String> = text.splitn(3, '\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    assert!(ReceivedSet::read(&parts.join("."), &TRUSTED, &KEYS, NOW).is_err(), "nobody signed this");
    let Ok(claims) = serde_json::from_str::<Value>(text) else { return };
    let Ok(signed) = KEY.sign(&SystemRandom::new(), "secevent+jwt", &claims) else { return };
    if let Ok(set) = ReceivedSet::read(&signed, &TRUSTED, &KEYS, NOW) {
        assert_eq!(claims["iss"], TRUSTED.issuer.as_str());
        assert!(claims.get("sub").is_none() && claims.get("exp").is_none());
        assert!(claims["events"].as_object().is_some_and(|events| events.len() == 1));
        assert!(set.forget_at > NOW, "as long as it is taken it is remembered");
        if let Some(subject) = &set.subject {
            judge(&set.event, subject);
        }
    }
    // The same without all the claims that have to be right.
    for (uri, payload) in claims["events"].as_object().into_iter().flatten() {
        if let (Ok(event), Ok(subject)) = (Event::parse(uri, payload), Subject::parse(&claims["sub_id"])) {
            judge(&event, &subject);
        }
    }
});
