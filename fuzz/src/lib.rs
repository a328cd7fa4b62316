//! Which panics end a fuzz target, and which are the content filter's to catch?

use std::collections::HashSet;
use std::panic;
use std::sync::{Mutex, PoisonError};

/// libFuzzer's hook ends the process at every panic, caught or not. Decoders of pictures panic, which the content filter
/// takes for a damaged file: theirs are printed, once for each place, and go on; one that nobody catches ends the process
/// nevertheless. What panics in our own crates is never meant to be caught, and ends it at once.
pub fn let_decoders_panic() {
    let ends = panic::take_hook();
    let known = Mutex::new(HashSet::new());
    panic::set_hook(Box::new(move |info| match info.location() {
        Some(place) if place.file().contains("/registry/src/") => {
            let at = (place.file().to_owned(), place.line());
            if known.lock().unwrap_or_else(PoisonError::into_inner).insert(at) {
                eprintln!("a library panicked: {info}");
            }
        }
        _ => ends(info),
    }));
}
