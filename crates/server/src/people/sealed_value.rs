//! What may a browser carry for us? Small values that it can read but neither change nor keep for long.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tandem_core::digest::{Digest, MacKey};
use tandem_core::time::Timestamp;

/// The longest text that is opened, in bytes: what a cookie can hold.
const MAX_TEXT: usize = 4096;

/// Seals `payload` until `expires_at`. It is not hidden: anybody can read it. `label` keeps uses apart: what was
/// sealed under one does not open under another.
pub fn seal(key: &MacKey, label: &str, payload: &[u8], expires_at: Timestamp) -> String {
    let expires = expires_at.as_millis().to_be_bytes();
    let mut bytes = expires.to_vec();
    bytes.extend_from_slice(mac(key, label, expires, payload).as_bytes());
    bytes.extend_from_slice(payload);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The payload, if this was sealed with the same key and label and is not over. In constant time for the MAC.
pub fn open(key: &MacKey, label: &str, text: &str, now: Timestamp) -> Option<Vec<u8>> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (expires, rest) = bytes.split_first_chunk::<8>()?;
    let (sealed, payload) = rest.split_first_chunk::<32>()?;
    if mac(key, label, *expires, payload) != Digest::from_bytes(*sealed) {
        return None;
    }
    (now < Timestamp::from_millis(u64::from_be_bytes(*expires))).then(|| payload.to_vec())
}

fn mac(key: &MacKey, label: &str, expires: [u8; 8], payload: &[u8]) -> Digest {
    key.mac("sealed value", &[label.as_bytes(), &expires, payload])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);
    const LATER: Timestamp = Timestamp::from_secs(1_060);

    #[test]
    fn opens_only_whole_under_its_label_and_in_its_time() {
        let key = MacKey::new(&[7; 32]);
        let text = seal(&key, "flash", b"revoked tv", LATER);
        assert_eq!(open(&key, "flash", &text, NOW).as_deref(), Some(&b"revoked tv"[..]));
        assert_eq!(open(&key, "flash", &text, LATER), None, "its time is over");
        assert_eq!(open(&key, "crossing", &text, NOW), None, "another use");
        assert_eq!(open(&MacKey::new(&[8; 32]), "flash", &text, NOW), None, "another server");
        assert_eq!(open(&key, "flash", &seal(&key, "flash", b"", LATER), NOW).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn any_changed_character_breaks_it() {
        let key = MacKey::new(&[7; 32]);
        let text = seal(&key, "flash", b"payload", LATER);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                open(&key, "flash", &String::from_utf8(changed).unwrap(), NOW),
                None,
                "character {at}"
            );
        }
        for garbage in ["", "A", "%%%", &text[..20], &format!("{text}A"), &"A".repeat(5_000)] {
            assert_eq!(open(&key, "flash", garbage, NOW), None);
        }
    }
}
