//! The HTTP edge of Tandem: endpoints, pages, people, keys, configuration, and the command line over them.

pub mod app;
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
pub mod oauth;
pub mod pages;
pub mod people;
pub mod rate_limits;
pub mod routes;
