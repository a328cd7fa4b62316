//! Which operations does the admin API have, and where?

use super::call::Right;
use super::{change, contain, list, open, openapi, show};
use crate::app::App;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;

/// Where the incidents are.
pub const INCIDENTS: &str = "/admin/v1/incidents";
/// Where one incident is.
const INCIDENT: &str = "/admin/v1/incidents/{id}";
const CONTAIN: &str = "/admin/v1/incidents/{id}/contain";
const CLOSE: &str = "/admin/v1/incidents/{id}/close";
const REOPEN: &str = "/admin/v1/incidents/{id}/reopen";
/// Where the description of the API is.
pub const OPENAPI: &str = "/admin/v1/openapi.json";

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The description of the others.
    Describe,
    /// Which incidents there are.
    List,
    /// Opens one.
    Open,
    /// All that is known of one.
    Show,
    /// Ends everything that one concerns.
    Contain,
    /// Is done with one.
    Close,
    /// Comes back to a closed one.
    Reopen,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Describe, Self::List, Self::Open, Self::Show, Self::Contain, Self::Close, Self::Reopen];

    /// Its method, as the description writes it.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Describe | Self::List | Self::Show => "get",
            Self::Open | Self::Contain | Self::Close | Self::Reopen => "post",
        }
    }

    /// Its address under the issuer.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Describe => OPENAPI,
            Self::List | Self::Open => INCIDENTS,
            Self::Show => INCIDENT,
            Self::Contain => CONTAIN,
            Self::Close => CLOSE,
            Self::Reopen => REOPEN,
        }
    }

    /// What its callers must be allowed to; `None` where anybody may.
    pub(super) const fn right(self) -> Option<Right> {
        match self {
            Self::Describe => None,
            Self::List | Self::Show => Some(Right::Read),
            Self::Open | Self::Contain | Self::Close | Self::Reopen => Some(Right::Manage),
        }
    }

    /// What answers it.
    pub(super) fn handler(self) -> MethodRouter<Arc<App>> {
        match self {
            Self::Describe => get(openapi::describe),
            Self::List => get(list::list),
            Self::Open => post(open::open),
            Self::Show => get(show::show),
            Self::Contain => post(contain::contain),
            Self::Close => post(change::close),
            Self::Reopen => post(change::reopen),
        }
    }
}
