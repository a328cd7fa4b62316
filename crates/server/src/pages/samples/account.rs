//! What does the account page look like? One sample of each state.

use super::super::views::{Abilities, Access, Account, Asker, Device, Duties, Flash, Passkey};
use super::{PagesError, Visit};
use tandem_core::oauth::device_description::DeviceKind;

pub(super) fn account(visit: Visit<'_>) -> Result<(), PagesError> {
    let access =
        |family: &str, name: &str, verified, kind, device: Option<&str>, used, address: Option<&str>| {
            Access {
                family: family.to_owned(),
                asker: Asker { name: name.to_owned(), verified },
                device: Device { kind, name: device.map(str::to_owned) },
                since_seconds_ago: 3 * 86_400,
                used_seconds_ago: used,
                address: address.map(str::to_owned),
                abilities: Abilities::of(["openid", "profile", "offline_access"].map(|scope| (scope, None))),
            }
        };
    let passkey = |id: &str, name: &str, used_seconds_ago| Passkey {
        id: id.to_owned(),
        name: name.to_owned(),
        added_seconds_ago: 40 * 86_400,
        used_seconds_ago,
    };
    let page = Account {
        access: vec![
            access(
                "f1",
                "Cellar",
                true,
                DeviceKind::Tv,
                Some("Living-room TV"),
                Some(120),
                Some("192.0.2.7"),
            ),
            access("f2", "backup-tool", false, DeviceKind::Terminal, None, None, None),
        ],
        passkeys: vec![passkey("p1", "Phone", Some(7200)), passkey("p2", "Blue key", None)],
        duties: Duties::None,
        flash: None,
    };
    visit("account", &page)?;
    visit("account-empty", &Account { access: Vec::new(), passkeys: Vec::new(), ..page.clone() })?;
    visit("account-operator", &Account { duties: Duties::Operator, ..page.clone() })?;
    for (name, flash) in [
        ("account-revoked", Flash::Revoked { asker: "Cellar".to_owned() }),
        ("account-added", Flash::PasskeyAdded),
        ("account-removed", Flash::PasskeyRemoved),
    ] {
        visit(name, &Account { flash: Some(flash), ..page.clone() })?;
    }
    Ok(())
}
