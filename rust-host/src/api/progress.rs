//! A connection whose client takes what is sent to it. One that does not would keep its answer in memory for ever.
//!
//! Only a write that has to wait costs anything here.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// What a client must take in its time; a byte now and then is no progress.
const STEP_BYTES: usize = 64 << 10;

/// See the head of this file.
#[derive(Debug)]
pub struct Progress<S> {
    stream: S,
    time_max: Duration,
    /// Since a write has had to wait: when the time is over, and what was taken since.
    waits: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S: AsyncWrite + Unpin> Progress<S> {
    /// Each step, or the rest of an answer, is to be taken in this time.
    pub fn new(stream: S, time_max: Duration) -> Self {
        Self { stream, time_max, waits: None }
    }

    fn write(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let written = write(Pin::new(&mut self.stream), context);
        match (&written, &mut self.waits) {
            (Poll::Pending, waits) => {
                let time_max = self.time_max;
                let (sleep, _) = waits.get_or_insert_with(|| (Box::pin(tokio::time::sleep(time_max)), 0));
                ready!(sleep.as_mut().poll(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            (Poll::Ready(Ok(bytes)), Some((_, taken))) => {
                *taken += bytes;
                if *taken >= STEP_BYTES {
                    self.waits = None;
                }
            }
            (Poll::Ready(_), _) => {}
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Progress<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Progress<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// All that there was has been written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waits = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const TIME_MAX: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn a_client_that_takes_nothing_or_a_little_is_ended() -> io::Result<()> {
        let (mut client, host) = duplex(1024);
        let mut host = Progress::new(host, TIME_MAX);
        let ended = host.write_all(&[0; 4096]).await.map_err(|error| error.kind());
        assert_eq!(ended, Err(io::ErrorKind::TimedOut));
        let trickle = async {
            loop {
                client.read_u8().await?;
                tokio::time::sleep(TIME_MAX / 10).await;
            }
        };
        let ended: io::Result<()> = tokio::select! {
            ended = host.write_all(&[0; 4096]) => ended,
            ended = trickle => ended,
        };
        assert_eq!(ended.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
        Ok(())
    }

    /// However long the whole of it takes, and however long nothing is sent in between.
    #[tokio::test]
    async fn a_client_that_takes_its_steps_gets_all() -> io::Result<()> {
        let (mut client, host) = duplex(STEP_BYTES / 4);
        let mut host = Progress::new(host, TIME_MAX);
        let answer = vec![7; 8 * STEP_BYTES];
        let read = async {
            let mut read = vec![0; answer.len()];
            for part in read.chunks_mut(STEP_BYTES) {
                client.read_exact(part).await?;
                tokio::time::sleep(TIME_MAX / 3).await;
            }
            io::Result::Ok(read == answer)
        };
        let write = async {
            host.write_all(&answer).await?;
            host.flush().await?;
            tokio::time::sleep(2 * TIME_MAX).await;
            io::Result::Ok(())
        };
        let (read, written) = tokio::join!(read, write);
        written?;
        assert!(read?);
        Ok(())
    }
}
