//! A request body that knows how far it has got, with a progress bar on stderr.
//!
//! The bar appears when the upload is not done after a second, and only where the caller says that
//! stderr is a terminal. It is gone when the body has been read or dropped.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);
/// Small enough for a bar that moves, large enough not to matter.
const CHUNK_BYTES: usize = 64 << 10;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Shown,
    Hidden,
}

pub(crate) struct Upload<'a> {
    rest: &'a [u8],
    total_bytes: usize,
    progress: Progress,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(bytes: &'a [u8], progress: Progress) -> Upload<'a> {
        Upload { rest: bytes, total_bytes: bytes.len(), progress, started: Instant::now(), bar: None }
    }

    fn report(&mut self) {
        if self.rest.is_empty() {
            self.clear();
            return;
        }
        if self.bar.is_none() && self.progress == Progress::Shown {
            if self.started.elapsed() < PATIENCE {
                return;
            }
            let style =
                ProgressStyle::with_template("uploading [{bar:30}] {bytes} of {total_bytes}, {eta} left");
            let bar = ProgressBar::new(self.total_bytes as u64);
            self.bar = Some(match style {
                Ok(style) => bar.with_style(style.progress_chars("=> ")),
                Err(_) => bar,
            });
        }
        if let Some(bar) = &self.bar {
            bar.set_position((self.total_bytes - self.rest.len()) as u64);
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Read for Upload<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(CHUNK_BYTES);
        let count = self.rest.read(&mut buffer[..most])?;
        self.report();
        Ok(count)
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_arrive_in_order() {
        let bytes: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        let mut copy = Vec::new();
        let read = Upload::new(&bytes, Progress::Hidden).read_to_end(&mut copy);
        assert_eq!(read.ok(), Some(bytes.len()));
        assert_eq!(copy, bytes);
    }

    #[test]
    fn a_bar_appears_after_a_second_and_goes_with_the_last_byte() {
        let bytes = vec![0; 3 * CHUNK_BYTES];
        let mut upload = Upload::new(&bytes, Progress::Shown);
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut read = |upload: &mut Upload<'_>| upload.read(&mut buffer).ok();
        read(&mut upload);
        assert!(upload.bar.is_none());
        upload.started -= PATIENCE;
        read(&mut upload);
        let position = upload.bar.as_ref().map(ProgressBar::position);
        assert_eq!(position, Some(2 * CHUNK_BYTES as u64));
        read(&mut upload);
        assert!(upload.bar.is_none());
    }
}
