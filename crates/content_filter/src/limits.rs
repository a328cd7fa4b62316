//! What is looked for, and how much is looked at?

/// How much of a message is looked at. What is beyond these limits is not looked at, and said to be [`crate::Skipped`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The whole message, in bytes.
    pub bytes: usize,
    /// Its parts.
    pub parts: usize,
    /// How deep parts may be nested.
    pub depth: usize,
    /// Decoded text, of all parts, in bytes.
    pub text: usize,
    /// Pictures, frames of moving ones and pages' pictures included.
    pub images: usize,
    /// Pixels of one picture.
    pub pixels: u64,
    /// Pixels of all pictures.
    pub all_pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 25 * 1024 * 1024,
            parts: 200,
            depth: 16,
            text: 2 * 1024 * 1024,
            images: 32,
            pixels: 40_000_000,
            all_pixels: 120_000_000,
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The letters that a user code is made of, in upper case.
    pub alphabet: String,
    /// How many of them.
    pub length: usize,
    /// Where verification links and request URIs lead: `https://id.example.com`, no path.
    pub origins: Vec<String>,
    /// Schemes of links that open a wallet, as `openid4vp`: their `request_uri` is looked at.
    pub schemes: Vec<String>,
}
