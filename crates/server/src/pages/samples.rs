//! What do the pages look like with something on them? One sample of each state of each page.
//!
//! Start-up draws them with an operator's templates to refuse broken ones, and the tests draw them to look at.

mod incidents;
mod steps;
mod whereabouts;

use super::views::{
    Abilities, Access, Account, AppLink, Asker, AuthorizationDevice, Channel, CodeTrouble, Confirm, Decide,
    Decided, DemoCallCenter, DemoHome, DemoItem, DemoPerson, DemoShop, DemoTv, Device, Devices, DevicesFlash,
    DevicesTrouble, Duties, EmailNotices, EndedRequest, EnterCode, Failure, FailureKind, Flash, Help, Home,
    Inbox, InboxList, Lasts, NamedBy, NetworkKind, No, NumberQuestion, OpenRequest, Outcome, Passkey,
    PasswordField, QuietHours, RequestEnd, RequestPage, RequestTrouble, Setting, SignIn, SignInTrouble,
    TextMessages, UserCode, Warning, WebPush, Whereabouts, Why,
};
use super::{Frame, Page, Pages, PagesError, Rendered};
use tandem_core::oauth::device_description::DeviceKind;

/// A page of any sort.
pub trait Sample {
    /// Draws it.
    fn render(&self, pages: &Pages, frame: &Frame<'_>) -> Rendered;
}

impl<P: Page> Sample for P {
    fn render(&self, pages: &Pages, frame: &Frame<'_>) -> Rendered {
        pages.render(self, frame)
    }
}

type Visit<'a> = &'a mut dyn FnMut(&str, &dyn Sample) -> Result<(), PagesError>;

/// Shows every sample with its name to `visit`, until one is refused.
pub fn each(visit: Visit<'_>) -> Result<(), PagesError> {
    visit("home", &Home { demo: false })?;
    visit("home-demo", &Home { demo: true })?;
    visit("help", &Help {})?;
    sign_in(visit)?;
    enter_code(visit)?;
    decide(visit)?;
    decided(visit)?;
    account(visit)?;
    inbox(visit)?;
    request(visit)?;
    devices(visit)?;
    incidents::incidents(visit)?;
    for kind in FailureKind::ALL {
        let name = format!("failure-{}", kind.status());
        visit(&name, &Failure { kind, retry_after: None, next: None })?;
    }
    visit(
        "failure-busy",
        &Failure {
            kind: FailureKind::TooManyRequests,
            retry_after: Some(90),
            next: Some("/device".to_owned()),
        },
    )?;
    let person =
        |name: &str| DemoPerson { username: name.to_owned(), password: format!("{name}-demo-password") };
    let home = DemoHome {
        people: vec![person("alice"), person("bob")],
        operator: person("olga"),
        phone_commands: vec!["tandem-device phone watch".to_owned()],
        client_command: "tandem-device ciba --issuer http://localhost:8080 --client call-center".to_owned(),
    };
    visit("demo", &home)?;
    visit(
        "demo-tv",
        &DemoTv {
            client_id: "tv".to_owned(),
            scope: "openid profile email offline_access".to_owned(),
            asks_for_binding: true,
        },
    )?;
    let callers = ["alice", "bob"].map(str::to_owned).to_vec();
    visit("demo-call-center", &DemoCallCenter { callers, stranger: "carol".to_owned() })?;
    let item = |key: &str, price: &str| DemoItem { key: key.to_owned(), price: price.to_owned() };
    let shop = DemoShop {
        shop: "Harbour Bakery".to_owned(),
        items: vec![item("loaf", "9.80\u{a0}€"), item("buns", "12.40\u{a0}€")],
        total: "22.20\u{a0}€".to_owned(),
    };
    visit("demo-shop", &shop)
}

fn sign_in(visit: Visit<'_>) -> Result<(), PagesError> {
    let page = SignIn { next: "/account".to_owned(), username: String::new(), asked_by: None, trouble: None };
    visit("sign-in", &page)?;
    visit("sign-in-asked", &SignIn { asked_by: Some("Cellar".to_owned()), ..page.clone() })?;
    for (name, trouble) in [
        ("sign-in-wrong", SignInTrouble::Wrong),
        ("sign-in-throttled", SignInTrouble::Throttled { retry_after: 40 }),
        ("sign-in-session", SignInTrouble::SessionExpired),
        ("sign-in-again", SignInTrouble::Again),
        ("sign-in-again-to-act", SignInTrouble::AgainToAct),
        ("sign-in-form", SignInTrouble::FormExpired),
    ] {
        visit(name, &SignIn { username: "alice".to_owned(), trouble: Some(trouble), ..page.clone() })?;
    }
    Ok(())
}

fn enter_code(visit: Visit<'_>) -> Result<(), PagesError> {
    visit("enter-code", &EnterCode { user_code: String::new(), trouble: None })?;
    let wrong_shape = CodeTrouble::WrongShape { letters: "BCDFGHJKLMNPQRSTVWXZ".to_owned(), length: 8 };
    for (name, trouble) in [
        ("enter-code-not-found", CodeTrouble::NotFound),
        ("enter-code-too-many", CodeTrouble::TooManyTries { retry_after: 300 }),
        ("enter-code-shape", wrong_shape),
        ("enter-code-session", CodeTrouble::SessionExpired),
        ("enter-code-form", CodeTrouble::FormExpired),
    ] {
        visit(name, &EnterCode { user_code: "WDJB-MJH0".to_owned(), trouble: Some(trouble) })?;
    }
    Ok(())
}

fn decide(visit: Visit<'_>) -> Result<(), PagesError> {
    let scopes = ["openid", "profile", "email", "offline_access"];
    let page = Decide {
        asker: Asker { name: "Cellar".to_owned(), verified: true },
        device: Device { kind: DeviceKind::Tv, name: Some("Living-room TV".to_owned()) },
        whereabouts: Whereabouts::of_network(NetworkKind::Same, "192.0.2.7"),
        began_seconds_ago: 40,
        abilities: Abilities::of(scopes.map(|scope| (scope, None))),
        less: false,
        lasts: Lasts::UntilTakenBack,
        user_code: "WDJB-MJHT".to_owned(),
        seconds_left: 560,
        warnings: Vec::new(),
        number: None,
        binding: None,
        confirm: None,
        trouble: None,
        crossing: "sample".to_owned(),
    };
    visit("decide-tv", &page)?;
    let many = ["openid", "profile", "email", "phone", "address", "offline_access", "cellar.read"];
    let odd = Decide {
        asker: Asker { name: "Cellar Deluxe Premium Streaming".to_owned(), verified: false },
        whereabouts: Whereabouts::of_network(NetworkKind::Other, "2001:db8:85a3:8d3:1319:8a2e:370:7348"),
        lasts: Lasts::For { seconds: 3600 },
        seconds_left: 45,
        abilities: Abilities::of(
            many.map(|scope| (scope, (scope == "phone").then_some("Ring your phone at any hour"))),
        ),
        warnings: vec![Warning::FirstUse, Warning::OtherNetwork, Warning::Repeated { count: 4 }],
        ..page.clone()
    };
    visit("decide-odd", &odd)?;
    for kind in ["kiosk", "console", "terminal", "computer", "other"] {
        let device = Device { kind: DeviceKind::parse(kind), name: None };
        visit(
            &format!("decide-{kind}"),
            &Decide {
                device,
                whereabouts: Whereabouts::of_network(NetworkKind::Unknown, "192.0.2.7"),
                ..page.clone()
            },
        )?;
    }
    whereabouts::decide(visit, &page)?;
    steps::decide(visit, &page)
}

fn decided(visit: Visit<'_>) -> Result<(), PagesError> {
    let asker = || "Cellar".to_owned();
    for device in ["tv", "kiosk", "console", "terminal", "computer", "other"] {
        let outcome = Outcome::Allowed { asker: asker(), device: DeviceKind::parse(device) };
        visit(&format!("decided-allowed-{device}"), &Decided { outcome })?;
    }
    for (name, outcome) in [
        ("decided-denied", Outcome::Denied { asker: asker() }),
        ("decided-reported", Outcome::Reported { asker: asker() }),
        ("decided-expired", Outcome::Expired),
        ("decided-answered", Outcome::AlreadyAnswered),
        ("decided-request-allowed", Outcome::RequestAllowed { asker: asker() }),
        ("decided-request-denied", Outcome::RequestDenied { asker: asker() }),
        ("decided-request-reported", Outcome::RequestReported { asker: asker() }),
        ("decided-access-reported", Outcome::AccessReported { asker: asker() }),
        ("decided-request-number-wrong", Outcome::RequestNumberWrong { asker: asker() }),
        ("decided-request-binding-wrong", Outcome::RequestBindingWrong { asker: asker() }),
        ("decided-number-wrong", Outcome::NumberWrong { asker: asker() }),
        ("decided-binding-wrong", Outcome::BindingWrong { asker: asker() }),
        ("decided-request-expired", Outcome::RequestExpired),
        ("decided-request-answered", Outcome::RequestAlreadyAnswered),
    ] {
        visit(name, &Decided { outcome })?;
    }
    for why in Why::ALL {
        visit(&format!("refused-{why:?}").to_lowercase(), &Decided { outcome: Outcome::Refused { why } })?;
        let no = No { action: "/inbox/r1".to_owned(), crossing: "sample".to_owned() };
        let no = (why == Why::Apart).then_some(no);
        let sent = Decided { outcome: Outcome::RequestRefused { why, no } };
        visit(&format!("refused-request-{why:?}").to_lowercase(), &sent)?;
    }
    Ok(())
}

fn account(visit: Visit<'_>) -> Result<(), PagesError> {
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

fn inbox(visit: Visit<'_>) -> Result<(), PagesError> {
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

fn request(visit: Visit<'_>) -> Result<(), PagesError> {
    let pick = || NumberQuestion::Pick { choices: ["17", "42", "93"].map(str::to_owned).to_vec() };
    let page = payment();
    visit("request-payment", &page)?;
    whereabouts::request(visit, &page)?;
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

/// The devices page with something of everything on it.
fn all_devices() -> Devices {
    let device = |id: &str, name: &str, channel, used_seconds_ago| AuthorizationDevice {
        id: id.to_owned(),
        name: name.to_owned(),
        channel,
        added_seconds_ago: 40 * 86_400,
        used_seconds_ago,
    };
    Devices {
        devices: vec![
            device("d1", "Alice’s phone", Channel::App, Some(7_200)),
            device("d2", "Firefox on Linux", Channel::WebPush, None),
            device("d3", "alice@example.com", Channel::Email, None),
            device("d4", "+44 20 7946 0000", Channel::Webhook, Some(60)),
        ],
        app: None,
        web_push: Some(WebPush { key: "BPa1-sample".to_owned() }),
        email: Some(EmailNotices::On { address: "alice@example.com".to_owned() }),
        webhook: Some(TextMessages { state: Setting::Set, address: "+44 20 7946 0000".to_owned() }),
        user_code: UserCode { state: Setting::Set, shortest: 4, longest: 32, password: PasswordField::Asked },
        quiet_hours: QuietHours {
            state: Setting::Set,
            from: "22:30".to_owned(),
            until: "07:00".to_owned(),
            zone: "Asia/Tokyo".to_owned(),
            zones: ["Asia/Tokyo", "Europe/London", "UTC"].map(str::to_owned).to_vec(),
        },
        flash: None,
        trouble: None,
    }
}

fn devices(visit: Visit<'_>) -> Result<(), PagesError> {
    let page = all_devices();
    visit("devices", &page)?;
    let user_code =
        UserCode { state: Setting::Unset, password: PasswordField::NotNeeded, ..page.user_code.clone() };
    let empty = Devices {
        devices: Vec::new(),
        email: Some(EmailNotices::NoAddress),
        webhook: Some(TextMessages { state: Setting::Unset, address: String::new() }),
        quiet_hours: QuietHours { state: Setting::Unset, ..page.quiet_hours.clone() },
        user_code,
        ..page.clone()
    };
    visit("devices-empty", &empty)?;
    visit("devices-bare", &Devices { web_push: None, email: None, webhook: None, ..empty.clone() })?;
    let off = EmailNotices::Off { address: "alice@example.com".to_owned() };
    visit("devices-email-off", &Devices { email: Some(off), ..empty })?;
    let code = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_".repeat(3);
    let address = format!("https://login.example.com/authorization-device/register?code={code}");
    let app = AppLink::new(address, 600, "QR code that adds the app").ok();
    visit("devices-app", &Devices { app, ..page.clone() })?;
    for flash in DevicesFlash::ALL {
        visit(&format!("devices-flash-{flash:?}"), &Devices { flash: Some(flash), ..page.clone() })?;
    }
    for (name, trouble) in [
        ("name", DevicesTrouble::NameInvalid { device: "d2".to_owned(), longest: 64 }),
        ("full", DevicesTrouble::TooManyDevices { most: 20 }),
        ("address", DevicesTrouble::AddressInvalid),
        ("user-code", DevicesTrouble::UserCodeInvalid),
        ("password", DevicesTrouble::PasswordWrong),
        ("tries", DevicesTrouble::TooManyTries { retry_after: 300 }),
        ("times", DevicesTrouble::TimesInvalid),
        ("zone", DevicesTrouble::ZoneInvalid),
        ("form", DevicesTrouble::FormExpired),
    ] {
        visit(&format!("devices-trouble-{name}"), &Devices { trouble: Some(trouble), ..page.clone() })?;
    }
    Ok(())
}
