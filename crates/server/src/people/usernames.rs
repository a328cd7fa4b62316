//! Is this a user name, and in which form is it kept and compared?

/// The longest user name, in bytes.
pub const MAX_USERNAME: usize = 64;

/// Why a text is no user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsernameRefusal {
    /// Nothing but white space.
    #[error("a user name has at least one character")]
    Empty,
    /// More than [`MAX_USERNAME`] bytes.
    #[error("a user name has at most {MAX_USERNAME} bytes")]
    TooLong,
    /// White space or control characters within.
    #[error("a user name has no white space and no control characters")]
    Unprintable,
}

/// The form in which user names are kept and compared: without white space around it, ASCII letters lowered.
pub fn normalise_username(text: &str) -> Result<String, UsernameRefusal> {
    let name = text.trim();
    if name.is_empty() {
        return Err(UsernameRefusal::Empty);
    }
    if name.len() > MAX_USERNAME {
        return Err(UsernameRefusal::TooLong);
    }
    if name.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(UsernameRefusal::Unprintable);
    }
    Ok(name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_have_one_form() {
        for (typed, kept) in
            [("alice", "alice"), ("  Alice\t", "alice"), ("Müller.A-1_x@b", "müller.a-1_x@b"), ("電", "電")]
        {
            assert_eq!(normalise_username(typed).as_deref(), Ok(kept));
        }
        for (typed, refusal) in [
            ("", UsernameRefusal::Empty),
            (" \n ", UsernameRefusal::Empty),
            ("a b", UsernameRefusal::Unprintable),
            ("a\u{0}b", UsernameRefusal::Unprintable),
            ("a\u{a0}b", UsernameRefusal::Unprintable),
            ("a\r\nb", UsernameRefusal::Unprintable),
            (&"a".repeat(65), UsernameRefusal::TooLong),
        ] {
            assert_eq!(normalise_username(typed), Err(refusal), "{typed:?}");
        }
    }
}
