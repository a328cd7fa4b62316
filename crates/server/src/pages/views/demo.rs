//! What shows a newcomer how it all works together?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// `GET /demo`: where the demo begins.
#[derive(Debug, Clone, Serialize)]
pub struct DemoHome {
    /// The people who can sign in.
    pub people: Vec<DemoPerson>,
    /// Who looks after the demo.
    pub operator: DemoPerson,
    /// Commands that make a terminal the phone, in their order.
    pub phone_commands: Vec<String>,
    /// The command that asks a person from a terminal.
    pub client_command: String,
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
    /// Whether the viewer types something first, which is bound into the request (BCP 6.1.17).
    pub asks_for_binding: bool,
}

/// `GET /demo/call-center`: the screen of somebody who answers calls, run by `/static/ask.js`. Nothing of a caller's
/// record is in it before they consented.
#[derive(Debug, Clone, Serialize)]
pub struct DemoCallCenter {
    /// The user names of people who call.
    pub callers: Vec<String>,
    /// Somebody who calls and has no account.
    pub stranger: String,
}

/// `GET /demo/shop`: the till of a shop, run by `/static/ask.js`.
#[derive(Debug, Clone, Serialize)]
pub struct DemoShop {
    /// The shop's name.
    pub shop: String,
    /// What is on the bill.
    pub items: Vec<DemoItem>,
    /// The sum.
    pub total: String,
}

/// A line of the bill.
#[derive(Debug, Clone, Serialize)]
pub struct DemoItem {
    /// The message that names it, without `till-item-`.
    pub key: String,
    /// The price.
    pub price: String,
}

impl Page for DemoHome {
    const TEMPLATE: &'static str = "demo_home.html";

    fn title_key(&self) -> Cow<'static, str> {
        "demo-title".into()
    }
}

impl Page for DemoTv {
    const TEMPLATE: &'static str = "demo_tv.html";
    const LAYOUT: &'static str = "screen_layout.html";

    fn title_key(&self) -> Cow<'static, str> {
        "tv-title".into()
    }
}

impl Page for DemoCallCenter {
    const TEMPLATE: &'static str = "demo_call_center.html";
    const LAYOUT: &'static str = "screen_layout.html";

    fn title_key(&self) -> Cow<'static, str> {
        "desk-title".into()
    }
}

impl Page for DemoShop {
    const TEMPLATE: &'static str = "demo_shop.html";
    const LAYOUT: &'static str = "screen_layout.html";

    fn title_key(&self) -> Cow<'static, str> {
        "till-title".into()
    }
}
