//! By whom or what was something done to an incident?

use std::fmt;

/// Who did it, as the record names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A rule of the server.
    Rule,
    /// An operator at the page, by subject identifier.
    Operator(Box<str>),
    /// Somebody with a shell on the machine.
    Command,
    /// A client of the admin API, by its `client_id`.
    Api(Box<str>),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule => f.write_str("rule"),
            Self::Operator(sub) => write!(f, "operator {sub}"),
            Self::Command => f.write_str("command"),
            Self::Api(client_id) => write!(f, "api {client_id}"),
        }
    }
}
