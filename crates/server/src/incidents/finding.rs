//! What does a security event say of an incident?

use crate::app::App;
use std::sync::Arc;
use tandem_core::crossing::Crossing;
use tandem_core::incident::{Actor, Cause, Response, Role, Target, Touched, TouchedKind};
use tandem_store::{NewIncident, SecurityEvent, StoreError};

/// The incident that this event opens or belongs to; `None` if it is none.
pub async fn incident_of(app: &App, event: &SecurityEvent) -> Result<Option<NewIncident>, StoreError> {
    let Some(cause) = Cause::of_event(&event.kind) else { return Ok(None) };
    let wanted = app.config.incidents.rules.response(cause);
    let Some(target) = target(cause, event).filter(|_| wanted != Response::Off) else { return Ok(None) };
    let family = match event.crossing {
        Some(crossing) => app.store.family(crossing).await?,
        None => None,
    };
    let mut seen = Seen::default();
    seen.add(TouchedKind::Person, event.sub.as_deref());
    seen.add(TouchedKind::Client, event.client_id.as_deref());
    seen.add(TouchedKind::Address, event.address.map(|address| address.to_string()).as_deref());
    let crossing = event.crossing.and_then(|crossing| app.store.crossing(crossing));
    if let Some(crossing) = &crossing {
        seen.crossing(crossing);
    }
    let allowed_by = match &crossing {
        Some(Crossing::Approved(approved)) => Some(Arc::clone(&approved.approval.authentication.sub)),
        _ => None,
    };
    if let Some(family) = &family {
        seen.add(TouchedKind::Person, Some(&family.authentication.sub));
        seen.add(TouchedKind::Client, Some(&family.client_id));
        seen.add(TouchedKind::Device, family.instance.as_deref());
        let address = family.device.address;
        seen.add(TouchedKind::Address, (!address.is_unspecified()).then(|| address.to_string()).as_deref());
    }
    let client_id =
        event.client_id.clone().or_else(|| crossing.map(|crossing| Arc::clone(crossing.client_id())));
    Ok(Some(NewIncident {
        cause,
        response: if app.config.incidents.dry_run { wanted.min(Response::Record) } else { wanted },
        at: event.at,
        actor: Actor::Rule,
        crossing: event.crossing,
        // Whose grant it is, or would have been; else whoever did what was noticed.
        sub: family
            .map(|family| Arc::clone(&family.authentication.sub))
            .or(allowed_by)
            .or_else(|| event.sub.clone()),
        summary: summary(cause, client_id.as_deref(), event.detail.as_deref()),
        client_id,
        targets: vec![target],
        seen: seen.0,
    }))
}

/// What containment is to end: the request that the event names. A sign of misuse that names none opens no incident, since
/// nobody could say what to end. Another server's signal is about a person where it names no request.
fn target(cause: Cause, event: &SecurityEvent) -> Option<Target> {
    match (event.crossing, cause) {
        (Some(crossing), _) => Some(Target::Crossing(crossing)),
        (None, Cause::SharedSignal) => event.sub.clone().map(Target::Person),
        (None, _) => None,
    }
}

#[derive(Default)]
struct Seen(Vec<Touched>);

impl Seen {
    fn add(&mut self, kind: TouchedKind, name: Option<&str>) {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return };
        let touched = Touched { role: Role::Seen, kind, name: name.to_owned() };
        if !self.0.contains(&touched) {
            self.0.push(touched);
        }
    }

    fn crossing(&mut self, crossing: &Crossing) {
        self.add(TouchedKind::Client, Some(crossing.client_id()));
        if let Some(request) = crossing.request() {
            let address = request.device.address;
            let known = (!address.is_unspecified()).then(|| address.to_string());
            self.add(TouchedKind::Address, known.as_deref());
            self.add(TouchedKind::Person, request.addressee().map(|sub| &**sub));
            self.add(TouchedKind::Device, request.instance());
        }
        match crossing {
            Crossing::Pending(pending) => {
                let presenter = pending.presenter.as_deref();
                self.add(TouchedKind::Person, presenter.map(|presenter| &*presenter.sub));
                let address = presenter.map(|presenter| presenter.address.to_string());
                self.add(TouchedKind::Address, address.as_deref());
            }
            Crossing::Approved(approved) => {
                self.add(TouchedKind::Person, Some(&approved.approval.authentication.sub));
                self.add(TouchedKind::Address, Some(&approved.approval.address.to_string()));
            }
            Crossing::Denied(_) | Crossing::Redeemed(_) => {}
        }
    }
}

/// What it is, in a sentence for operators.
fn summary(cause: Cause, client_id: Option<&str>, detail: Option<&str>) -> String {
    let whose = client_id.map_or_else(|| "an application".to_owned(), |client_id| format!("“{client_id}”"));
    let sentence = match cause {
        Cause::Reported => format!("A person says that they did not start a request of {whose}."),
        Cause::CodeFiltered => {
            format!("The code of a request of {whose} was found in messages to several people.")
        }
        Cause::CodeRepeated => format!("The code of a request of {whose} was entered again after its use."),
        Cause::CodeContested => format!("Two people or networks opened the same request of {whose}."),
        Cause::ForeignKey => {
            format!("A device showed another key than the one that its request of {whose} began with.")
        }
        Cause::RefreshTokenReused => {
            format!(
                "A refresh token of {whose} was used a second time: two hold it, and one of them should not."
            )
        }
        Cause::SharedSignal => {
            "Another server says that a person, session or device is to be trusted less.".to_owned()
        }
        Cause::Operator => "An operator found misuse.".to_owned(),
        Cause::Api => "A program found misuse.".to_owned(),
    };
    match detail.filter(|detail| !detail.is_empty()) {
        Some(detail) => format!("{sentence} ({detail})"),
        None => sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_core::crossing::CrossingId;
    use tandem_core::time::Timestamp;

    fn event(crossing: Option<CrossingId>, sub: Option<&str>) -> SecurityEvent {
        SecurityEvent {
            at: Timestamp::from_secs(1),
            kind: String::new(),
            crossing,
            sub: sub.map(Into::into),
            client_id: None,
            address: None,
            detail: None,
        }
    }

    #[test]
    fn a_stray_sign_ends_nobodys_whole_access() {
        let stray = event(None, Some("ada"));
        for cause in Cause::ALL {
            let wanted = (cause == Cause::SharedSignal).then(|| Target::Person("ada".into()));
            assert_eq!(target(cause, &stray), wanted, "{cause:?}");
        }
        assert_eq!(target(Cause::SharedSignal, &event(None, None)), None);
        let id = CrossingId::from_bytes([7; 16]);
        assert_eq!(target(Cause::SharedSignal, &event(Some(id), Some("ada"))), Some(Target::Crossing(id)));
    }

    #[test]
    fn every_cause_has_a_sentence_that_names_the_application() {
        for cause in Cause::ALL {
            let text = summary(cause, Some("tv"), Some("asked from 192.0.2.1"));
            assert!(text.ends_with("(asked from 192.0.2.1)"), "{text}");
            let names =
                matches!(cause, Cause::SharedSignal | Cause::Operator | Cause::Api) || text.contains("“tv”");
            assert!(names, "{text}");
        }
        assert!(!summary(Cause::Reported, None, None).contains('('));
    }
}
