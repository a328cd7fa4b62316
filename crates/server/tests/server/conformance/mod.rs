//! A named test for each requirement.

mod ciba_core;
mod fapi_ciba;
mod rfc8628;
mod ssf;
