//! A stream that gives up on who takes nothing for too long, or says nothing to begin with.
//!
//! hyper has no limit for either: a held body would stay in memory as long as its client likes, and
//! a client that never says which version it speaks would keep its place for ever.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What a connection over HTTP/2 begins with: as long as a client has said a part of it, nobody
/// knows what it speaks.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream with a limit on how long a write may wait, and the end of one.
#[derive(Debug)]
pub struct Patient<S> {
    stream: S,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    /// Until its first words are said.
    silent: Option<Silent>,
}

#[derive(Debug)]
struct Silent {
    until: Pin<Box<Sleep>>,
    /// How much of the preface came.
    said: usize,
}

impl<S> Patient<S> {
    /// A stream whose reader must take something within that time.
    pub fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            waiting: None,
            silent: None,
        }
    }

    /// The same where the other side must also say what it speaks within that time.
    pub fn beginning(mut self, within: Duration) -> Self {
        self.silent = Some(Silent {
            until: Box::pin(sleep(within)),
            said: 0,
        });
        self
    }

    fn check<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waiting = None;
            return polled;
        }
        let patience = self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some(silent) = &mut self.silent else {
            return polled;
        };
        let read = buffer.filled().get(before..).unwrap_or_default();
        let rest = PREFACE.get(silent.said..).unwrap_or_default();
        if !rest.starts_with(read) || read.len() == rest.len() {
            self.silent = None;
            return polled;
        }
        silent.said += read.len();
        match (polled, silent.until.as_mut().poll(context)) {
            (Poll::Pending, Poll::Ready(())) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            (polled, _) => polled,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.check(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.check(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.check(polled, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(context);
        self.check(polled, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_ends_the_connection() {
        let (near, mut far) = tokio::io::duplex(8);
        let mut near = Patient::new(near, Duration::from_secs(5));
        near.write_all(b"12345678").await.unwrap();
        let late = near.write_all(b"9").await.unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        let mut taken = [0; 8];
        far.read_exact(&mut taken).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_begin_ends_the_connection() {
        let second = Duration::from_secs(1);
        for (said, is_ended) in [
            ("", true),
            ("P", true),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", true),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false),
            ("G", false),
            ("PUT", false),
        ] {
            let (near, mut far) = tokio::io::duplex(64);
            let mut near = Patient::new(near, second).beginning(second);
            far.write_all(said.as_bytes()).await.unwrap();
            let mut read = Vec::new();
            let read = tokio::time::timeout(10 * second, near.read_to_end(&mut read)).await;
            let timed_out = |read: io::Result<usize>| read.unwrap_err().kind();
            let ended = read.ok().map(timed_out);
            assert_eq!(ended, is_ended.then_some(io::ErrorKind::TimedOut), "{said}");
        }
    }

    /// A stream that takes everything and does not end.
    struct Endless;

    impl AsyncWrite for Endless {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            b: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(b.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_that_does_not_come_is_not_waited_for() {
        let mut near = Patient::new(Endless, Duration::from_secs(5));
        let late = near.shutdown().await.unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }
}
