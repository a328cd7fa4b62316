//! The HTTP edge of Tandem: endpoints, pages, people, keys, configuration, and the command line over them.

pub mod admin_api;
pub mod app;
pub mod authorization_device;
pub mod ciba;
pub mod clients;
pub mod clock;
pub mod command;
pub mod config;
pub mod content_filter;
pub mod demo;
pub mod device_authorization;
pub mod edge;
pub mod effort;
pub mod endpoints;
pub mod geolocation;
pub mod help;
pub mod home;
pub mod incidents;
pub mod initiator;
pub mod keys;
pub mod notifications;
pub mod oauth;
pub mod opening;
pub mod operators;
pub mod outgoing;
pub mod pages;
pub mod people;
pub mod pin;
pub mod published_keys;
pub mod quiet_hours;
pub mod rate_limits;
pub mod received_signals;
pub mod redemption;
pub mod routes;
pub mod shared_signals;
pub mod signals;
pub mod trusted_devices;
pub mod web_app;
pub mod whereabouts;

/// A flow is made of some 170 small pieces of memory, which several threads hand to each other (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
