//! What must every store do?

mod crossings;
mod families;
mod first_uses;
mod operators;
mod people;
mod races;
