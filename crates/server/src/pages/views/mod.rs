//! What does each page need to be told? One struct a page; no words, only facts.
//!
//! Strings that come from people or devices are escaped and isolated by the templates; their callers bound
//! their length. Times are whole seconds before or after now, so that no page needs a clock.

mod account;
mod decide;
mod decided;
mod demo;
mod devices;
mod enter_code;
mod failure;
mod help;
mod home;
mod inbox;
mod incident;
mod incidents;
mod request;
mod sign_in;
mod steps;
mod whereabouts;

pub use account::{Access, Account, Duties, Flash, Passkey};
pub use decide::{Abilities, Ability, Asker, Decide, Device, Lasts, Warning};
pub use decided::{Decided, No, Outcome, Why};
pub use demo::{DemoCallCenter, DemoHome, DemoItem, DemoPerson, DemoShop, DemoTv};
pub use devices::{
    AddressCode, AppLink, AuthorizationDevice, Channel, Devices, DevicesFlash, DevicesTrouble, EmailNotices,
    PasswordField, QuietHours, Reach, Setting, TextMessages, UserCode, WebPush,
};
pub use enter_code::{CodeTrouble, EnterCode};
pub use failure::{Failure, FailureKind};
pub use help::Help;
pub use home::Home;
pub use inbox::{EndedRequest, Inbox, InboxList, OpenRequest, RequestEnd};
pub use incident::{
    Acting, ContainIncident, Ending, Incident, IncidentFlash, IncidentStep, IncidentTrouble, StepActor,
    StepKind, TouchedList, TouchedThing,
};
pub use incidents::{IncidentFilter, IncidentLine, Incidents, Moment, Standing, Story};
pub use request::{NamedBy, RequestPage};
pub use sign_in::{SignIn, SignInTrouble};
pub use steps::{BindingQuestion, Confirm, NumberQuestion, RequestTrouble, ShowPin, Warn, WarnFlow};
pub use whereabouts::{Distance, LocationQuestion, NetworkKind, PlaceName, Places, Whereabouts, rounded};

use serde::Serialize;
use std::borrow::Cow;

/// A page: facts, and the template that says them.
pub trait Page: Serialize {
    /// The template's file name.
    const TEMPLATE: &'static str;
    /// The template around it.
    const LAYOUT: &'static str = "layout.html";

    /// The message that is the page's title and first heading. It takes no variables, so that no code or name
    /// gets into titles and histories.
    fn title_key(&self) -> Cow<'static, str>;

    /// Whether the page may ask the browser where it is. No other page may.
    fn asks_location(&self) -> bool {
        false
    }
}
