//! Does everything that the assessment advises do what it says?

use crate::subjects::Case;
use tandem_core::assessment::{Defence, Outcome, active, remedy};
use tandem_core::crossing::Room;
use tandem_core::mitigations::Mitigation;

/// R2.2, R2.5, R6.18, R6.21: the settings that are told meet the statement.
#[test]
fn each_statement_is_met_by_the_settings_that_are_told() {
    let mut told = 0;
    for case in Case::all() {
        for unmet in case.assess().unmet() {
            let Outcome::Unmet { settings, why } = &unmet.outcome else { continue };
            assert!(!settings.is_empty(), "{} {why}", unmet.statement.id);
            let mut better = case.clone();
            better.apply(settings);
            better.policy.check().unwrap();
            let after = better.assess();
            let after = after.statements.iter().find(|one| one.statement.id == unmet.statement.id).unwrap();
            assert!(
                matches!(after.outcome, Outcome::Met(_)),
                "{} {settings:?} {after:?}",
                unmet.statement.id
            );
            told += 1;
        }
    }
    assert!(told > 10, "{told}");
}

#[test]
fn each_defence_acts_with_its_settings_and_no_risk_grows() {
    for case in Case::all() {
        let before = case.assess();
        for defence in Defence::all() {
            let settings = remedy(defence, &case.subject());
            if settings.is_empty() {
                let sign_in_only = case.client.scope.as_str() == "openid";
                let acts = active(defence, &case.subject()).is_full();
                assert!(sign_in_only || acts, "{}", defence.as_str());
                continue;
            }
            let mut better = case.clone();
            better.apply(&settings);
            better.policy.check().unwrap_or_else(|error| panic!("{}: {error}", defence.as_str()));
            let activity = active(defence, &better.subject());
            let seen_elsewhere = defence == Defence::Mitigation(Mitigation::ContentFiltering);
            let no_qr = defence == Defence::LivingQr && case.room == Room::Ciba;
            assert!(activity.is_full() || seen_elsewhere || no_qr, "{}: {activity:?}", defence.as_str());
            let after = better.assess();
            assert!(after.impact.level <= before.impact.level, "{}", defence.as_str());
            for (one, other) in before.exploits.iter().zip(&after.exploits) {
                assert!(other.severity <= one.severity, "{} {}", defence.as_str(), one.exploit.id);
            }
        }
    }
}

#[test]
fn an_exploit_names_what_would_stop_it_and_does_not_act() {
    for case in Case::all() {
        for exploit in case.assess().exploits {
            for (defence, settings) in exploit.remedies(&case.subject()) {
                assert!(!active(defence, &case.subject()).is_full());
                assert!(!settings.is_empty(), "{} {}", exploit.exploit.id, defence.as_str());
            }
        }
    }
}

/// What is told never loosens what is set already.
#[test]
fn no_setting_that_is_told_is_milder_than_the_one_in_force() {
    let number = |case: &Case, setting: &str| {
        let (mitigation, name) = setting.split_once('.').unwrap();
        serde_json::to_value(&case.policy).unwrap()[mitigation][name].as_u64()
    };
    for case in Case::all() {
        let told = case.assess();
        let settings = told.unmet().filter_map(|one| match &one.outcome {
            Outcome::Unmet { settings, .. } => Some(settings.clone()),
            _ => None,
        });
        for setting in settings.flatten().filter(|setting| setting.table.ends_with(".policy")) {
            let (key, value) = setting.line.split_once(" = ").unwrap();
            if let (Some(now), Ok(told)) = (number(&case, key), value.parse::<u64>()) {
                assert!(told < now || now == 0, "{key}: {now}, and {told} is told");
            }
        }
    }
}
