//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Measures Flock beside other ways to run Java functions: the same functions, the same client, one run.
///
/// Every target that is found is started, given the same work in turn, and stopped. The folder of --out gets results.jsonl (raw
/// data), RESULTS.md (tables, ratios, what was done how) and plots as SVG. A run that was stopped goes on from results.jsonl when
/// the same command is given again. Run it in the project's folder, after `make build` and `gradle :peers:peers`; `make compare`
/// does all of this.
///
/// Exit codes: 0 all results are there; 1 results are missing, each is named; 2 the command line is wrong; 3 it was stopped.
#[derive(Debug, Parser)]
#[command(name = "flock-compare", version, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Hidden>,

    /// The folder for the results
    #[arg(long, value_name = "DIR", default_value = "compare-results")]
    pub(crate) out: PathBuf,

    /// A run of about a minute that looks whether every part works: flock, warp and google only, one round, few samples
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only these targets, by name, separated by commas; each must be there
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) targets: Vec<String>,

    /// Only this work, by name, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) work: Vec<String>,

    /// Rounds; medians are over them [default: 3, quick 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: Option<u32>,

    /// No measurement begins after so many minutes [default: 180, quick 10]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub(crate) minutes: Option<u64>,

    /// The JDK for all targets [default: JAVA_HOME, then that of java on PATH]
    #[arg(long, value_name = "DIR")]
    pub(crate) jdk: Option<PathBuf>,

    /// An OpenWhisk host that runs already, for the target openwhisk
    #[arg(long, value_name = "URL", requires = "openwhisk_key", env = "FLOCK_COMPARE_OPENWHISK_URL")]
    pub(crate) openwhisk_url: Option<String>,

    /// Its key
    #[arg(long, value_name = "UUID:KEY", env = "FLOCK_COMPARE_OPENWHISK_KEY", hide_env_values = true)]
    pub(crate) openwhisk_key: Option<String>,

    /// The command that starts OpenWhisk's Java action proxy, for the targets proxy and proxy-kept; {port} in it becomes a free
    /// port; words are separated by spaces, there is no shell
    #[arg(long, value_name = "COMMAND", env = "FLOCK_COMPARE_PROXY")]
    pub(crate) proxy: Option<String>,

    /// Forgets what --out holds and begins anew
    #[arg(long)]
    pub(crate) fresh: bool,

    /// Lists targets, found and missing, and all work, and ends
    #[arg(long)]
    pub(crate) list: bool,
}

/// What this program is when it serves for itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Hidden {
    /// The floor: an echo
    #[command(hide = true, name = crate::targets::warp::COMMAND)]
    Warp,
    /// AWS's Runtime API
    #[command(hide = true, name = crate::targets::runtime_api::COMMAND)]
    RuntimeApi,
}
