//! Is a mitigation said to act only where its settings make it act?

use crate::subjects::Case;
use serde_json::{Value, json};
use tandem_core::assessment::{Activity, Defence, GeolocationDatabase, active};
use tandem_core::mitigations::Mitigation as M;
use tandem_core::mitigations::policy::Profile;

fn state(case: &Case, mitigation: M) -> &'static str {
    active(Defence::Mitigation(mitigation), &case.subject()).as_str()
}

/// A mitigation, settings over the baseline, and the state that they give.
type Row<'a> = (M, &'a [(&'a str, Value)], &'static str);

/// R2.4: what counts is what the settings make act.
#[test]
fn settings_switch_each_on_and_off() {
    let table: [Row<'_>; 29] = [
        (
            M::EstablishProximity,
            &[
                ("establish_proximity.geolocation", json!("off")),
                ("establish_proximity.coordinates", json!("off")),
            ],
            "off",
        ),
        (M::EstablishProximity, &[("establish_proximity.network", json!("step_up"))], "in part"),
        (M::EstablishProximity, &[("establish_proximity.network", json!("refuse"))], "acts"),
        (M::EstablishProximity, &[("establish_proximity.coordinates", json!("refuse"))], "in part"),
        (
            M::EstablishProximity,
            &[
                ("establish_proximity.coordinates", json!("refuse")),
                ("establish_proximity.unknown", json!("refuse")),
            ],
            "acts",
        ),
        (M::EstablishProximity, &[("establish_proximity.geolocation", json!("refuse"))], "in part"),
        (M::ShortLivedCodes, &[("short_lived_codes.longest", json!(1800))], "in part"),
        (M::ShortLivedCodes, &[("short_lived_codes.longest", json!(300))], "acts"),
        (M::OneTimeCodes, &[("one_time_codes.second_person", json!("allow"))], "in part"),
        (M::OneTimeCodes, &[("one_time_codes.second_person", json!("kill"))], "acts"),
        (M::ContentFiltering, &[("content_filtering.filtered_codes", json!("record"))], "off"),
        (M::ContentFiltering, &[("content_filtering.filtered_codes", json!("refuse"))], "in part"),
        (M::DetectAndRemediate, &[("detect_and_remediate.end_on", json!([]))], "off"),
        (M::DetectAndRemediate, &[("detect_and_remediate.end_on", json!(["code_spent"]))], "in part"),
        (M::DetectAndRemediate, &[("detect_and_remediate.end_on", json!(["reported"]))], "acts"),
        (M::TrustedDevices, &[("trusted_devices.kinds", json!(["tv"]))], "in part"),
        (M::TrustedDevices, &[("trusted_devices.demand", json!("known"))], "acts"),
        (M::TrustedNetworks, &[], "off"),
        (M::TrustedNetworks, &[("trusted_networks.approve", json!(["192.0.2.0/24"]))], "in part"),
        (M::TrustedNetworks, &[("trusted_networks.initiate", json!(["192.0.2.0/24", "0.0.0.0/0"]))], "off"),
        (M::TrustedNetworks, &[("trusted_networks.initiate", json!(["192.0.2.0/24"]))], "acts"),
        (M::LimitedScopes, &[("limited_scopes.most", json!("openid profile offline_access email"))], "off"),
        (M::LimitedScopes, &[("limited_scopes.most", json!("openid"))], "acts"),
        (M::ShortLivedTokens, &[("short_lived_tokens.refresh_token", json!(604_800))], "in part"),
        (M::ShortLivedTokens, &[("short_lived_tokens.refresh_token", json!(0))], "acts"),
        (M::UserEducation, &[("user_education.interstitial", json!("never"))], "off"),
        (M::RequestInitiationVerification, &[], "off"),
        (
            M::RequestInitiationVerification,
            &[("request_initiation_verification.pin", json!("always"))],
            "acts",
        ),
        (M::RequestBinding, &[("request_binding.answer", json!("type"))], "off"),
    ];
    for (mitigation, settings, expected) in table {
        let mut case = Case::tv(Profile::Baseline);
        for (setting, value) in settings {
            case.set(setting, value.clone());
        }
        assert_eq!(state(&case, mitigation), expected, "{mitigation:?} {settings:?}");
    }
}

/// R6.1d: what is unknown is not distance, so evidence that nobody must give stops nobody.
#[test]
fn a_place_needs_a_database() {
    let mut case = Case::tv(Profile::Baseline).with("establish_proximity.geolocation", json!("refuse"));
    let without = active(Defence::Mitigation(M::EstablishProximity), &case.subject());
    assert!(without.reason().contains("geolocation.database"), "{without:?}");
    case.server.geolocation = GeolocationDatabase::Present;
    assert_eq!(state(&case, M::EstablishProximity), "acts");
    case.server.geolocation = GeolocationDatabase::Absent;
    case.set("establish_proximity.unknown", json!("refuse"));
    assert_eq!(state(&case, M::EstablishProximity), "acts", "nobody's place is known, so nobody passes");
}

#[test]
fn registrations_count_too() {
    let mut till = Case::till(Profile::Baseline);
    assert_eq!(state(&till, M::RequestInitiationVerification), "off");
    till.client.tandem_number_matching = Some(tandem_core::crossing::NumberAnswer::Pick);
    assert_eq!(state(&till, M::RequestInitiationVerification), "acts");
    assert_eq!(state(&till, M::SenderConstrainedTokens), "off");
    till.client.tls_client_certificate_bound_access_tokens = true;
    assert_eq!(state(&till, M::SenderConstrainedTokens), "acts");
    for defence in [Defence::UserCode, Defence::ConcealedPeople, Defence::LivingQr] {
        assert!(!active(defence, &till.subject()).acts());
    }
    till.client.backchannel_user_code_parameter = true;
    assert!(active(Defence::UserCode, &till.subject()).is_full());
}

#[test]
fn lifted_rate_limits_are_said_by_name() {
    let mut tv = Case::tv(Profile::Baseline);
    assert_eq!(state(&tv, M::RateLimits), "acts");
    tv.server.lifted_limits = vec!["initiate_address".to_owned(), "ask_client".to_owned()];
    let partly = active(Defence::Mitigation(M::RateLimits), &tv.subject());
    assert!(
        matches!(&partly, Activity::Partial(why) if why.contains("initiate_address") && !why.contains("ask_client"))
    );
    let all = ["initiate_client", "initiate_address", "guess_address", "guess_session"];
    tv.server.lifted_limits = all.map(str::to_owned).to_vec();
    assert_eq!(state(&tv, M::RateLimits), "off");
}
