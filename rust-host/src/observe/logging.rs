//! The host's own log, on standard error: text for people, JSON for programs. Functions' output never goes here.

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::LogFormat;

/// Starts logging. The filter is a level, or levels by module: `warn`, `info,flock=debug`.
pub fn start(format: LogFormat, filter: &str) -> Result<(), String> {
    let filter: Targets = filter.parse().map_err(|error| {
        format!(
            "`log.filter` = {filter}: {error}; it is a level such as info, or a list such as warn,flock=debug"
        )
    })?;
    // The JNI library logs from threads that are just ending, when the logger's thread-locals are gone: that would abort
    // the process.
    let filter = filter.with_target("jni", LevelFilter::OFF);
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => registry.with(layer.with_target(false)).try_init(),
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    }
    .map_err(|error| error.to_string())
}
