//! What does somebody see who comes without a request?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// `GET /`: the two things that one can do here.
#[derive(Debug, Clone, Serialize)]
pub struct Home {
    /// Whether this server runs the demo, and links to it.
    pub demo: bool,
}

impl Page for Home {
    const TEMPLATE: &'static str = "home.html";

    fn title_key(&self) -> Cow<'static, str> {
        "home-title".into()
    }
}
