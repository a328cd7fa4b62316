//! What do the steps around a yes look like? One sample of each.

use super::super::views::{
    Asker, BindingQuestion, Confirm, Decide, Lasts, NumberQuestion, RequestTrouble, ShowPin, Warn, WarnFlow,
    Warning,
};
use super::{PagesError, Visit};
use tandem_core::oauth::device_description::DeviceKind;

/// The question of a device with everything that policy can ask for, one after the other; the page before it and the one
/// after it.
pub(super) fn decide(visit: Visit<'_>, page: &Decide) -> Result<(), PagesError> {
    let pick = || NumberQuestion::Pick { choices: ["17", "42", "93"].map(str::to_owned).to_vec() };
    let seat = || "Seat".to_owned();
    let confirm = || BindingQuestion::Confirm { label: seat(), text: "14 C".to_owned() };
    let typed = || BindingQuestion::Type { label: seat() };
    let asks = |number: Option<NumberQuestion>, binding: Option<BindingQuestion>, trouble| Decide {
        number,
        binding,
        trouble,
        ..page.clone()
    };
    for (name, page) in [
        ("decide-pick", asks(Some(pick()), None, None)),
        ("decide-type", asks(Some(NumberQuestion::Type), None, None)),
        ("decide-binding", asks(None, Some(confirm()), None)),
        ("decide-binding-type", asks(None, Some(typed()), None)),
        ("decide-pick-binding", asks(Some(pick()), Some(typed()), Some(RequestTrouble::BindingMissing))),
        (
            "decide-number-wrong",
            asks(Some(NumberQuestion::Type), None, Some(RequestTrouble::NumberWrong { tries_left: 2 })),
        ),
        (
            "decide-binding-wrong",
            asks(None, Some(typed()), Some(RequestTrouble::BindingWrong { tries_left: 1 })),
        ),
        ("decide-binding-missing", asks(None, Some(confirm()), Some(RequestTrouble::BindingMissing))),
    ] {
        visit(name, &page)?;
    }
    let address = "/sign-in?next=/device/decision&again=1".to_owned();
    let first = asks(Some(pick()), Some(confirm()), None);
    visit("decide-passkey", &Decide { confirm: Some(Confirm::Passkey { address }), ..first.clone() })?;
    let add = Confirm::AddPasskey { address: "/account".to_owned() };
    visit("decide-add-passkey", &Decide { confirm: Some(add), ..first })?;
    let abilities = super::Abilities::default();
    let lasts = Lasts::NotRenewed { seconds: 120 };
    visit("decide-less", &Decide { less: true, lasts, abilities, ..page.clone() })?;
    warn(visit, &page.asker)?;
    for device in ["tv", "kiosk", "console", "terminal", "computer", "other"] {
        let page = ShowPin {
            action: "/device/decision".to_owned(),
            asker: "Cellar".to_owned(),
            device: DeviceKind::parse(device),
            pin: "482 913".to_owned(),
            seconds_left: 280,
            crossing: "sample".to_owned(),
        };
        visit(&format!("pin-{device}"), &page)?;
    }
    Ok(())
}

fn warn(visit: Visit<'_>, asker: &Asker) -> Result<(), PagesError> {
    let page = |flow, warnings: &[Warning]| Warn {
        action: "/device/decision".to_owned(),
        flow,
        asker: asker.clone(),
        warnings: warnings.to_vec(),
        crossing: "sample".to_owned(),
    };
    visit("warn-device", &page(WarnFlow::Device, &[]))?;
    visit(
        "warn-device-odd",
        &page(WarnFlow::Device, &[Warning::OtherNetwork, Warning::FirstUse, Warning::Troubled]),
    )?;
    visit("warn-request", &page(WarnFlow::Request, &[Warning::Repeated { count: 3 }]))
}
