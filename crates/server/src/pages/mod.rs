//! What do people see? The pages: their words, looks and languages; no sessions, no decisions.
//!
//! A handler fills in one of the [`views`] and hands it to [`Pages::render`] with a [`Frame`]. Words come from
//! `messages/<lang>.ftl`, the structure from `templates/`, both embedded, and an operator's folder may replace
//! them by file name. A page is drawn in two steps: its own template, then the layout around it.

mod education;
mod locale;
mod messages;
#[cfg(test)]
mod plain_language;
mod qr;
pub mod samples;
pub mod static_files;
mod templates;
#[cfg(test)]
mod tests;
pub mod views;
mod words;

pub use locale::Locale;
pub use qr::{MAX_QR_TEXT, QrError, qr_svg};
pub use views::Page;

use messages::Messages;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, context};
use std::path::Path;
use std::sync::Arc;

/// The value of `Content-Security-Policy` on every page: nothing from elsewhere, nothing inline, never in a frame.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Shown if even a shipped template fails: it needs nothing that could fail too.
const LAST_RESORT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Something went wrong</title>\
     <h1>Something went wrong here</h1><p>Nothing was changed. Please try again in a moment.</p>";

/// What all pages say about this server.
#[derive(Debug, Clone)]
pub struct Site {
    /// Who runs it, as people know them: stands in the header and in "verified by".
    pub operator: String,
    /// How a true address of this server begins, for people to compare: `https://login.example.com`.
    pub address: String,
}

/// What a page needs to know of the request that it answers.
#[derive(Debug, Clone, Default)]
pub struct Frame<'a> {
    /// The language to speak.
    pub locale: Locale,
    /// The request's identifier, shown small on failure pages for support.
    pub request_id: &'a str,
    /// The name of the person who is signed in, shown in the header.
    pub signed_in_as: Option<String>,
    /// The CSRF token for the page's forms. A page drawn without one has forms that will be refused.
    pub csrf: Option<String>,
    /// This page's own path and query, for the language switch; `None` leaves the switch out.
    pub here: Option<String>,
}

/// A page that has been drawn.
#[derive(Debug)]
pub struct Rendered {
    /// The document.
    pub html: String,
    /// What went wrong with an operator's template, if the shipped one had to take its place: for the log.
    pub fault: Option<PagesError>,
}

/// Why the pages cannot be set up, or why an operator's template could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A template does not parse, or fails when drawn.
    #[error("template {file}, line {line}: {detail}")]
    Template {
        /// The template's file name.
        file: String,
        /// The line, from 1; 0 if unknown.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// A message file does not parse.
    #[error("messages {file}, line {line}: {detail}")]
    Message {
        /// The message file's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// The folder or a file in it cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The folder or file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder holds a template or message file that no page uses.
    #[error("{file} is not the name of a template or message file of Tandem")]
    UnknownFile {
        /// The file's name.
        file: String,
    },
    /// A template or message file is larger than a megabyte.
    #[error("{file} is too large for a template or message file")]
    FileTooLarge {
        /// The file's name.
        file: String,
    },
}

/// Draws pages. Cheap to share behind an `Arc`; holds no secret.
pub struct Pages {
    messages: Arc<Messages>,
    shipped: Environment<'static>,
    own: Option<Environment<'static>>,
    site: Site,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("site", &self.site)
            .field("own", &self.own.is_some())
            .finish_non_exhaustive()
    }
}

impl Pages {
    /// The shipped pages, with the templates and messages of `override_dir` in place of those of the same name.
    /// Every sample page is drawn once with the operator's files, so that a broken one is refused now.
    pub fn new(override_dir: Option<&Path>, site: Site) -> Result<Self, PagesError> {
        let overrides = override_dir.map(templates::Overrides::read).transpose()?.unwrap_or_default();
        let messages = Arc::new(Messages::new(&overrides.messages)?);
        let shipped = templates::environment(&std::collections::HashMap::new(), &messages)?;
        let own = if overrides.templates.is_empty() {
            None
        } else {
            Some(templates::environment(&overrides.templates, &messages)?)
        };
        let pages = Self { messages, shipped, own, site };
        if pages.own.is_some() {
            samples::each(&mut |_, sample| pages.refuse_if_broken(sample))?;
        }
        Ok(pages)
    }

    /// Draws `page`. If an operator's template fails, the shipped one is drawn and the fault is reported.
    pub fn render(&self, page: &impl Page, frame: &Frame<'_>) -> Rendered {
        let mut fault = None;
        for env in self.own.iter().chain([&self.shipped]) {
            match self.draw(env, page, frame) {
                Ok(html) => return Rendered { html, fault },
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        Rendered { html: LAST_RESORT.to_owned(), fault }
    }

    /// Who runs this server, as people know them.
    pub fn operator(&self) -> &str {
        &self.site.operator
    }

    /// A message in words, for what is said outside pages: `key` of the message files, without variables.
    pub fn words(&self, locale: Locale, key: &str) -> String {
        self.messages.plain(locale, key, &fluent_bundle::FluentArgs::new())
    }

    /// A message in words with values in it, for what is said outside pages. Values are other people's words: they are
    /// made to fit into one line.
    pub fn sentence(&self, locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
        let mut args = fluent_bundle::FluentArgs::new();
        for (name, value) in values {
            args.set((*name).to_owned(), messages::foreign(value));
        }
        self.messages.plain(locale, key, &args)
    }

    /// How long ago something was, in words: "40 seconds ago".
    pub fn ago(&self, locale: Locale, seconds: u64) -> String {
        words::ago(&self.messages, locale, seconds)
    }

    /// A length of time in words: "9 minutes".
    pub fn duration(&self, locale: Locale, seconds: u64) -> String {
        words::duration(&self.messages, locale, seconds)
    }

    fn refuse_if_broken(&self, sample: &dyn samples::Sample) -> Result<(), PagesError> {
        for locale in Locale::ALL {
            let frame = Frame { locale, request_id: "sample", csrf: Some(String::new()), ..Frame::default() };
            if let Some(fault) = sample.render(self, &frame).fault {
                return Err(fault);
            }
        }
        Ok(())
    }

    fn draw<P: Page>(
        &self,
        env: &Environment<'static>,
        page: &P,
        frame: &Frame<'_>,
    ) -> Result<String, PagesError> {
        let step = |name: &str, context: &Value| -> Result<String, Error> {
            env.get_template(name)?.render(context)
        };
        let here = frame.here.as_deref().map(words::local);
        let shared = context! {
            lang => frame.locale.tag(),
            title => Value::from_safe_string(self.messages.html(frame.locale, &page.title_key(), &no_arguments())),
            site => context! { operator => self.site.operator.as_str(), address => self.site.address.as_str() },
            request_id => frame.request_id,
            signed_in_as => frame.signed_in_as.as_deref(),
            csrf => frame.csrf.as_deref().unwrap_or_default(),
            languages => Value::from(Serde(here.map(|here| locale::links(here, frame.locale)).unwrap_or_default())),
            kind => P::TEMPLATE.trim_end_matches(".html").replace('_', "-"),
            failed => P::TEMPLATE == "failure.html",
        };
        let inner = context! { page => Value::from(Serde(page)), ..shared.clone() };
        let body = step(P::TEMPLATE, &inner).map_err(|error| templates::broken(P::TEMPLATE, &error))?;
        let outer = context! { body => Value::from_safe_string(body), ..shared };
        step(P::LAYOUT, &outer).map_err(|error| templates::broken(P::LAYOUT, &error))
    }
}

fn no_arguments() -> fluent_bundle::FluentArgs<'static> {
    fluent_bundle::FluentArgs::new()
}
