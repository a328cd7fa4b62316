//! Does the weighing follow its tables?

use crate::subjects::{Case, client, till};
use serde_json::{Value, json};
use tandem_core::assessment::{
    Activity, Counter, Defence, Force, IMPACT_RULES, LIKELIHOOD_RULES, Likelihood, MATRIX, Mark,
    RAISING_RULES, Severity, impact, likelihood, severity,
};
use tandem_core::mitigations::Mitigation;
use tandem_core::mitigations::policy::Profile;

#[test]
fn the_matrix_never_falls_as_impact_or_likelihood_rise() {
    for (row, impact) in Severity::ALL.into_iter().enumerate() {
        for (column, likelihood) in Likelihood::ALL.into_iter().enumerate() {
            let here = severity(impact, likelihood);
            assert_eq!(here, MATRIX[row][column]);
            if column > 0 {
                assert!(MATRIX[row][column - 1] <= here);
            }
            if row > 0 {
                assert!(MATRIX[row - 1][column] <= here);
            }
        }
    }
    assert_eq!(severity(Severity::High, Likelihood::Likely), Severity::High);
    assert_eq!(severity(Severity::Low, Likelihood::Remote), Severity::Low);
}

static STRONG: Counter = Counter {
    defence: Defence::Mitigation(Mitigation::TrustedDevices),
    marks: &[Mark::Prevent],
    force: Force::Alone,
};
static WEAK: Counter = Counter {
    defence: Defence::Mitigation(Mitigation::UserExperience),
    marks: &[Mark::Prevent],
    force: Force::Helps,
};
static AFTER: Counter = Counter {
    defence: Defence::Mitigation(Mitigation::LimitedScopes),
    marks: &[Mark::Recover],
    force: Force::Helps,
};

#[test]
fn likelihood_counts_what_stops_it_and_what_helps() {
    let full = || Activity::Full(String::new());
    for (strong, weak, rule, level) in [
        (0, 0, "L6", Likelihood::Likely),
        (0, 2, "L6", Likelihood::Likely),
        (0, 3, "L5", Likelihood::Possible),
        (0, 9, "L5", Likelihood::Possible),
        (1, 0, "L4", Likelihood::Possible),
        (1, 1, "L4", Likelihood::Possible),
        (1, 2, "L3", Likelihood::Unlikely),
        (2, 0, "L2", Likelihood::Unlikely),
        (3, 0, "L1", Likelihood::Remote),
        (9, 9, "L1", Likelihood::Remote),
    ] {
        let mut counters: Vec<_> = std::iter::repeat_n((&STRONG, full()), strong).collect();
        counters.extend(std::iter::repeat_n((&WEAK, full()), weak));
        // What is off, or comes after the success, counts nothing.
        counters.extend([(&STRONG, Activity::Off(String::new())), (&AFTER, full())]);
        let found = likelihood(&counters);
        assert_eq!((found.id, found.level), (rule, level), "{strong} {weak}");
    }
    let half = Activity::Partial(String::new());
    let counters = vec![(&STRONG, half.clone()), (&STRONG, half.clone()), (&STRONG, half)];
    assert_eq!(likelihood(&counters).id, "L5", "what acts in part only helps");
    assert_eq!(LIKELIHOOD_RULES.last().map(|rule| (rule.strong, rule.weak)), Some((0, 0)));
}

fn weighed(case: &Case) -> (Severity, Vec<&'static str>) {
    let impact = impact(&case.subject());
    (impact.level, impact.because.iter().map(|rule| rule.id).collect())
}

#[test]
fn impact_follows_what_may_be_asked_for_and_how_long_it_lasts() {
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let once = |scope: &str| json!({ "grant_types": [device], "scope": scope });
    let table: [(Value, Severity, &[&str]); 12] = [
        (once("openid"), Severity::Low, &["I1"]),
        (once("openid profile"), Severity::Medium, &["I2"]),
        (once("openid photos"), Severity::Medium, &["I2"]),
        (once("openid accounts:write"), Severity::High, &["I3"]),
        (once("openid Admin"), Severity::High, &["I3"]),
        (once("openid writer-circle"), Severity::Medium, &["I2"]),
        (json!({ "scope": "openid offline_access" }), Severity::Medium, &["I1", "I6"]),
        (json!({ "scope": "openid profile" }), Severity::High, &["I2", "I6"]),
        (json!({ "scope": "openid", "tandem_refresh_token_lifetime": 86_400 }), Severity::Low, &["I1"]),
        (json!({ "scope": "openid", "dpop_bound_access_tokens": true }), Severity::Low, &["I1"]),
        (
            json!({ "grant_types": [device], "scope": "openid", "tandem_access_token_lifetime": 7200 }),
            Severity::Medium,
            &["I1", "I7"],
        ),
        (
            json!({ "grant_types": [device], "scope": "openid", "authorization_details_types": ["payment"] }),
            Severity::High,
            &["I4"],
        ),
    ];
    for (members, level, rules) in table {
        let case = Case { client: client(&members), ..Case::tv(Profile::Baseline) };
        assert_eq!(weighed(&case), (level, rules.to_vec()), "{members}");
    }
    let fapi =
        Case { client: till(&json!({ "tandem_profile": "fapi_ciba" })), ..Case::till(Profile::Baseline) };
    assert_eq!(weighed(&fapi), (Severity::High, vec!["I5"]));
}

#[test]
fn ceilings_lower_the_impact() {
    let case = Case::tv(Profile::Baseline);
    assert_eq!(weighed(&case).0, Severity::High);
    let brief = case.clone().with("short_lived_tokens.refresh_token", json!(0));
    assert_eq!(weighed(&brief), (Severity::Medium, vec!["I2"]));
    let narrow = brief.with("limited_scopes.most", json!("openid"));
    assert_eq!(weighed(&narrow), (Severity::Low, vec!["I1"]));
    let bound = case.with("sender_constrained_tokens.demand", json!("always"));
    assert_eq!(weighed(&bound), (Severity::Medium, vec!["I2"]));
}

/// R2.2: what is not mitigated is not called acceptable; the profiles are.
#[test]
fn the_profiles_are_ever_safer() {
    for of in [Case::tv, Case::till] {
        let risks = Profile::ALL.map(|profile| of(profile).assess().severity());
        assert!(risks[0] >= risks[1] && risks[1] >= risks[2], "{risks:?}");
        assert_eq!(risks[2], Severity::Low);
    }
    assert_eq!(Case::tv(Profile::Baseline).assess().severity(), Severity::High);
}

/// The page for operators tells the rules as they are.
#[test]
fn the_document_has_every_rule() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/assess.md");
    let text = std::fs::read_to_string(path).unwrap();
    let has = |row: String| assert!(text.lines().any(|line| line == row), "{row}");
    for rule in IMPACT_RULES {
        has(format!("| {} | {} | {} |", rule.id, rule.level.as_str(), rule.why));
    }
    for rule in RAISING_RULES {
        has(format!("| {} | {} |", rule.id, rule.why));
    }
    for rule in LIKELIHOOD_RULES {
        let (id, level) = (rule.id, rule.level.as_str());
        has(format!("| {id} | {} | {} | {level} | {} |", rule.strong, rule.weak, rule.why));
    }
    for (impact, row) in Severity::ALL.into_iter().zip(MATRIX) {
        let cells: Vec<_> = row.iter().map(|severity| severity.as_str()).collect();
        has(format!("| {} | {} |", impact.as_str(), cells.join(" | ")));
    }
}
