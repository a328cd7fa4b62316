//! Until when is a certificate good? Read from its DER without judging anything else of it (RFC 5280 section 4.1.2.5).

use std::time::Duration;
use tandem_core::time::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `notAfter` of a certificate; `None` if this is none.
pub fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(der).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, mut rest, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    if let Some((VERSION, _, after)) = element(rest) {
        rest = after;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, _, rest) = element(validity)?;
    let (tag, text, _) = element(rest)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// The first element: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let (bytes, after) =
            rest.split_at_checked(length & 0x7f).filter(|(bytes, _)| matches!(bytes.len(), 1..=4))?;
        length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

fn time(tag: u8, text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u64>().ok();
    let (year, at) = match (tag, digits.len()) {
        // Two digits stand for 1950 to 2049.
        (UTC_TIME, 12) => (number(0, 2).map(|year| if year < 50 { year + 2000 } else { year + 1900 })?, 2),
        (GENERALIZED_TIME, 14) => (number(0, 4)?, 4),
        _ => return None,
    };
    let two = |index: usize| number(at + 2 * index, at + 2 * index + 2);
    let (month, day) = (two(0).filter(|month| (1..=12).contains(month))?, two(1)?.checked_sub(1)?);
    let seconds = two(2)? * 3600 + two(3)? * 60 + two(4)?;
    let since = Duration::from_secs((days_before(year, month)? + day) * 86_400 + seconds);
    Some(Timestamp::from_millis(0).plus(since))
}

/// Days from 1970-01-01 to the first of a month. Years are counted from March, so that the leap day comes last.
fn days_before(year: u64, month: u64) -> Option<u64> {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        let content = parts.concat();
        let length = u8::try_from(content.len()).unwrap();
        let length = if length < 0x80 { vec![length] } else { vec![0x81, length] };
        [vec![tag], length, content].concat()
    }

    fn certificate(tag: u8, until: &str, more: usize) -> Vec<u8> {
        let text = |tag: u8, text: &str| der(tag, &[text.as_bytes().to_vec()]);
        let validity = der(SEQUENCE, &[text(UTC_TIME, "200101000000Z"), text(tag, until)]);
        let version = der(VERSION, &[vec![2, 1, 2]]);
        let issuer = der(SEQUENCE, &[vec![0; more]]);
        let inner = der(SEQUENCE, &[version, vec![2, 1, 9], der(SEQUENCE, &[]), issuer, validity]);
        der(SEQUENCE, &[inner, vec![5, 0]])
    }

    #[test]
    fn the_end_is_read_in_both_notations() {
        for (tag, text, seconds) in [
            (UTC_TIME, "491231235959Z", 2_524_607_999),
            (UTC_TIME, "000229120000Z", 951_825_600),
            (GENERALIZED_TIME, "20500101000000Z", 2_524_608_000),
            (GENERALIZED_TIME, "19700101000000Z", 0),
        ] {
            for more in [0, 100] {
                assert_eq!(
                    not_after(&certificate(tag, text, more)),
                    Some(Timestamp::from_secs(seconds)),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        for (tag, text) in
            [(UTC_TIME, "20500101000000Z"), (UTC_TIME, "491331235959Z"), (0x13, "491231235959Z")]
        {
            assert_eq!(not_after(&certificate(tag, text, 0)), None, "{text}");
        }
        let whole = certificate(UTC_TIME, "491231235959Z", 0);
        // Without its last three bytes the certificate is not whole, and so on.
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
    }
}
