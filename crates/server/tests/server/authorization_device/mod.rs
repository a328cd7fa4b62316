//! The API for apps that answer for a person.

mod decision;
mod events;
mod flow;
pub mod phone_app;
mod registration;
mod requests;
