//! What do the operators' pages look like? One sample of each state.

use super::super::views::{
    Acting, ContainIncident, Ending, Incident, IncidentFilter, IncidentFlash, IncidentLine, IncidentStep,
    IncidentTrouble, Incidents, Moment, Standing, StepActor, StepKind, Story, TouchedList, TouchedThing,
};
use super::{PagesError, Visit};
use tandem_core::incident::{Cause, State, TouchedKind};

fn moment(seconds_ago: u64) -> Moment {
    Moment { seconds_ago, iso: "2027-01-15T08:00:12Z".to_owned(), utc: "2027-01-15 08:00:12 UTC".to_owned() }
}

fn story(cause: Cause) -> Story {
    Story { cause: cause.as_str(), person: Some("alice".to_owned()), service: Some("Cellar".to_owned()) }
}

fn thing(kind: TouchedKind, name: &str) -> TouchedThing {
    let search = format!("/operator/incidents?q={name}");
    TouchedThing { kind: kind.as_str(), name: name.to_owned(), search }
}

/// The list, one incident, and the question before it is contained.
pub(super) fn incidents(visit: Visit<'_>) -> Result<(), PagesError> {
    list(visit)?;
    let page = incident();
    visit("incident", &page)?;
    standings(visit, &page)?;
    let things = TouchedKind::ALL.map(|kind| thing(kind, "b8Zr4k3mSzGp1Lh0WqXy2A")).to_vec();
    let many = TouchedList { first: things, more: 12 };
    let kinds =
        [StepKind::Contained, StepKind::Closed, StepKind::Reopened, StepKind::WouldContain, StepKind::Noted];
    let by = [
        StepActor::Rule,
        StepActor::Command,
        StepActor::Operator("oscar".to_owned()),
        StepActor::Api("Mail gateway".to_owned()),
        StepActor::Rule,
    ];
    let step = |(kind, actor)| IncidentStep {
        at: moment(40),
        actor,
        kind,
        story: None,
        note: Some("Called back.\nIt was a stranger.".to_owned()),
    };
    let steps = kinds.into_iter().zip(by).map(step).collect();
    visit(
        "incident-long",
        &Incident { ended: many.clone(), seen: many, steps, more_steps: 40, ..page.clone() },
    )?;
    for flash in IncidentFlash::ALL {
        visit(&format!("incident-flash-{flash:?}"), &Incident { flash: Some(flash), ..page.clone() })?;
    }
    for trouble in [
        IncidentTrouble::FormExpired,
        IncidentTrouble::NoteMissing,
        IncidentTrouble::Closed,
        IncidentTrouble::Containing,
        IncidentTrouble::Another,
        IncidentTrouble::NotYet,
    ] {
        let name = format!("incident-trouble-{trouble:?}");
        visit(&name, &Incident { trouble: Some(trouble), note: "x".to_owned(), ..page.clone() })?;
    }
    let question = ContainIncident {
        id: 17,
        story: page.story.clone(),
        targets: page.targets.clone(),
        foreseen: Ending { requests: 2, accesses: 1, sessions: 3, devices: 1 },
    };
    visit("incident-contain", &question)?;
    let nothing =
        ContainIncident { foreseen: Ending::default(), targets: TouchedList::default(), ..question };
    visit("incident-contain-nothing", &nothing)
}

fn list(visit: Visit<'_>) -> Result<(), PagesError> {
    let filter = IncidentFilter {
        states: State::ALL.map(State::as_str).to_vec(),
        causes: Cause::ALL.map(Cause::as_str).to_vec(),
        ..IncidentFilter::default()
    };
    let all = [Standing::Open, Standing::Containing, Standing::Contained, Standing::Closed];
    let lines = Cause::ALL.into_iter().zip(all.into_iter().cycle()).zip(1..);
    let line = |((cause, standing), id)| IncidentLine {
        id,
        story: story(cause),
        summary: (cause == Cause::Api).then(|| "Their laptop was stolen.".to_owned()),
        standing,
        opened: moment(90),
    };
    let mut page = Incidents {
        incidents: lines.map(line).collect(),
        filter: filter.clone(),
        older: Some("/operator/incidents?before=1".to_owned()),
        newest: None,
    };
    for nameless in page.incidents.iter_mut().skip(4) {
        nameless.story = Story { person: None, service: None, ..nameless.story.clone() };
    }
    visit("incidents", &page)?;
    visit("incidents-none", &Incidents { incidents: Vec::new(), older: None, ..page.clone() })?;
    let filter = IncidentFilter { search: "alice".to_owned(), state: "open", cause: "reported", ..filter };
    let newest = Some("/operator/incidents?q=alice".to_owned());
    visit("incidents-none-found", &Incidents { incidents: Vec::new(), filter, newest, ..page })
}

/// An incident in each of its states, for somebody who may act and somebody who may not yet.
fn standings(visit: Visit<'_>, page: &Incident) -> Result<(), PagesError> {
    for standing in [Standing::Containing, Standing::Contained, Standing::Closed] {
        let page = Incident { standing, foreseen: None, ..page.clone() };
        visit(&format!("incident-{standing:?}"), &page)?;
    }
    let address = "/sign-in?next=%2Foperator%2Fincidents%2F17&again=1".to_owned();
    visit("incident-look-only", &Incident { acting: Acting::SignInFirst { address }, ..page.clone() })?;
    for cause in Cause::ALL {
        let story = Story { person: None, service: None, ..story(cause) };
        let page = Incident { story, targets: TouchedList::default(), ..page.clone() };
        visit(&format!("incident-cause-{}", cause.as_str()), &page)?;
    }
    Ok(())
}

fn incident() -> Incident {
    let step = |kind, actor, story| IncidentStep { at: moment(90), actor, kind, story, note: None };
    Incident {
        id: 17,
        story: story(Cause::Reported),
        summary: "A person says that they did not start a request of “cellar”.".to_owned(),
        standing: Standing::Open,
        opened: moment(90),
        targets: TouchedList { first: vec![thing(TouchedKind::Crossing, "b8Zr4k3mSzGp1Lh0WqXy2A")], more: 0 },
        seen: TouchedList {
            first: vec![thing(TouchedKind::Person, "alice"), thing(TouchedKind::Address, "192.0.2.7")],
            more: 1,
        },
        ended: TouchedList::default(),
        steps: vec![
            step(StepKind::Opened, StepActor::Rule, None),
            step(StepKind::Joined, StepActor::Rule, Some(story(Cause::CodeRepeated))),
            step(StepKind::Containing, StepActor::Operator("oscar".to_owned()), None),
        ],
        more_steps: 0,
        foreseen: Some(Ending { requests: 1, accesses: 2, sessions: 1, devices: 0 }),
        acting: Acting::Now,
        note: String::new(),
        flash: None,
        trouble: None,
    }
}
