//! What can be found in a message, and what can be in the way of looking?

use serde::{Deserialize, Serialize};

/// What came of looking at a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// What was found, each once for each part and form.
    pub finds: Vec<Find>,
    /// What was seen and not looked at, or not to the end.
    pub skipped: Vec<Skipped>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Find {
    /// What.
    pub what: What,
    /// In which part: `1.2` is the second part of the first. `0` where there are no parts.
    pub part: String,
    /// How it stood there.
    pub form: Form,
}

/// What belongs to a cross-device flow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Letters that may be a user code, without separators. Whether it is live the server knows.
    UserCode(String),
    /// A link to one of the watched origins.
    Link(String),
    /// The address of a request for a wallet, at one of the watched origins.
    RequestUri(String),
}

/// How something stood in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// In plain text.
    Text,
    /// In the words of HTML.
    Html,
    /// In the address of a link.
    Link,
    /// In a header.
    Header,
    /// In the name of a file.
    FileName,
    /// In a QR code.
    QrCode,
}

/// What was seen and not looked at, or not to the end. What the filter does not know as a place for codes is not told:
/// `docs/content-filter-detection.md` names such places.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skipped {
    /// More bytes than are looked at.
    TooLarge {
        /// Which part; `0` is the message.
        part: String,
    },
    /// Nested too deep.
    TooDeep {
        /// Which part.
        part: String,
    },
    /// More parts than are looked at.
    TooManyParts,
    /// More pictures than are looked at.
    TooManyImages,
    /// More pixels than are looked at.
    TooManyPixels {
        /// Which part.
        part: String,
    },
    /// Not what it says it is.
    Undecodable {
        /// Which part.
        part: String,
        /// Why, in words without any of its content.
        why: String,
    },
    /// Nobody without a key can read it.
    Encrypted {
        /// Which part.
        part: String,
    },
    /// More possible codes and links than are looked up.
    TooManyCandidates,
    /// Something that is opened with other programs: an archive, an office document, a film.
    NotLookedInto {
        /// Which part.
        part: String,
        /// What it is: `archive`, `office document`, `audio or video`, `tnef`, `cms`, `message elsewhere`, `binary`.
        kind: String,
    },
    /// The time was over.
    OutOfTime,
}
