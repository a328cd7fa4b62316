//! What can people read about codes and requests when nobody asks them anything?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// `GET /help/codes`: for everybody, signed in or not. All of it are texts.
#[derive(Debug, Clone, Serialize)]
pub struct Help {}

impl Page for Help {
    const TEMPLATE: &'static str = "help.html";

    fn title_key(&self) -> Cow<'static, str> {
        "help-title".into()
    }
}
