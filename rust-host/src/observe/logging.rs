//! The host's own log, on standard error: text for people, JSON for programs. Functions' output never goes here.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging. The filter is in tracing's language, such as `info` or `flock=debug`.
pub fn start(format: LogFormat, filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("`log.filter` = {filter}: {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(|error| error.to_string())
}
