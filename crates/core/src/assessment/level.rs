//! How strongly is a statement of the BCP meant, who meets it, and in which text does it stand?

/// A word of RFC 2119.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// MUST.
    Must,
    /// SHOULD.
    Should,
    /// SHOULD NOT.
    ShouldNot,
    /// RECOMMENDED.
    Recommended,
    /// MAY.
    May,
    /// Guidance without such a word.
    None,
}

impl Level {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::Recommended => "RECOMMENDED",
            Self::May => "MAY",
            Self::None => "guidance",
        }
    }
}

/// Who meets a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The server.
    Server,
    /// Its pages.
    Pages,
    /// Devices and clients.
    Devices,
    /// The operator; the server's part is to ask, check and report.
    Operator,
    /// A formal model.
    Model,
}

impl Who {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Pages => "pages",
            Self::Devices => "devices",
            Self::Operator => "operator",
            Self::Model => "model",
        }
    }
}

/// In which text a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// draft-ietf-oauth-cross-device-security-13.
    Draft,
    /// What came after it.
    Later,
}
