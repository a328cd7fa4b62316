//! Can any text crash the user code parser, or be read as a code that is shown otherwise?
#![no_main]

use libfuzzer_sys::fuzz_target;
use tandem_core::device_authorization::user_code::{ALPHABET, UserCode};
use tandem_core::oauth::device_description::{MAX_NAME, clean_name};

fuzz_target!(|text: &str| {
    if let Ok(code) = UserCode::parse(text) {
        let shown = code.display();
        assert_eq!(UserCode::parse(&shown), Ok(code));
        assert!(shown.bytes().all(|b| b == b'-' || ALPHABET.contains(&b)));
    }
    if let Some(name) = clean_name(text) {
        assert!(name.chars().count() <= MAX_NAME);
        assert!(!name.chars().any(char::is_control));
        assert_eq!(clean_name(&name).as_deref(), Some(&*name), "a clean name stays");
    }
});
