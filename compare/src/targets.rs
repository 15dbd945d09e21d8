//! All targets, in the order of the report. Each has a file; here is what is looked for.

mod aws;
mod contexts;
pub(crate) mod flock;
pub(crate) mod google;
mod java;
mod openwhisk;
mod proxy;
pub(crate) mod runtime_api;
pub(crate) mod warp;
pub(crate) mod whisk;

use crate::target::{Missing, Setting, Target};

/// A target, or why it is not here.
pub(crate) type Found = Result<Box<dyn Target>, Missing>;

/// All that are known, found or not.
pub(crate) fn all(setting: &Setting) -> Vec<Found> {
    vec![
        flock::Flock::find(setting),
        warp::Warp::find(setting),
        google::Google::find(setting, java::Tuning::Default),
        google::Google::find(setting, java::Tuning::Tuned),
        aws::Aws::find(setting, java::Tuning::Default),
        aws::Aws::find(setting, java::Tuning::Tuned),
        contexts::Contexts::find(setting, &contexts::TOMCAT),
        contexts::Contexts::find(setting, &contexts::JETTY),
        openwhisk::OpenWhisk::find(setting),
        proxy::Proxy::find(setting, false),
        proxy::Proxy::find(setting, true),
    ]
}

/// The targets of a quick run.
pub(crate) const QUICK: [&str; 3] = [flock::NAME, warp::NAME, google::NAME];

/// A jar or program that must be there.
fn need(name: &str, path: &std::path::Path, how: &str) -> Result<(), Missing> {
    if path.exists() {
        return Ok(());
    }
    Err(Missing { name: name.to_owned(), how: format!("{} is missing: {how}", path.display()) })
}
