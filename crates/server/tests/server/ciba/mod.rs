//! Requests that come to a person, beyond what the specifications say.

mod decision;
mod fatigue;
mod notices;
mod number_matching;
mod quiet_hours;
mod reach;
mod steps;
