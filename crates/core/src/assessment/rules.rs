//! Which statements of the BCP does this flow meet, and what would meet the others?
//!
//! A rule for each MUST, SHOULD and RECOMMENDED of sections 2, 5 and 6 that a configuration can meet or break, and for the
//! guidance on the choice of protocol. What no configuration tells is left to the operator, in words.

use super::remedies;
use super::{
    Defence, ExploitAssessment, Force, Mark, Setting, Severity, Subject, active, impact, remedy, rooms_of,
};
use crate::crossing::Room;
use crate::mitigations::establish_proximity::Granularity;
use crate::mitigations::{Mitigation, Response};

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Met, and how.
    Met(String),
    /// Not met.
    Unmet {
        /// What is missing.
        why: String,
        /// What would meet it; where it is empty, no setting does.
        settings: Vec<Setting>,
    },
    /// Nothing that this flow has to meet.
    NotApplicable(String),
    /// Only the operator knows.
    Operator(String),
}

impl Outcome {
    /// In a word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Met(_) => "met",
            Self::Unmet { .. } => "unmet",
            Self::NotApplicable(_) => "not applicable",
            Self::Operator(_) => "operator",
        }
    }

    /// Why.
    pub fn reason(&self) -> &str {
        match self {
            Self::Met(why) | Self::NotApplicable(why) | Self::Operator(why) | Self::Unmet { why, .. } => why,
        }
    }
}

fn met(why: impl Into<String>) -> Outcome {
    Outcome::Met(why.into())
}

fn unmet(why: impl Into<String>, settings: Vec<Setting>) -> Outcome {
    Outcome::Unmet { why: why.into(), settings }
}

/// A rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The statement that it checks.
    pub statement: &'static str,
    /// How.
    pub check: fn(&Subject<'_>, &[ExploitAssessment]) -> Outcome,
}

const fn rule(statement: &'static str, check: fn(&Subject<'_>, &[ExploitAssessment]) -> Outcome) -> Rule {
    Rule { statement, check }
}

/// All of them, in the order of the BCP.
pub const RULES: [Rule; 17] = [
    rule("R2.1", |_, _| met("by this assessment, for the configuration as it is; keep it with the decision")),
    rule("R2.2", mitigated_enough),
    rule("R2.3", better_protocol),
    rule("R2.4", every_exploit_met),
    rule("R2.5", |subject, _| proximity(subject)),
    rule("R5.1", |_, _| {
        Outcome::Operator(
            "a client that runs on the person's own device should use the authorization code grant there"
                .to_owned(),
        )
    }),
    rule("R5.3", |_, _| met("policy asks the same mitigations whichever devices are used")),
    rule("R6.0", |subject, _| in_depth(subject)),
    rule("R6.1e", |subject, _| relative(subject)),
    rule("R6.1h", |subject, _| privacy(subject)),
    rule("R6.8", |subject, _| networks_not_alone(subject)),
    rule("R6.14a", |_, _| met("no yes counts without the page, or an app's signature over what it showed")),
    rule("R6.15", |_, _| {
        Outcome::NotApplicable("B5 and B7 need a session transfer, which this server has not".to_owned())
    }),
    rule("R6.18", |subject, _| device_grant(subject)),
    rule("R6.19", better_protocol),
    rule("R6.20", |_, _| {
        Outcome::Operator(
            "FIDO cross-device is better where the devices can: `tandem advise` asks".to_owned(),
        )
    }),
    rule("R6.21", |subject, _| backchannel(subject)),
];

const PROXIMITY: Defence = Defence::Mitigation(Mitigation::EstablishProximity);
const DEVICES: Defence = Defence::Mitigation(Mitigation::TrustedDevices);
const NETWORKS: Defence = Defence::Mitigation(Mitigation::TrustedNetworks);

fn mitigated_enough(subject: &Subject<'_>, exploits: &[ExploitAssessment]) -> Outcome {
    let high: Vec<_> = exploits.iter().filter(|exploit| exploit.severity == Severity::High).collect();
    let names: Vec<_> = high.iter().map(|exploit| exploit.exploit.id).collect();
    if names.is_empty() {
        return met("no exploit is left with a high risk");
    }
    let mut settings: Vec<Setting> = Vec::new();
    for exploit in high {
        // The cheapest way out of each: what stands first and does not act. The matrix has the others.
        for (_, more) in exploit.remedies(subject).into_iter().take(2) {
            settings.extend(more.into_iter().filter(|one| !settings.contains(one)).collect::<Vec<_>>());
        }
    }
    unmet(format!("the risk of {} is high: mitigate it, or do not use this flow", names.join(", ")), settings)
}

fn better_protocol(subject: &Subject<'_>, _: &[ExploitAssessment]) -> Outcome {
    match subject.room {
        Room::Ciba => Outcome::Operator(
            "right where FIDO cross-device cannot be used, and people can be named and reached: `tandem advise` asks"
                .to_owned(),
        ),
        Room::DeviceAuthorization if rooms_of(subject.client).contains(&Room::Ciba) => {
            let grants = subject.client.grant_types.iter().filter_map(|grant| serde_json::to_value(grant).ok());
            let device = crate::oauth::client::DEVICE_CODE;
            let kept: Vec<_> = grants.filter(|grant| grant != device).map(|grant| grant.to_string()).collect();
            let line = format!("grant_types = [{}]", kept.join(", "));
            unmet("the client can use CIBA, so it needs no device grant", vec![Setting::client(&line)])
        }
        Room::DeviceAuthorization => Outcome::Operator(
            "right only where people can neither sign in on the device nor be named there: `tandem advise` asks"
                .to_owned(),
        ),
    }
}

fn every_exploit_met(subject: &Subject<'_>, exploits: &[ExploitAssessment]) -> Outcome {
    // To be shown a distance is a help to people, and stops nothing.
    let consequent = |defence| defence != PROXIMITY || has_proximity(subject);
    let unstopped = |exploit: &&ExploitAssessment| {
        !exploit.counters.iter().any(|(counter, activity)| {
            let early = counter.marks.iter().any(|mark| *mark != Mark::Recover);
            counter.force == Force::Alone && early && activity.acts() && consequent(counter.defence)
        })
    };
    let open: Vec<_> = exploits.iter().filter(unstopped).collect();
    if open.is_empty() {
        return met("against each exploit something acts, at least in part, that could stop it by itself");
    }
    let names: Vec<_> = open.iter().map(|exploit| exploit.exploit.id).collect();
    let mut settings: Vec<Setting> = Vec::new();
    for exploit in open {
        let first = exploit.remedies(subject).into_iter().next().map(|(_, settings)| settings);
        settings
            .extend(first.into_iter().flatten().filter(|one| !settings.contains(one)).collect::<Vec<_>>());
    }
    unmet(format!("against {} nothing acts but people's attention", names.join(", ")), settings)
}

/// Whether distance has a consequence.
fn has_proximity(subject: &Subject<'_>) -> bool {
    let settings = &subject.policy.establish_proximity;
    let coordinates = settings.coordinates.min(settings.unknown);
    let place = match subject.server.geolocation {
        super::GeolocationDatabase::Present => settings.geolocation,
        super::GeolocationDatabase::Absent => settings.geolocation.min(settings.unknown),
    };
    settings.network.max(place).max(coordinates) >= Response::Limit
}

fn proximity(subject: &Subject<'_>) -> Outcome {
    let activity = active(PROXIMITY, subject);
    if has_proximity(subject) {
        return met(activity.reason());
    }
    unmet(
        format!("distance has no consequence: {}", activity.reason()),
        remedies::proximity(subject, "step_up"),
    )
}

fn in_depth(subject: &Subject<'_>) -> Outcome {
    let acting: Vec<_> = Defence::all()
        .filter(|defence| *defence != Defence::Mitigation(Mitigation::UniqueCodes))
        .filter(|defence| active(*defence, subject).is_full())
        .map(Defence::as_str)
        .collect();
    if acting.len() >= 3 {
        return met(format!("{} act in full: {}", acting.len(), acting.join(", ")));
    }
    let more = Defence::Mitigation(Mitigation::RequestInitiationVerification);
    unmet(format!("only {} act in full: {}", acting.len(), acting.join(", ")), remedy(more, subject))
}

fn relative(subject: &Subject<'_>) -> Outcome {
    let settings = &subject.policy.establish_proximity;
    match (settings.geolocation, settings.granularity) {
        (Response::Off, _) => Outcome::NotApplicable("places are not compared".to_owned()),
        (_, Granularity::Distance) => met(format!(
            "places are compared by distance: {} km and what the database does not know",
            settings.distance_km
        )),
        _ => unmet(
            "places are compared by named regions, which tear neighbours across a border apart",
            vec![Setting::policy(subject, "establish_proximity.granularity = \"distance\"")],
        ),
    }
}

fn privacy(subject: &Subject<'_>) -> Outcome {
    match subject.policy.establish_proximity.coordinates {
        Response::Off => Outcome::NotApplicable("no coordinates are asked for".to_owned()),
        _ => met("coordinates are the device's and the person's to give, and end with the crossing"),
    }
}

fn networks_not_alone(subject: &Subject<'_>) -> Outcome {
    if !active(NETWORKS, subject).acts() {
        return Outcome::NotApplicable("no trusted networks are demanded".to_owned());
    }
    let beside: Vec<_> = [
        Mitigation::EstablishProximity,
        Mitigation::TrustedDevices,
        Mitigation::AuthenticateThenInitiate,
        Mitigation::RequestInitiationVerification,
        Mitigation::RequestBinding,
    ]
    .into_iter()
    .filter(|mitigation| active(Defence::Mitigation(*mitigation), subject).is_full())
    .map(Mitigation::as_str)
    .collect();
    if beside.is_empty() {
        let more = Defence::Mitigation(Mitigation::RequestInitiationVerification);
        return unmet(
            "whoever is inside a trusted network is stopped by nothing else",
            remedy(more, subject),
        );
    }
    met(format!("beside them: {}", beside.join(", ")))
}

fn device_grant(subject: &Subject<'_>) -> Outcome {
    if subject.room != Room::DeviceAuthorization {
        return Outcome::NotApplicable("another flow".to_owned());
    }
    let (mut why, mut settings) = (Vec::new(), Vec::new());
    if !has_proximity(subject) && !active(DEVICES, subject).is_full() {
        why.push("neither proximity nor registered devices are demanded".to_owned());
        settings.extend(remedies::proximity(subject, "step_up"));
    }
    let value = impact(subject);
    if value.level == Severity::High {
        let because: Vec<_> = value.because.iter().map(|rule| rule.why).collect();
        why.push(format!(
            "what is granted is of high value ({}), and this flow is not for that",
            because.join("; ")
        ));
        for mitigation in [Mitigation::LimitedScopes, Mitigation::ShortLivedTokens] {
            settings.extend(remedy(Defence::Mitigation(mitigation), subject));
        }
    }
    if why.is_empty() {
        return met("proximity or registered devices are demanded, and what is granted is of limited value");
    }
    unmet(why.join("; "), settings)
}

fn backchannel(subject: &Subject<'_>) -> Outcome {
    if subject.room != Room::Ciba {
        return Outcome::NotApplicable("another flow".to_owned());
    }
    let strict: Vec<_> = [DEVICES, NETWORKS]
        .into_iter()
        .filter(|defence| active(*defence, subject).is_full())
        .map(Defence::as_str)
        .chain(has_proximity(subject).then_some("establish_proximity"))
        .collect();
    if strict.is_empty() {
        // Trusted networks want company (R6.8).
        let number = Defence::Mitigation(Mitigation::RequestInitiationVerification);
        let beside = if active(number, subject).is_full() { Vec::new() } else { remedy(number, subject) };
        let settings = [remedy(NETWORKS, subject), beside].concat();
        return unmet("neither proximity nor trusted devices or networks act", settings);
    }
    met(format!("acting: {}", strict.join(", ")))
}
