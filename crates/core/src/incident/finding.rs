//! What does a security event come to: for what is an incident opened, what follows, and what does containment end?

use super::{Cause, Response, Rules, Target};
use crate::crossing::CrossingId;
use std::sync::Arc;

/// What of a security event decides that.
#[derive(Debug, Clone, Copy)]
pub struct Noticed<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// The request that it names.
    pub crossing: Option<CrossingId>,
    /// The person that it names.
    pub sub: Option<&'a Arc<str>>,
}

/// Whether the rules are only tried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// They are: nothing is contained by itself.
    Yes,
    /// They are not.
    No,
}

/// What a security event comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// For what an incident is opened.
    pub cause: Cause,
    /// What follows by itself.
    pub response: Response,
    /// What containment is to end.
    pub target: Target,
}

impl Finding {
    /// What this event comes to; `None` if it is no incident.
    pub fn of(noticed: Noticed<'_>, rules: &Rules, dry_run: DryRun) -> Option<Self> {
        let cause = Cause::of_event(noticed.kind)?;
        let wanted = rules.response(cause);
        let response = match dry_run {
            DryRun::Yes => wanted.min(Response::Record),
            DryRun::No => wanted,
        };
        let target = target(cause, noticed).filter(|_| response != Response::Off)?;
        Some(Self { cause, response, target })
    }
}

/// What containment is to end: the request that the event names. A sign of misuse that names none opens no incident, since
/// nobody could say what to end. Another server's signal is about a person where it names no request.
fn target(cause: Cause, noticed: Noticed<'_>) -> Option<Target> {
    match (noticed.crossing, cause) {
        (Some(crossing), _) => Some(Target::Crossing(crossing)),
        (None, Cause::SharedSignal) => noticed.sub.cloned().map(Target::Person),
        (None, _) => None,
    }
}

impl Cause {
    /// What it is, in a sentence for operators.
    pub fn summary(self, client_id: Option<&str>, detail: Option<&str>) -> String {
        let whose =
            client_id.map_or_else(|| "an application".to_owned(), |client_id| format!("“{client_id}”"));
        let sentence = match self {
            Self::Reported => format!("A person says that they did not start a request of {whose}."),
            Self::CodeFiltered => {
                format!("The code of a request of {whose} was found in messages to several people.")
            }
            Self::CodeRepeated => {
                format!("The code of a request of {whose} was entered again after its use.")
            }
            Self::CodeContested => format!("Two people or networks opened the same request of {whose}."),
            Self::ForeignKey => {
                format!("A device showed another key than the one that its request of {whose} began with.")
            }
            Self::RefreshTokenReused => format!(
                "A refresh token of {whose} was used a second time: two hold it, and one of them should not."
            ),
            Self::SharedSignal => {
                "Another server says that a person, session or device is to be trusted less.".to_owned()
            }
            Self::Operator => "An operator found misuse.".to_owned(),
            Self::Api => "A program found misuse.".to_owned(),
        };
        match detail.filter(|detail| !detail.is_empty()) {
            Some(detail) => format!("{sentence} ({detail})"),
            None => sentence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: CrossingId = CrossingId::from_bytes([7; 16]);

    fn all(response: Response) -> Rules {
        Rules {
            reported: response,
            code_filtered: response,
            code_repeated: response,
            code_contested: response,
            foreign_key: response,
            refresh_token_reused: response,
            shared_signal: response,
        }
    }

    fn of(kind: &str, crossing: Option<CrossingId>, sub: Option<&str>) -> Option<Finding> {
        let sub = sub.map(Arc::from);
        Finding::of(Noticed { kind, crossing, sub: sub.as_ref() }, &all(Response::Contain), DryRun::No)
    }

    #[test]
    fn a_stray_sign_ends_nobodys_whole_access() {
        for cause in Cause::ALL {
            let found = of(cause.as_str(), None, Some("ada")).map(|finding| finding.target);
            let wanted = (cause == Cause::SharedSignal).then(|| Target::Person("ada".into()));
            assert_eq!(found, wanted, "{cause:?}");
        }
        assert_eq!(of("shared_signal", None, None), None);
        let named = of("shared_signal", Some(ID), Some("ada")).unwrap();
        assert_eq!(named.target, Target::Crossing(ID));
    }

    #[test]
    fn what_is_no_sign_of_misuse_is_no_incident() {
        for kind in ["access_revoked", "operator", "api", "", "Reported"] {
            assert_eq!(of(kind, Some(ID), Some("ada")), None, "{kind}");
        }
    }

    #[test]
    fn a_rule_says_what_follows_and_a_dry_run_contains_nothing() {
        let signs = Cause::ALL.into_iter().filter(|cause| Cause::of_event(cause.as_str()).is_some());
        for cause in signs {
            let noticed = Noticed { kind: cause.as_str(), crossing: Some(ID), sub: None };
            for (rule, in_earnest, tried_out) in [
                (Response::Contain, Some(Response::Contain), Some(Response::Record)),
                (Response::Record, Some(Response::Record), Some(Response::Record)),
                (Response::Off, None, None),
            ] {
                let response = |dry_run| {
                    let finding = Finding::of(noticed, &all(rule), dry_run)?;
                    assert_eq!(finding.cause, cause);
                    Some(finding.response)
                };
                assert_eq!(response(DryRun::No), in_earnest, "{cause:?}");
                assert_eq!(response(DryRun::Yes), tried_out, "{cause:?}");
            }
        }
    }

    #[test]
    fn every_cause_has_a_sentence_that_names_the_application() {
        for cause in Cause::ALL {
            let text = cause.summary(Some("tv"), Some("asked from 192.0.2.1"));
            assert!(text.ends_with("(asked from 192.0.2.1)"), "{text}");
            let names =
                matches!(cause, Cause::SharedSignal | Cause::Operator | Cause::Api) || text.contains("“tv”");
            assert!(names, "{text}");
        }
        for nothing in [None, Some("")] {
            assert!(!Cause::Reported.summary(None, nothing).contains('('));
        }
    }
}
