//! Where do log lines go, which are written, and what never is?
//!
//! To standard error, by level. Lines of this server's own crates only go below `info`: at `debug` and `trace`
//! libraries write what they carry, headers and bodies included, and no filter can be set that lets that through.

use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

use super::log_format::Lines;
use crate::config::{Log, LogFormat};

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is no filter.
    #[error(
        "{from}: a level (error, warn, info, debug, trace) or a filter such as info,tandem_store=debug is accepted"
    )]
    Filter {
        /// Where it was read.
        from: &'static str,
    },
    /// Something else logs in this process.
    #[error("the log was set up before")]
    Twice,
}

/// Sets the log of the process up. The variables TANDEM_LOG and, after it, RUST_LOG go before the configuration.
pub fn init(log: &Log) -> Result<(), LogError> {
    let of = |name: &'static str| {
        std::env::var(name).ok().filter(|text| !text.is_empty()).map(|text| (name, text))
    };
    let (from, filter) =
        of("TANDEM_LOG").or_else(|| of("RUST_LOG")).unwrap_or_else(|| ("log.level", log.level.clone()));
    let subscriber = subscriber(log.format, from, &filter, std::io::stderr, colours())?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Twice)
}

fn colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// What `init` sets up, with any writer; `from` names the filter's origin in the error.
pub fn subscriber<W>(
    format: LogFormat,
    from: &'static str,
    filter: &str,
    writer: W,
    colours: bool,
) -> Result<impl Subscriber + Send + Sync + use<W>, LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter: EnvFilter = EnvFilter::builder().parse(filter).map_err(|_| LogError::Filter { from })?;
    let lines =
        tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours).event_format(Lines(format));
    Ok(Registry::default().with(lines.with_filter(filter.and(filter_fn(may_be_written)))))
}

fn may_be_written(metadata: &Metadata<'_>) -> bool {
    LevelFilter::INFO >= *metadata.level() || is_ours(metadata.target())
}

/// Our crates are called `tandem_…`, and the targets we name ourselves `tandem::…`.
fn is_ours(target: &str) -> bool {
    target
        .strip_prefix("tandem")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_') || rest.starts_with("::"))
}
