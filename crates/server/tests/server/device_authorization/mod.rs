//! The pages between code and answer.

mod decision;
mod steps;
