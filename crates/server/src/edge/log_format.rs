//! What does a log line look like, for people and for machines?
//!
//! Each carries the id of the request that it was written in; no span has to be opened for that.

use serde_json::{Map, Value};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::service::CURRENT;
use crate::config::LogFormat;

/// Lines in this form.
pub(super) struct Lines(pub(super) LogFormat);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // Fails outside of a request.
        let _ = CURRENT.try_with(|current| fields.put("request_id", current.id.as_str().into()));
        match self.0 {
            LogFormat::Human => human(&mut writer, event, &fields),
            LogFormat::Json => json(&mut writer, event, fields),
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    rest: Vec<(&'static str, Value)>,
}

impl Fields {
    fn put(&mut self, name: &'static str, value: Value) {
        self.rest.push((name, value));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), ((value * 1000.0).round() / 1000.0).into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.put(field.name(), value.into());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

fn human(writer: &mut Writer<'_>, event: &Event<'_>, fields: &Fields) -> fmt::Result {
    let metadata = event.metadata();
    let (colour, plain) = match (writer.has_ansi_escapes(), *metadata.level()) {
        (false, _) => ("", ""),
        (_, Level::ERROR) => ("\u{1b}[31m", "\u{1b}[0m"),
        (_, Level::WARN) => ("\u{1b}[33m", "\u{1b}[0m"),
        (_, Level::INFO) => ("\u{1b}[32m", "\u{1b}[0m"),
        _ => ("\u{1b}[2m", "\u{1b}[0m"),
    };
    SystemTime.format_time(writer)?;
    write!(writer, " {colour}{:>5}{plain} {}: ", metadata.level(), metadata.target())?;
    write_printable(writer, &fields.message)?;
    for (name, value) in &fields.rest {
        write!(writer, " {name}=")?;
        match value {
            Value::String(text) if is_one_word(text) => writer.write_str(text)?,
            Value::String(text) => write!(writer, "{text:?}")?,
            value => write!(writer, "{value}")?,
        }
    }
    writeln!(writer)
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\'))
}

/// Writes text so that it cannot begin a line of its own or steer a terminal.
fn write_printable(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    text.chars().try_for_each(|c| {
        if c.is_control() { write!(writer, "{}", c.escape_default()) } else { writer.write_char(c) }
    })
}

fn json(writer: &mut Writer<'_>, event: &Event<'_>, fields: Fields) -> fmt::Result {
    let metadata = event.metadata();
    let mut timestamp = String::new();
    SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
    let mut line = Map::new();
    // A field cannot stand in for what the line says itself.
    line.extend(fields.rest.into_iter().map(|(name, value)| (name.to_owned(), value)));
    line.insert("timestamp".to_owned(), timestamp.into());
    line.insert("level".to_owned(), metadata.level().as_str().to_ascii_lowercase().into());
    line.insert("target".to_owned(), metadata.target().into());
    line.insert("message".to_owned(), fields.message.into());
    let line = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
    writeln!(writer, "{line}")
}
