//! The log lines of one activation, in OpenWhisk's form, bounded in bytes.

use std::time::SystemTime;

use flock_jvm::Stream;

use crate::model::time::timestamp;

/// Lines until the limit, then a notice.
#[derive(Debug)]
pub(super) struct Logs {
    lines: Vec<String>,
    limit_bytes: usize,
    used_bytes: usize,
    is_cut: bool,
    written_bytes: u64,
}

impl Logs {
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self { lines: Vec::new(), limit_bytes, used_bytes: 0, is_cut: false, written_bytes: 0 }
    }

    /// Adds a line, or as much of it as the limit leaves.
    pub(super) fn add(&mut self, stream: Stream, text: &str) {
        self.written_bytes += text.len() as u64 + 1;
        if self.is_cut {
            return;
        }
        let room = self.limit_bytes - self.used_bytes;
        let name = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        // A line counts with its newline.
        if text.len() < room {
            self.used_bytes += text.len() + 1;
            self.lines.push(line(name, text));
            return;
        }
        self.is_cut = true;
        let cut = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        if cut > 0 {
            self.lines.push(line(name, &text[..cut]));
        }
        self.used_bytes = self.limit_bytes;
        self.lines.push(line(
            "stderr",
            &format!(
                "Logs were truncated because the total bytes size exceeds the limit of {} bytes.",
                self.limit_bytes
            ),
        ));
    }

    /// Adds a line of the host, whatever the limit.
    pub(super) fn note(&mut self, text: &str) {
        self.lines.push(line("stderr", text));
    }

    /// Bytes that the function wrote, those beyond the limit included.
    pub(super) fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

fn line(stream: &str, text: &str) -> String {
    format!("{:<30} {stream}: {text}", timestamp(SystemTime::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_form_that_clients_take_apart() {
        let mut logs = Logs::new(100);
        logs.add(Stream::Stdout, "hello");
        let lines = logs.take();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].find(" stdout: hello"), Some(30));
    }

    #[test]
    fn the_limit_cuts_and_says_so_once() {
        let mut logs = Logs::new(10);
        for _ in 0..3 {
            logs.add(Stream::Stderr, "1234ä");
        }
        let lines = logs.take();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].ends_with("stderr: 123"));
        assert!(lines[2].contains("limit of 10 bytes"));
    }

    #[test]
    fn a_limit_of_zero_keeps_nothing_but_the_notice() {
        let mut logs = Logs::new(0);
        logs.add(Stream::Stdout, "x");
        assert_eq!(logs.take().len(), 1);
    }
}
