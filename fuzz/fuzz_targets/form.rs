//! Can any bytes crash the form parser, or say two things at once?
#![no_main]

use libfuzzer_sys::fuzz_target;
use tandem_core::oauth::form::{Form, MAX_PARAMETERS};
use tandem_core::oauth::scope::Scope;

const TYPE: Option<&str> = Some("application/x-www-form-urlencoded");

fuzz_target!(|data: &[u8]| {
    let Ok(form) = Form::parse(TYPE, data) else { return };
    let names = data.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).count();
    assert!(names <= MAX_PARAMETERS);
    assert_ne!(form.get("scope"), Some(""), "an empty value counts as absent");
    if let Some(Ok(scope)) = form.get("scope").map(Scope::parse) {
        assert_eq!(Scope::parse(scope.as_str()), Ok(scope.clone()), "parsing again changes nothing");
        assert_eq!(scope.masked(scope.mask_of(&scope)), scope);
    }
});
