//! The pages between code and answer.

mod decision;
