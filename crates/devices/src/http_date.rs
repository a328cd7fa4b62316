//! What time is it at the server? The `Date` header in the one form that HTTP senders write (RFC 9110 section 5.6.7).

use tandem_core::time::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`. The name of the day is not checked: it says nothing new.
pub fn parse(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.split_once(", ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let &[day, month, year, time, "GMT"] = fields.as_slice() else { return None };
    let times: Vec<u64> = time.split(':').map(|part| number(part, 2)).collect::<Option<_>>()?;
    let &[hour, minute, second] = times.as_slice() else { return None };
    let month = 1 + u64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()?;
    let (day, year) = (number(day, 2)?, number(year, 4)?);
    // A leap second is the next one.
    let fits = (1970..=9999).contains(&year) && (1..=31).contains(&day);
    (fits && hour < 24 && minute < 60 && second <= 60)
        .then(|| Timestamp::from_secs(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second))
}

fn number(text: &str, digits: usize) -> Option<u64> {
    let all = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

/// Days since the first of January 1970. Years are counted from March, so that the day that leap years add is their last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    // From March on, five months have 153 days, again and again.
    let of_months = (153 * months + 2) / 5;
    (of_years + of_months + day - 1).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9110_section_5_6_7_a_date_is_a_moment() {
        for (text, secs) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Fri, 15 Jan 2027 08:00:00 GMT", 1_800_000_000),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ] {
            assert_eq!(parse(text), Some(Timestamp::from_secs(secs)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "now",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:+9:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
