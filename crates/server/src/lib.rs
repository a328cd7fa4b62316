//! The HTTP edge of Tandem: endpoints, pages, people, keys, configuration, and the command line over them.

pub mod app;
pub mod authorization_device;
pub mod ciba;
pub mod clients;
pub mod clock;
pub mod command;
pub mod config;
pub mod demo;
pub mod device_authorization;
pub mod edge;
pub mod effort;
pub mod endpoints;
pub mod home;
pub mod keys;
pub mod network_relation;
pub mod notifications;
pub mod oauth;
pub mod outgoing;
pub mod pages;
pub mod people;
pub mod quiet_hours;
pub mod rate_limits;
pub mod routes;
pub mod web_app;
