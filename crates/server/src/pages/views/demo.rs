//! What shows a newcomer how it all works together?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// `GET /demo`: where the demo begins.
#[derive(Debug, Clone, Serialize)]
pub struct DemoHome {
    /// The people who can sign in.
    pub people: Vec<DemoPerson>,
}

/// Somebody who can sign in to the demo.
#[derive(Debug, Clone, Serialize)]
pub struct DemoPerson {
    /// The user name.
    pub username: String,
    /// The password. The demo's are public.
    pub password: String,
}

/// `GET /demo/tv`: a television that is a real OAuth client of this server, run by `/static/tv.js`. It needs
/// `/demo/qr.svg?text=…` to draw the address that it gets.
#[derive(Debug, Clone, Serialize)]
pub struct DemoTv {
    /// The client identifier.
    pub client_id: String,
    /// The scopes to ask for, separated by spaces.
    pub scope: String,
}

impl Page for DemoHome {
    const TEMPLATE: &'static str = "demo_home.html";

    fn title_key(&self) -> Cow<'static, str> {
        "demo-title".into()
    }
}

impl Page for DemoTv {
    const TEMPLATE: &'static str = "demo_tv.html";
    const LAYOUT: &'static str = "tv_layout.html";

    fn title_key(&self) -> Cow<'static, str> {
        "tv-title".into()
    }
}
