//! What do the inbox and the requests in it look like? One sample of each state.

use super::super::views::{
    Abilities, Asker, Confirm, Device, EndedRequest, Inbox, InboxList, Lasts, NamedBy, NetworkKind,
    NumberQuestion, OpenRequest, RequestEnd, RequestPage, RequestTrouble, Warning, Whereabouts,
};
use super::{PagesError, Visit};
use tandem_core::oauth::device_description::DeviceKind;

pub(super) fn inbox(visit: Visit<'_>) -> Result<(), PagesError> {
    let ended = |asker: &str, end, began_seconds_ago| EndedRequest {
        asker: asker.to_owned(),
        end,
        began_seconds_ago,
        pin: (end == RequestEnd::Approved).then(|| "r9".to_owned()),
    };
    let page = Inbox {
        open: vec![
            OpenRequest {
                id: "r1".to_owned(),
                asker: Asker { name: "Cellar".to_owned(), verified: true },
                headline: Some("Pay 34.50\u{a0}€ to Cellar?".to_owned()),
                binding_message: Some("Till 3, W4K9".to_owned()),
                began_seconds_ago: 12,
                seconds_left: 108,
            },
            OpenRequest {
                id: "r2".to_owned(),
                asker: Asker { name: "Helping Hands call centre".to_owned(), verified: false },
                headline: None,
                binding_message: None,
                began_seconds_ago: 70,
                seconds_left: 50,
            },
        ],
        ended: vec![
            ended("Cellar", RequestEnd::Approved, 600),
            ended("Cellar", RequestEnd::Denied, 900),
            ended("Somebody with a rather long name Ltd.", RequestEnd::Reported, 5_000),
            ended("Cellar", RequestEnd::Expired, 9_000),
        ],
    };
    visit("inbox", &page)?;
    visit("inbox-empty", &Inbox::default())?;
    visit("inbox-over", &Inbox { open: Vec::new(), ..page.clone() })?;
    visit("part-inbox", &InboxList(page))?;
    visit("part-inbox-empty", &InboxList(Inbox::default()))
}

/// A payment to be allowed.
fn payment() -> RequestPage {
    RequestPage {
        id: "r1".to_owned(),
        asker: Asker { name: "Cellar".to_owned(), verified: true },
        details: vec!["Pay 34.50\u{a0}€ to Cellar?".to_owned()],
        binding_message: Some("Till 3, W4K9".to_owned()),
        device: Device { kind: DeviceKind::Kiosk, name: Some("Till 3, High Street".to_owned()) },
        whereabouts: Whereabouts::of_network(NetworkKind::Other, "192.0.2.7"),
        began_seconds_ago: 12,
        named_by: NamedBy::LoginHint,
        abilities: Abilities::of([("openid", None)]),
        less: false,
        lasts: Lasts::For { seconds: 600 },
        seconds_left: 108,
        warnings: Vec::new(),
        number: None,
        binding: None,
        confirm: None,
        trouble: None,
        crossing: "sample".to_owned(),
    }
}

pub(super) fn request(visit: Visit<'_>) -> Result<(), PagesError> {
    let pick = || NumberQuestion::Pick { choices: ["17", "42", "93"].map(str::to_owned).to_vec() };
    let page = payment();
    visit("request-payment", &page)?;
    super::whereabouts::request(visit, &page)?;
    let plain = vec!["Pay 34.50\u{a0}€ to Cellar".to_owned()];
    visit("request-statement", &RequestPage { details: plain, ..page.clone() })?;
    visit("request-pick", &RequestPage { number: Some(pick()), ..page.clone() })?;
    visit("request-type", &RequestPage { number: Some(NumberQuestion::Type), ..page.clone() })?;
    let consent = RequestPage {
        asker: Asker { name: "Helping Hands call centre".to_owned(), verified: false },
        details: Vec::new(),
        device: Device::default(),
        named_by: NamedBy::LoginHintToken,
        abilities: Abilities::of(
            ["openid", "profile", "email", "phone", "address", "offline_access", "records"]
                .map(|scope| (scope, (scope == "records").then_some("Open your member record"))),
        ),
        warnings: vec![
            Warning::FirstUse,
            Warning::OtherNetwork,
            Warning::Repeated { count: 4 },
            Warning::QuietHours,
        ],
        ..page.clone()
    };
    visit("request-consent", &RequestPage { warnings: Vec::new(), ..consent.clone() })?;
    visit("request-odd", &consent)?;
    let address = "/sign-in?next=/inbox/r1&again=1".to_owned();
    visit(
        "request-passkey",
        &RequestPage { confirm: Some(Confirm::Passkey { address }), number: Some(pick()), ..page.clone() },
    )?;
    let add = Confirm::AddPasskey { address: "/account".to_owned() };
    visit("request-add-passkey", &RequestPage { confirm: Some(add), binding_message: None, ..page.clone() })?;
    let several = vec![
        "Send 1,200.00 € to Nordlys Reiser AS, account NO93 8601 1117 947, on the first of each month, beginning in March"
            .to_owned(),
        "See the balance of the account “Household”".to_owned(),
    ];
    let several = RequestPage { details: several, named_by: NamedBy::IdTokenHint, ..page.clone() };
    visit("request-several", &several)?;
    let long = several.details.iter().take(1).cloned().collect();
    visit("request-long", &RequestPage { details: long, ..several })?;
    for (name, number, trouble) in [
        ("request-number-missing", Some(pick()), RequestTrouble::NumberMissing),
        ("request-number-wrong", Some(NumberQuestion::Type), RequestTrouble::NumberWrong { tries_left: 1 }),
        ("request-number-wrong-pick", Some(pick()), RequestTrouble::NumberWrong { tries_left: 2 }),
        ("request-form", None, RequestTrouble::FormExpired),
    ] {
        visit(name, &RequestPage { number, trouble: Some(trouble), ..page.clone() })?;
    }
    Ok(())
}
