//! What is known of the misuse that a security event tells of? What it comes to, the core says.

use crate::app::App;
use std::sync::Arc;
use tandem_core::crossing::Crossing;
use tandem_core::incident::{Actor, DryRun, Finding, Noticed, Role, Touched, TouchedKind};
use tandem_store::{NewIncident, SecurityEvent, StoreError};

/// The incident that this event opens or belongs to; `None` if it is none.
pub async fn incident_of(app: &App, event: &SecurityEvent) -> Result<Option<NewIncident>, StoreError> {
    let settings = &app.config.incidents;
    let dry_run = if settings.dry_run { DryRun::Yes } else { DryRun::No };
    let noticed = Noticed { kind: &event.kind, crossing: event.crossing, sub: event.sub.as_ref() };
    let Some(finding) = Finding::of(noticed, &settings.rules, dry_run) else { return Ok(None) };
    let Finding { cause, response, target } = finding;
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
        response,
        at: event.at,
        actor: Actor::Rule,
        crossing: event.crossing,
        // Whose grant it is, or would have been; else whoever did what was noticed.
        sub: family
            .map(|family| Arc::clone(&family.authentication.sub))
            .or(allowed_by)
            .or_else(|| event.sub.clone()),
        summary: cause.summary(client_id.as_deref(), event.detail.as_deref()),
        client_id,
        targets: vec![target],
        seen: seen.0,
    }))
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
