//! The floor: warp that echoes, in a process of its own with one worker thread, which on two cores is the faster choice.
//!
//! It is this program again, with a hidden command. It runs no function: no Java host can be faster than what it answers with.

use std::{process::Command, time::Duration};

use anyhow::{Context, Result};
use warp::Filter;

use super::Found;
use crate::{
    client::Place,
    function::Function,
    process::Program,
    target::{About, Setting, Shape, Target},
};

pub(crate) const NAME: &str = "warp";
/// The hidden command.
pub(crate) const COMMAND: &str = "serve-bare-warp";
const START: Duration = Duration::from_secs(20);

/// See the head of this file.
pub(crate) struct Warp {
    setting: Setting,
    running: Option<(Program, std::net::SocketAddr)>,
}

impl Warp {
    #[allow(clippy::unnecessary_wraps, reason = "like the other targets")]
    pub(crate) fn find(setting: &Setting) -> Found {
        Ok(Box::new(Self { setting: setting.clone(), running: None }))
    }
}

/// What the hidden command does, until it is ended.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let echo = warp::post().and(warp::body::bytes()).map(|body: bytes::Bytes| {
            let mut response = warp::http::Response::new(body);
            let json = warp::http::HeaderValue::from_static("application/json");
            response.headers_mut().insert("content-type", json);
            response
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        warp::serve(echo).incoming(listener).run().await;
        Ok(())
    })
}

impl Target for Warp {
    fn name(&self) -> &str {
        NAME
    }

    fn about(&self) -> About {
        let what = "bare warp: an echo, no function; the floor";
        About::new(what, "warp 0.4", "one worker thread".to_owned(), "HTTP and nothing else", Shape::Floor)
    }

    fn start(&mut self) -> Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(COMMAND);
        let mut program = Program::start(&mut command, &self.setting.log(NAME))?;
        let address = program.wait_for("listening on ", START)?.trim().parse().context("address")?;
        self.running = Some((program, address));
        Ok(())
    }

    fn deploy(&mut self, _name: &str, _function: &Function) -> Result<Place> {
        let (_, address) = self.running.as_ref().context("warp does not run")?;
        Ok(Place::post(*address, "/"))
    }

    fn remove(&mut self, _name: &str) -> Result<()> {
        Ok(())
    }

    fn processes(&self) -> Vec<u32> {
        self.running.iter().map(|(program, _)| program.id()).collect()
    }

    fn stop(&mut self) {
        self.running = None;
    }
}
