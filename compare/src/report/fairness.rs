//! What a reader has to know to judge the figures: the same for every run.

use std::fmt::Write;

use anyhow::Result;

use crate::store::Run;

/// The last part of the report.
pub(super) fn write(text: &mut String, run: &Run) -> Result<()> {
    writeln!(text, "\n{TEXT}")?;
    writeln!(text, "This run: {}.", run.scale)?;
    Ok(())
}

const TEXT: &str = "## How it is measured

- **The same functions.** All Java targets run the unmodified jars of `functions/samples`. Outside of Flock and OpenWhisk one small class
  (`compare/peers/src/common`) reads the arguments with gson, calls `main` through a method handle and writes the result: the same code under every host.
  The first answer of each function is checked against what it must be.
- **The same client** for all: HTTP/1.1, TCP_NODELAY, requests made beforehand, loopback. Closed loops run on one thread, whatever the number of connections. A
  closed loop asks again only after an answer, so it does not see what a pause would have cost others (coordinated omission); the work *by the clock* does:
  there a wait counts from when the call was due.
- **What calls include.** Flock and OpenWhisk authenticate, count, limit and record every call. The other targets do none of this, and route nothing
  between functions: what they leave out is in their favour.
- **Set-ups.** JVMs of one function have the Serial collector and 256 MB, the best for their size on two cores. `-tuned` adds what a user of a
  stock JDK can do for the start: C1 alone, and an archive of classes from a training run of 200 calls (AppCDS; the AOT cache on 25). Making the archive is not
  counted. Flock has its defaults.
- **Order.** All targets run at the same time, idle unless it is their turn; each case is measured on one after the other, and the order moves by one each
  round. Figures are medians over the rounds, with the smallest and the largest. Each loop has a warm-up before it that is no sample.
- **Two cores** are shared by client and target. A target that uses both cores loses to the client what one with a single thread does not; at many
  connections the client itself is part of the bound, and the floor shows how much. Figures of one run move by tens of percent between runs.
- **Memory** is PSS, so pages that processes share are counted once. OpenWhisk's is not measured: the harness did not start it, so it can neither tell its
  processes from others (a container's may be another user's or on another machine) nor start them anew for each case.

To repeat it: `make compare` (or with `QUICK=1`, about a minute), `OUT=DIR` chooses the folder, `JDK=DIR` the JDK;
`cargo run --release --bin flock-compare -- --help` has the rest. The work `wrk`
compares the harness's client with an independent one where that is on PATH. An OpenWhisk has a run of its own with Flock: `--targets flock,openwhisk,warp`.
";
