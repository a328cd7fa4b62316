//! Under which name is a request counted and logged? Its route's template, never its path.
//!
//! Paths may hold anything that somebody typed. The templates are known at start, so each has its counters at hand.

use axum::http::StatusCode;
use metrics::{Counter, Histogram, counter, histogram};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use super::metrics::{DURATION, REQUESTS};

/// The name of requests that no route matches.
pub const UNMATCHED: &str = "unmatched";

/// The routes of a router, by their templates in axum's notation: `/token`, `/static/{file}`, `/docs/{*rest}`.
#[derive(Debug)]
pub struct Routes {
    exact: HashMap<&'static str, Route>,
    patterns: Vec<(Vec<Segment>, Route)>,
    unmatched: Route,
}

#[derive(Debug)]
enum Segment {
    Exactly(&'static str),
    Any,
    Rest,
}

/// One route and what is counted of it.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) template: &'static str,
    by_class: [OnceLock<Counter>; CLASSES.len()],
    duration: OnceLock<Histogram>,
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Routes {
    /// The routes with these templates; any other request counts as [`UNMATCHED`]. Made once a process: the
    /// templates stay in memory.
    pub fn new<T: Into<String>>(templates: impl IntoIterator<Item = T>) -> Self {
        let mut routes =
            Self { exact: HashMap::new(), patterns: Vec::new(), unmatched: Route::new(UNMATCHED) };
        for template in templates {
            let template: &'static str = Box::leak(template.into().into_boxed_str());
            if template.contains('{') {
                let segments = template.split('/').map(Segment::parse).collect();
                routes.patterns.push((segments, Route::new(template)));
            } else {
                routes.exact.insert(template, Route::new(template));
            }
        }
        routes
    }

    pub(super) fn find(&self, path: &str) -> &Route {
        if let Some(route) = self.exact.get(path) {
            return route;
        }
        let pattern = self.patterns.iter().find(|(segments, _)| matches(segments, path));
        pattern.map_or(&self.unmatched, |(_, route)| route)
    }
}

impl Segment {
    fn parse(text: &'static str) -> Self {
        match text {
            _ if text.starts_with("{*") => Self::Rest,
            _ if text.starts_with('{') => Self::Any,
            _ => Self::Exactly(text),
        }
    }
}

fn matches(segments: &[Segment], path: &str) -> bool {
    let mut parts = path.split('/');
    for segment in segments {
        match (segment, parts.next()) {
            (Segment::Exactly(expected), Some(part)) if *expected == part => {}
            (Segment::Any, Some(part)) if !part.is_empty() => {}
            (Segment::Rest, Some(part)) => return !part.is_empty() || parts.next().is_some(),
            _ => return false,
        }
    }
    parts.next().is_none()
}

impl Route {
    fn new(template: &'static str) -> Self {
        Self { template, by_class: Default::default(), duration: OnceLock::new() }
    }

    /// Counts an answer.
    pub(super) fn answered(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let (Some(counter), Some(class)) = (self.by_class.get(class), CLASSES.get(class)) {
            let registered =
                counter.get_or_init(|| counter!(REQUESTS, "route" => self.template, "status" => *class));
            registered.increment(1);
        }
        self.duration.get_or_init(|| histogram!(DURATION, "route" => self.template)).record(took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_template_and_strangers_none() {
        let routes = Routes::new(["/", "/token", "/static/{file}", "/a/{id}/b", "/docs/{*rest}"]);
        for (path, template) in [
            ("/", "/"),
            ("/token", "/token"),
            ("/token/", UNMATCHED),
            ("/tokens", UNMATCHED),
            ("/static/app.css", "/static/{file}"),
            ("/static/", UNMATCHED),
            ("/static/a/b", UNMATCHED),
            ("/a/7/b", "/a/{id}/b"),
            ("/a/7/c", UNMATCHED),
            ("/docs/x/y", "/docs/{*rest}"),
            ("/docs/", UNMATCHED),
            ("/static/{file}", "/static/{file}"),
            ("", UNMATCHED),
            ("*", UNMATCHED),
        ] {
            assert_eq!(routes.find(path).template, template, "{path}");
        }
    }
}
