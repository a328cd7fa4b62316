//! What does the page of authorization devices show?

use super::browser::SignedIn;
use super::device_channels;
use super::device_settings::{self, LONGEST_USER_CODE, SHORTEST_USER_CODE};
use super::visit::Visit;
use crate::app::App;
use crate::notifications::device_detail::{self, Detail};
use crate::pages::Locale;
use crate::pages::views::{
    AuthorizationDevice as Shown, Channel, Devices, EmailNotices, PasswordField, QuietHours, Reach, Setting,
    TextMessages, UserCode, WebPush,
};
use crate::quiet_hours::written;
use tandem_core::oauth::form::Form;
use tandem_core::time::Timestamp;
use tandem_store::{AuthorizationDevice, DeviceChannel, PersonSettings, StoreError};

/// The most of a mistake that is shown again, in characters.
const MOST_TYPED: usize = 256;

/// The page. `typed` is a form with a mistake: its fields stand as they were typed, but for secrets.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    typed: Option<&Form>,
) -> Result<Devices, StoreError> {
    let user = &person.user;
    let devices = app.store.authorization_devices_of(&user.sub).await?;
    let settings = app.store.person_settings(&user.sub).await?;
    let reaches = |channel| app.notifier.reaches(channel);
    Ok(Devices {
        devices: devices.iter().map(|device| shown(app, device, visit.now)).collect(),
        app: None,
        web_push: reaches(DeviceChannel::WebPush)
            .then(|| WebPush { key: app.keys.vapid.public().to_owned() }),
        email: reaches(DeviceChannel::Email).then(|| email(app, person, &devices)),
        webhook: reaches(DeviceChannel::Webhook).then(|| text_messages(app, &devices, typed)),
        user_code: UserCode {
            state: setting(settings.user_code_hash.is_some()),
            shortest: SHORTEST_USER_CODE as u64,
            longest: LONGEST_USER_CODE as u64,
            password: match device_settings::proof_of(person, visit.now) {
                device_settings::Proof::Password => PasswordField::Asked,
                // Whoever has no password is sent to their passkey when they press the button.
                device_settings::Proof::Given | device_settings::Proof::SignInAgain => {
                    PasswordField::NotNeeded
                }
            },
        },
        quiet_hours: quiet_hours(visit.browser.locale(), &settings, typed),
        flash: None,
        trouble: None,
    })
}

const fn setting(is_set: bool) -> Setting {
    if is_set { Setting::Set } else { Setting::Unset }
}

fn shown(app: &App, device: &AuthorizationDevice, now: Timestamp) -> Shown {
    Shown {
        id: device.id.to_string(),
        name: device_channels::name_of(app, device),
        channel: match device.kind {
            DeviceChannel::App => Channel::App,
            DeviceChannel::WebPush => Channel::WebPush,
            DeviceChannel::Email => Channel::Email,
            DeviceChannel::Webhook => Channel::Webhook,
        },
        added_seconds_ago: now.since(device.created_at).as_secs(),
        used_seconds_ago: device.last_used_at.map(|at| now.since(at).as_secs()),
        reach: if device_detail::is_gone(&app.keys, device) { Reach::Gone } else { Reach::Open },
    }
}

fn email(app: &App, person: &SignedIn, devices: &[AuthorizationDevice]) -> EmailNotices {
    let address = devices.iter().find_map(|device| match device_detail::open(&app.keys, &device.detail) {
        Some(Detail::Email { address }) => Some(address),
        _ => None,
    });
    match (address, device_channels::mailbox(person)) {
        (Some(address), _) => EmailNotices::On { address },
        (None, Some(address)) => EmailNotices::Off { address: address.to_owned() },
        (None, None) => EmailNotices::NoAddress,
    }
}

fn text_messages(app: &App, devices: &[AuthorizationDevice], typed: Option<&Form>) -> TextMessages {
    let known = devices.iter().find_map(|device| device_channels::typed_address(app, device));
    let state = setting(known.is_some());
    let address = typed.and_then(|form| form.get("address")).map(cut).or(known).unwrap_or_default();
    TextMessages { state, address, code: None }
}

fn quiet_hours(locale: Locale, settings: &PersonSettings, typed: Option<&Form>) -> QuietHours {
    let zones = device_settings::zones();
    let known = settings.quiet_hours.as_ref();
    let field = |name: &str| typed.and_then(|form| form.get(name)).map(cut);
    // A proposal: the night, where most who read this language are.
    let proposed = match locale {
        Locale::En => "Europe/London",
        Locale::Ja => "Asia/Tokyo",
    };
    let zone = field("zone").filter(|zone| zones.contains(zone));
    let zone = zone.or_else(|| known.map(|hours| hours.zone.clone())).unwrap_or_else(|| proposed.to_owned());
    QuietHours {
        state: setting(known.is_some()),
        from: field("from").unwrap_or_else(|| written(known.map_or(22 * 60, |hours| hours.from))),
        until: field("until").unwrap_or_else(|| written(known.map_or(7 * 60, |hours| hours.until))),
        zone,
        zones: zones.to_vec(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_TYPED).collect()
}
