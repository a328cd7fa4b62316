//! What time is it for somebody, and is that within their quiet hours?

use jiff::tz::TimeZone;
use tandem_core::mitigations::rate_limits::{QuietHours, QuietHoursError, QuietTime, Whose};
use tandem_core::time::Timestamp;

/// Reads hours as people write them: `22:00`, `07:00`, `Asia/Tokyo`.
pub fn read(from: &str, until: &str, zone: &str) -> Result<QuietHours, QuietHoursError> {
    let minute = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        let number = |text: &str, most| {
            let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse::<u16>().ok()).flatten().filter(|n| *n <= most)
        };
        Some(number(hours, 23)? * 60 + number(minutes, 59)?)
    };
    let (from, until) = minute(from).zip(minute(until)).ok_or(QuietHoursError)?;
    // A database of time zones is compiled in, so that a name means the same on every machine.
    TimeZone::get(zone).map_err(|_| QuietHoursError)?;
    QuietHours::new(from, until, zone.to_owned())
}

/// The hours, and what time it is where they hold; `None` if the zone is not known any more.
fn now(hours: &QuietHours, whose: Whose, now: Timestamp) -> Option<QuietTime> {
    let zone = TimeZone::get(&hours.zone).ok()?;
    let instant = jiff::Timestamp::from_millisecond(i64::try_from(now.as_millis()).ok()?).ok()?;
    let local = zone.to_datetime(instant);
    let minute = u16::try_from(local.hour()).ok()? * 60 + u16::try_from(local.minute()).ok()?;
    Some(QuietTime { whose, hours: hours.clone(), minute })
}

/// The hours of a client's registration and of a person, and what time it is where they hold.
pub fn of_both(client: Option<&QuietHours>, person: Option<&QuietHours>, at: Timestamp) -> Vec<QuietTime> {
    let hours = [(client, Whose::Client), (person, Whose::Person)];
    hours.into_iter().filter_map(|(hours, whose)| now(hours?, whose, at)).collect()
}

/// How the hours are written.
pub fn written(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_hold_where_the_person_is() {
        let night = read("22:00", "07:00", "Asia/Tokyo").unwrap();
        // 2027-01-15 08:00:00 UTC is 17:00 in Tokyo.
        let quiet = |secs: u64| {
            now(&night, Whose::Person, Timestamp::from_secs(1_800_000_000 + secs)).unwrap().is_now()
        };
        assert!(!quiet(0));
        assert!(quiet(5 * 3600));
        assert!(!quiet(14 * 3600));
        assert_eq!(written(night.until), "07:00");
    }

    #[test]
    fn what_is_no_time_or_zone_is_refused() {
        for (from, until, zone) in [
            ("24:00", "07:00", "UTC"),
            ("7:00", "08:00", "UTC"),
            ("22:60", "07:00", "UTC"),
            ("+2:00", "07:00", "UTC"),
            ("22:00", "22:00", "UTC"),
            ("22:00", "07:00", "Moon/Crater"),
            ("", "", ""),
        ] {
            assert!(read(from, until, zone).is_err(), "{from} {until} {zone}");
        }
    }
}
