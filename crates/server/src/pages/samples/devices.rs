//! What does the page of devices look like? One sample of each state.

use super::super::views::{
    AddressCode, AppLink, AuthorizationDevice, Channel, Devices, DevicesFlash, DevicesTrouble, EmailNotices,
    PasswordField, QuietHours, Reach, Setting, TextMessages, UserCode, WebPush,
};
use super::{PagesError, Visit};

/// The devices page with something of everything on it.
fn all_devices() -> Devices {
    let device = |id: &str, name: &str, channel, used_seconds_ago| AuthorizationDevice {
        id: id.to_owned(),
        name: name.to_owned(),
        channel,
        added_seconds_ago: 40 * 86_400,
        used_seconds_ago,
        reach: Reach::Open,
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
        webhook: Some(TextMessages {
            state: Setting::Set,
            address: "+44 20 7946 0000".to_owned(),
            code: None,
        }),
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

pub(super) fn devices(visit: Visit<'_>) -> Result<(), PagesError> {
    let page = all_devices();
    visit("devices", &page)?;
    let user_code =
        UserCode { state: Setting::Unset, password: PasswordField::NotNeeded, ..page.user_code.clone() };
    let empty = Devices {
        devices: Vec::new(),
        email: Some(EmailNotices::NoAddress),
        webhook: Some(TextMessages { state: Setting::Unset, address: String::new(), code: None }),
        quiet_hours: QuietHours { state: Setting::Unset, ..page.quiet_hours.clone() },
        user_code,
        ..page.clone()
    };
    visit("devices-empty", &empty)?;
    let mut silent = page.clone();
    for device in silent.devices.iter_mut().filter(|device| device.channel == Channel::WebPush) {
        device.reach = Reach::Gone;
    }
    visit("devices-gone", &silent)?;
    visit("devices-bare", &Devices { web_push: None, email: None, webhook: None, ..empty.clone() })?;
    let off = EmailNotices::Off { address: "alice@example.com".to_owned() };
    visit("devices-email-off", &Devices { email: Some(off), ..empty })?;
    let code = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_".repeat(3);
    let address = format!("https://login.example.com/authorization-device/register?code={code}");
    let app = AppLink::new(address, 600, "QR code that adds the app").ok();
    visit("devices-app", &Devices { app, ..page.clone() })?;
    codes(&page, visit)?;
    for flash in DevicesFlash::ALL {
        visit(&format!("devices-flash-{flash:?}"), &Devices { flash: Some(flash), ..page.clone() })?;
    }
    for (name, trouble) in [
        ("name", DevicesTrouble::NameInvalid { device: "d2".to_owned(), longest: 64 }),
        ("full", DevicesTrouble::TooManyDevices { most: 20 }),
        ("address", DevicesTrouble::AddressInvalid),
        ("code-expired", DevicesTrouble::CodeExpired),
        ("code-spent", DevicesTrouble::CodeSpent),
        ("code-not-sent", DevicesTrouble::CodeNotSent),
        ("codes", DevicesTrouble::TooManyCodes { retry_after: 1_200 }),
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

/// A code was sent to a number: the first, and another; then it was typed wrongly.
fn codes(page: &Devices, visit: Visit<'_>) -> Result<(), PagesError> {
    let with = |state, trouble| {
        let address = "+44 20 7946 0001".to_owned();
        let code =
            AddressCode { address: address.clone(), verification: "AbC".repeat(200), seconds_left: 600 };
        let webhook = Some(TextMessages { state, address, code: Some(code) });
        Devices { webhook, trouble, ..page.clone() }
    };
    visit("devices-code", &with(Setting::Set, None))?;
    visit("devices-code-first", &with(Setting::Unset, None))?;
    for (name, trouble) in [
        ("shape", DevicesTrouble::CodeInvalid),
        ("wrong", DevicesTrouble::CodeWrong { tries_left: 4 }),
        ("last", DevicesTrouble::CodeWrong { tries_left: 1 }),
    ] {
        visit(&format!("devices-code-{name}"), &with(Setting::Set, Some(trouble)))?;
    }
    Ok(())
}
