//! When may a person be disturbed, and by whom? Their quiet hours and their user code (CIBA Core section 7.1).

use super::browser::SignedIn;
use super::devices::{Failed, Outcome, Sent};
use super::throttle::{Attempted, event};
use crate::app::App;
use crate::pages::views::{DevicesFlash, DevicesTrouble};
use crate::quiet_hours;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tandem_core::oauth::token_family::AuthenticationMethod;
use tandem_core::time::Timestamp;
use tandem_store::{PersonSettings, StoreError};
use tokio::sync::Mutex;

/// A user code has at least so many characters. It is no password: wrong ones are counted, and it lets nobody in.
pub(super) const SHORTEST_USER_CODE: usize = 4;
/// And at most so many: it is said out loud.
pub(super) const LONGEST_USER_CODE: usize = 32;
/// How long after a sign-in with a passkey no password is asked for.
const FRESH: Duration = Duration::from_mins(5);

/// Settings are stored as a whole: two forms of one person, sent at once, must not undo each other.
static CHANGING: Mutex<()> = Mutex::const_new(());

/// With what somebody proves that it is still them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// They just did, with their passkey.
    Given,
    /// With their password.
    Password,
    /// They have none: with their passkey, again.
    SignInAgain,
}

/// What this person must prove before they change their user code.
pub(super) fn proof_of(person: &SignedIn, now: Timestamp) -> Proof {
    let session = &person.session;
    let is_fresh = now.since(session.auth_time) <= FRESH;
    match (session.method, &person.user.password_hash) {
        (AuthenticationMethod::Passkey, _) if is_fresh => Proof::Given,
        (_, Some(_)) => Proof::Password,
        (_, None) => Proof::SignInAgain,
    }
}

/// The names of the time zones to choose from, in their order.
pub(super) fn zones() -> &'static [String] {
    // The regions in which the database names places; the rest are offsets, and names kept for old programs.
    const REGIONS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    static ZONES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let names = jiff::tz::db().available().map(|name| name.as_str().to_owned());
        let is_place =
            |name: &String| name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region));
        let mut zones: Vec<_> = names.filter(is_place).chain(["UTC".to_owned()]).collect();
        zones.sort_unstable();
        zones.dedup();
        zones
    });
    &ZONES
}

/// `quiet-hours`.
pub(super) async fn quiet_hours(app: &App, sent: &Sent<'_>) -> Result<Outcome, Failed> {
    let field = |name| sent.form.get(name).unwrap_or_default();
    let (hours, flash) = match sent.form.get("change") {
        Some("remove") => (None, DevicesFlash::QuietHoursRemoved),
        Some("save") => {
            let (from, until, zone) = (field("from"), field("until"), field("zone"));
            if quiet_hours::read(from, until, "UTC").is_err() {
                return Ok(Outcome::Wrong(DevicesTrouble::TimesInvalid));
            }
            // Spelled as in the list, which the library itself does not insist on.
            let is_listed = zones().iter().any(|known| known == zone);
            match quiet_hours::read(from, until, zone) {
                Ok(hours) if is_listed => (Some(hours), DevicesFlash::QuietHoursSaved),
                _ => return Ok(Outcome::Wrong(DevicesTrouble::ZoneInvalid)),
            }
        }
        _ => return Ok(Outcome::Missing),
    };
    change(app, sent, |settings| settings.quiet_hours = hours).await?;
    Ok(Outcome::Done(flash))
}

/// `user-code`. Whoever finds an unlocked browser must not be able to open the door to requests.
pub(super) async fn user_code(app: &App, sent: &Sent<'_>) -> Result<Outcome, Failed> {
    let code = match sent.form.get("change") {
        Some("remove") => None,
        Some("save") => match usable(sent.form.get("user_code").unwrap_or_default()) {
            Some(code) => Some(code),
            None => return Ok(Outcome::Wrong(DevicesTrouble::UserCodeInvalid)),
        },
        _ => return Ok(Outcome::Missing),
    };
    match proof_of(sent.person, sent.visit.now) {
        Proof::Given => {}
        Proof::SignInAgain => return Ok(Outcome::SignInAgain),
        Proof::Password => {
            if let Some(trouble) = check_password(app, sent).await? {
                return Ok(Outcome::Wrong(trouble));
            }
        }
    }
    let (flash, kind) = match code {
        Some(_) => (DevicesFlash::UserCodeSaved, "user_code_changed"),
        None => (DevicesFlash::UserCodeRemoved, "user_code_removed"),
    };
    let hash = match code {
        Some(code) => Some(app.people.passwords.hash(code).await?),
        None => None,
    };
    let (sub, visit) = (Arc::clone(&sent.person.user.sub), sent.visit);
    app.store.record_event(event(kind, visit.now, Some(sub), visit.address)).await?;
    change(app, sent, |settings| settings.user_code_hash = hash).await?;
    Ok(Outcome::Done(flash))
}

/// A code that people can say: it is kept, and compared, exactly as it is.
fn usable(typed: &str) -> Option<&str> {
    let code = typed.trim();
    let fits = (SHORTEST_USER_CODE..=LONGEST_USER_CODE).contains(&code.chars().count());
    (fits && !code.chars().any(char::is_control)).then_some(code)
}

/// What is wrong with the password, if anything: it is guessed here no faster than where people sign in.
async fn check_password(app: &App, sent: &Sent<'_>) -> Result<Option<DevicesTrouble>, Failed> {
    let (visit, user) = (sent.visit, &sent.person.user);
    let attempted = Attempted { account: Some(&user.username), address: visit.address };
    let throttled = || {
        let wait = attempted.wait(app, visit.now);
        wait.map(|retry_after| DevicesTrouble::TooManyTries { retry_after })
    };
    if let Some(trouble) = throttled() {
        return Ok(Some(trouble));
    }
    let turn = app.people.passwords.turn().await?;
    // Asked again, since others had their turn meanwhile.
    if let Some(trouble) = throttled() {
        return Ok(Some(trouble));
    }
    // The user as the store knows them now: the password may have been changed since the session began.
    let known = app.store.user(&user.sub).await?;
    if turn.verify(known.as_deref(), sent.form.get("password").unwrap_or_default()).await? {
        return Ok(None);
    }
    attempted.failed(app, Some(Arc::clone(&user.sub)), visit.now).await?;
    Ok(Some(DevicesTrouble::PasswordWrong))
}

async fn change(
    app: &App,
    sent: &Sent<'_>,
    make: impl FnOnce(&mut PersonSettings),
) -> Result<(), StoreError> {
    let sub = &sent.person.user.sub;
    let _turn = CHANGING.lock().await;
    let mut settings = PersonSettings::clone(&*app.store.person_settings(sub).await?);
    make(&mut settings);
    app.store.put_person_settings(sub, &settings).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_code_can_be_said() {
        assert_eq!(usable(" blue kettle "), Some("blue kettle"));
        assert!(usable("1234").is_some() && usable(&"電".repeat(LONGEST_USER_CODE)).is_some());
        for typed in ["", "123", "   1  ", "12\t34", "12\n34", &"1".repeat(LONGEST_USER_CODE + 1)] {
            assert_eq!(usable(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn zones_are_places() {
        let zones = zones();
        for zone in ["Asia/Tokyo", "Europe/London", "America/Argentina/Buenos_Aires", "UTC"] {
            assert!(zones.iter().any(|known| known == zone), "{zone}");
            assert!(quiet_hours::read("22:00", "07:00", zone).is_ok(), "{zone}");
        }
        assert!(zones.len() < 600 && zones.is_sorted());
        assert!(
            !zones.iter().any(|zone| zone == "EST" || zone.starts_with("Etc/") || zone.starts_with("US/"))
        );
    }
}
