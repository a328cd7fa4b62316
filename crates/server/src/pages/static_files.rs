//! Which files do the pages need besides themselves? Style sheets, scripts and the icon, from inside the binary.

use std::sync::LazyLock;
use tandem_core::digest::Digest;

/// A file served below `/static/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaticFile {
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The file itself.
    pub bytes: &'static [u8],
    /// The value of `ETag`, quotes included: a digest of the bytes.
    pub etag: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const PNG: &str = "image/png";

static FILES: LazyLock<Vec<(&'static str, StaticFile)>> = LazyLock::new(|| {
    let shipped: [(&str, &str, &[u8]); 14] = [
        ("tandem.css", CSS, include_bytes!("../../static/tandem.css")),
        ("tv.css", CSS, include_bytes!("../../static/tv.css")),
        ("passkey.js", JS, include_bytes!("../../static/passkey.js")),
        ("tv.js", JS, include_bytes!("../../static/tv.js")),
        ("desk.css", CSS, include_bytes!("../../static/desk.css")),
        ("till.css", CSS, include_bytes!("../../static/till.css")),
        ("ask.js", JS, include_bytes!("../../static/ask.js")),
        ("location.js", JS, include_bytes!("../../static/location.js")),
        ("inbox.js", JS, include_bytes!("../../static/inbox.js")),
        ("web-push.js", JS, include_bytes!("../../static/web-push.js")),
        ("service-worker.js", JS, include_bytes!("../../static/service-worker.js")),
        ("icon-192.png", PNG, include_bytes!("../../static/icon-192.png")),
        ("icon-512.png", PNG, include_bytes!("../../static/icon-512.png")),
        ("favicon.svg", "image/svg+xml", include_bytes!("../../static/favicon.svg")),
    ];
    let file = |(name, content_type, bytes): (&'static str, &'static str, &'static [u8])| {
        // Made once for the life of the process, so that an answer can borrow it.
        let etag: &'static str = format!("\"{}\"", Digest::of(bytes)).leak();
        (name, StaticFile { content_type, bytes, etag })
    };
    shipped.into_iter().map(file).collect()
});

/// The file at `path`, which is what follows `/static/`; `None` for anything else (no folder is ever read).
pub fn get(path: &str) -> Option<StaticFile> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, file)| *file)
}

/// The address of a file with the beginning of its digest, so that browsers may keep it for good and still see
/// a new one after an upgrade.
pub fn address(name: &str) -> String {
    let version = get(name).and_then(|file| file.etag.get(1..13)).unwrap_or_default();
    format!("/static/{name}?v={version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shipped_files_are_found() {
        let css = get("tandem.css").unwrap();
        assert_eq!(css.content_type, CSS);
        assert!(css.etag.starts_with('"') && css.etag.ends_with('"') && css.etag.len() > 20);
        for outside in ["", "/", "../Cargo.toml", "tandem.css/", "TANDEM.CSS", "%2e%2e/x"] {
            assert_eq!(get(outside), None, "{outside}");
        }
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for (name, file) in FILES.iter() {
            let text = String::from_utf8_lossy(file.bytes).replace("http://www.w3.org/", "");
            for outside in ["http://", "https://", "@import", "url("] {
                assert!(!text.contains(outside), "{name} has {outside}");
            }
        }
    }
}
