//! RFC 8628, OAuth 2.0 Device Authorization Grant.

mod section_3_1_and_3_2;
mod section_3_3;
mod section_3_4_and_3_5;
mod section_4_5_and_6;
