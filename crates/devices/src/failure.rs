//! How can a command end badly, and which exit code says so?

use std::fmt;

/// Why a command did not do what it was told. Each kind has one documented exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The arguments contradict each other or name something unusable.
    Usage(String),
    /// The person said no.
    Denied,
    /// Nobody answered while the request was alive, or within `--timeout`.
    Expired,
    /// An approval was not sent, or not taken: wrong PIN, no confirmation, another number, or a rule of the server.
    NotConfirmed(String),
    /// The request that should be answered is not there any more.
    TooLate(String),
    /// The server could not be reached.
    Network(String),
    /// Ctrl-C, or a request from outside to stop.
    Interrupted,
    /// The server refused (an OAuth error code), or answered with something that is not the protocol.
    Server(String),
    /// A file could not be read or written.
    File(String),
}

impl Failure {
    /// The exit code of a wrong command line.
    pub const USAGE: u8 = 2;

    /// The exit code of the process, as documented in the help of each command.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Server(_) | Self::File(_) => 1,
            Self::Usage(_) => Self::USAGE,
            Self::Denied | Self::NotConfirmed(_) => 3,
            Self::Expired | Self::TooLate(_) => 4,
            Self::Network(_) => 5,
            Self::Interrupted => 130,
        }
    }

    /// One stable word for scripts.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Denied => "access_denied",
            Self::Expired => "expired_token",
            Self::NotConfirmed(_) => "not_confirmed",
            Self::TooLate(_) => "too_late",
            Self::Network(_) => "network",
            Self::Interrupted => "interrupted",
            Self::Server(_) => "server",
            Self::File(_) => "file",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(why)
            | Self::Server(why)
            | Self::File(why)
            | Self::NotConfirmed(why)
            | Self::TooLate(why) => out.write_str(why),
            Self::Network(why) => write!(out, "the server cannot be reached: {why}"),
            Self::Denied => out.write_str("the request was denied on the other device"),
            Self::Expired => out.write_str("nobody answered in time; run the command again to ask anew"),
            Self::Interrupted => out.write_str("interrupted"),
        }
    }
}

impl std::error::Error for Failure {}

/// `text` from a server, made safe for a terminal: control characters (escape sequences, bidirectional overrides)
/// become `?`, and at most `limit` characters are kept.
pub fn printable(text: &str, limit: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().take(limit).map(|c| if hidden(c) { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_documented_exit_code() {
        let text = || "x".to_owned();
        let codes = [
            (Failure::Server(text()), 1),
            (Failure::File(text()), 1),
            (Failure::Usage(text()), 2),
            (Failure::Denied, 3),
            (Failure::Expired, 4),
            (Failure::NotConfirmed(text()), 3),
            (Failure::TooLate(text()), 4),
            (Failure::Network(text()), 5),
            (Failure::Interrupted, 130),
        ];
        for (failure, code) in codes {
            assert_eq!(failure.exit_code(), code, "{failure:?}");
        }
    }

    #[test]
    fn escape_sequences_and_overrides_never_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\r\n", 99), "a?[2Jb?c??");
        assert_eq!(printable("\u{9b}31m", 99), "?31m");
        assert_eq!(printable("abcdef", 3), "abc");
    }
}
