//! When does somebody not want to be disturbed?

use serde::{Deserialize, Serialize};

const DAY: u16 = 24 * 60;

/// Hours of the day, every day, in a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire")]
pub struct QuietHours {
    /// The first minute of the day that is quiet: 0 to 1439.
    pub from: u16,
    /// The first minute that is not any more; before `from` it is the next day's.
    pub until: u16,
    /// The time zone by its IANA name, such as `Asia/Tokyo`; 64 characters at most.
    pub zone: String,
}

#[derive(Deserialize)]
struct Wire {
    from: u16,
    until: u16,
    zone: String,
}

/// Why hours are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours have two different times of day between 00:00 and 23:59 and the name of a time zone")]
pub struct QuietHoursError;

impl QuietHours {
    /// Hours that make sense. Whether the zone exists is for the caller to know.
    pub fn new(from: u16, until: u16, zone: String) -> Result<Self, QuietHoursError> {
        let fits = from < DAY && until < DAY && from != until && (1..=64).contains(&zone.len());
        if fits { Ok(Self { from, until, zone }) } else { Err(QuietHoursError) }
    }

    /// Whether this minute of the day is quiet.
    pub const fn contains(&self, minute: u16) -> bool {
        if self.from < self.until {
            self.from <= minute && minute < self.until
        } else {
            self.from <= minute || minute < self.until
        }
    }
}

impl TryFrom<Wire> for QuietHours {
    type Error = QuietHoursError;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        Self::new(wire.from, wire.until, wire.zone)
    }
}

/// Quiet hours, and the time of day where they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietTime {
    /// Whose they are.
    pub whose: Whose,
    /// When.
    pub hours: QuietHours,
    /// The minute of the day, now, in their zone.
    pub minute: u16,
}

impl QuietTime {
    /// Whether it is quiet now.
    pub const fn is_now(&self) -> bool {
        self.hours.contains(self.minute)
    }
}

/// Who set quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The person: their devices stay silent, and the request stands in their inbox.
    Person,
    /// The client's registration: it may not ask at all.
    Client,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_goes_over_midnight() {
        let night = QuietHours::new(22 * 60, 7 * 60, "Asia/Tokyo".to_owned()).unwrap();
        for (minute, quiet) in
            [(0, true), (419, true), (420, false), (1319, false), (1320, true), (1439, true)]
        {
            assert_eq!(night.contains(minute), quiet, "{minute}");
        }
        let noon = QuietHours::new(720, 780, "UTC".to_owned()).unwrap();
        assert!(noon.contains(720) && !noon.contains(780) && !noon.contains(0));
    }

    #[test]
    fn hours_that_make_no_sense_are_refused_from_the_store_too() {
        for (from, until, zone) in [(5, 5, "UTC"), (1440, 1, "UTC"), (1, 1440, "UTC"), (1, 2, "")] {
            assert_eq!(QuietHours::new(from, until, zone.to_owned()), Err(QuietHoursError));
        }
        assert!(serde_json::from_str::<QuietHours>(r#"{"from":1,"until":1,"zone":"UTC"}"#).is_err());
    }
}
