//! By which name is a crossing known to the server? By a digest of the secret that only its initiator holds.

use crate::digest::Digest;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How many milliseconds share the first two bytes of their secrets; all 65,536 of them are 17 minutes.
const STEP: u64 = 16;
/// The length of a secret that [`CrossingId::draw_secret`] made.
const SECRET_LENGTH: usize = 46;

/// The name of a crossing: the two bytes with which its device code (or auth_req_id, request URI id …) begins, which say
/// roughly when it was drawn, and 14 bytes of the SHA-256 of the whole. It proves nothing and may stand in logs; whoever
/// knows the secret can compute it, nobody can go back.
///
/// The time is there so that what is written together stands together in the database: an index by names that are
/// random throughout has every commit write as many pages as it has rows. No rule looks at it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CrossingId([u8; 16]);

impl CrossingId {
    /// The secret of a crossing that begins `now`: 256 random bits, behind two bytes of the time.
    pub fn draw_secret(now: Timestamp, random: [u8; 32]) -> String {
        let [.., high, low] = (now.as_millis() / STEP).to_be_bytes();
        let mut bytes = [0; 34];
        let (time, rest) = bytes.split_at_mut(2);
        time.copy_from_slice(&[high, low]);
        rest.copy_from_slice(&random);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The crossing whose initiator holds this secret. A text that was not drawn here says no time, and names no
    /// crossing of ours, unless an earlier version drew it.
    pub fn of_secret(secret: &str) -> Self {
        let digest = Digest::of(secret.as_bytes());
        let mut name = digest.as_bytes().first_chunk().copied().unwrap_or_default();
        if let Some(time) = time_of(secret) {
            name.rotate_right(time.len());
            if let Some((place, _)) = name.split_first_chunk_mut() {
                *place = time;
            }
        }
        Self(name)
    }

    /// The crossing with these 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the text form; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for CrossingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Base64Display::new(&self.0, &URL_SAFE_NO_PAD).fmt(f)
    }
}

impl std::fmt::Debug for CrossingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CrossingId({self})")
    }
}

impl Serialize for CrossingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CrossingId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a crossing id has 16 bytes"))
    }
}

/// The two bytes with which a drawn secret begins.
fn time_of(secret: &str) -> Option<[u8; 2]> {
    let begin = secret.get(..4).filter(|_| secret.len() == SECRET_LENGTH)?;
    let [high, low, _] = URL_SAFE_NO_PAD.decode(begin).ok()?.try_into().ok()?;
    Some([high, low])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(millis: u64, random: u8) -> CrossingId {
        CrossingId::of_secret(&CrossingId::draw_secret(Timestamp::from_millis(millis), [random; 32]))
    }

    #[test]
    fn what_begins_together_has_names_that_stand_together() {
        let begun = 1_000 * STEP;
        let names = [name(begun, 7), name(begun + STEP - 1, 8), name(begun + STEP, 9)];
        let [one, two, next] = names.map(|name| u16::from_be_bytes([name.0[0], name.0[1]]));
        assert_eq!((one, two, next), (1_000, 1_000, 1_001));
        assert_eq!(name(begun + 65_536 * STEP, 7), name(begun, 7), "the time is no more than a place");
    }

    #[test]
    fn a_name_is_of_the_whole_secret() {
        let secret = CrossingId::draw_secret(Timestamp::from_secs(1_700_000_000), [7; 32]);
        assert_eq!(secret.len(), SECRET_LENGTH);
        let id = CrossingId::of_secret(&secret);
        assert_eq!(id.0[2..], Digest::of(secret.as_bytes()).as_bytes()[..14]);
        for at in 0..SECRET_LENGTH {
            let other = if secret.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = secret.clone();
            changed.replace_range(at..=at, other);
            assert_ne!(CrossingId::of_secret(&changed), id, "{at}");
        }
    }

    #[test]
    fn a_text_that_was_not_drawn_here_is_known_by_its_digest_alone() {
        let earlier = URL_SAFE_NO_PAD.encode([7; 32]);
        for text in ["", "one", "é", &earlier, &"é".repeat(23), &"=".repeat(SECRET_LENGTH)] {
            let digest = Digest::of(text.as_bytes());
            assert_eq!(CrossingId::of_secret(text).as_bytes()[..], digest.as_bytes()[..16], "{text}");
        }
    }
}
