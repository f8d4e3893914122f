//! Latency at a constant rate, from the moment at which a request was due.
//!
//! Requests are due at fixed times whatever became of those before; one that had to wait for a
//! connection has that wait in its latency, so a slow answer hides no other (coordinated omission).
//! Connections are kept. Times of a sleep that ended late are in both sides alike.

use super::{Asked, Target};
use crate::measure::quantile;
use anyhow::{Context as _, Result, bail, ensure};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Requests a second.
pub const RATE: u32 = 1000;

/// Connections: more than are ever busy at once, unless a side falls behind.
const CONNECTIONS: usize = 32;

/// What a run at a constant rate gave, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    pub p50: f64,
    pub p99: f64,
}

/// One run of so long.
///
/// # Errors
///
/// An answer but 200, or a connection that breaks.
pub fn run(target: &Target, time: Duration) -> Result<Latency> {
    ensure!(!target.asked.is_empty(), "nothing to ask");
    let gap = Duration::from_secs(1) / RATE;
    let count = usize::try_from(time.as_nanos() / gap.as_nanos())?;
    let next = AtomicUsize::new(0);
    // Connections are made before the first request is due.
    let start = Instant::now() + Duration::from_millis(200);
    let latencies = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| worker(target, &next, count, start, gap)))
            .collect();
        let mut all = Vec::with_capacity(count);
        for worker in workers {
            let some = worker.join().ok().context("a worker panicked")?;
            all.extend(some?);
        }
        Ok::<_, anyhow::Error>(all)
    })?;
    Ok(Latency {
        p50: quantile(&latencies, 0.5),
        p99: quantile(&latencies, 0.99),
    })
}

fn worker(
    target: &Target,
    next: &AtomicUsize,
    count: usize,
    start: Instant,
    gap: Duration,
) -> Result<Vec<f64>> {
    let stream = TcpStream::connect(("127.0.0.1", target.port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut connection = BufReader::with_capacity(64 << 10, stream);
    let mut latencies = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(latencies);
        }
        let due = start + gap * u32::try_from(number)?;
        let now = Instant::now();
        if now < due {
            std::thread::sleep(due - now);
        }
        let asked = target.asked.get(number % target.asked.len());
        exchange(&mut connection, asked.context("a question")?)?;
        latencies.push(due.elapsed().as_nanos() as f64);
    }
}

/// One question and its whole answer; gives the status and the body.
///
/// # Errors
///
/// A connection that breaks, an answer without a length.
pub fn ask(connection: &mut BufReader<TcpStream>, asked: &Asked) -> Result<(u16, Vec<u8>)> {
    let mut head = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n", asked.path);
    for (name, value) in &asked.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    connection.get_mut().write_all(head.as_bytes())?;
    let (mut status, mut length, mut line) = (0, None, String::new());
    loop {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            bail!("the connection was closed");
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
            status = rest.get(..3).context("a status")?.parse()?;
        }
        if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<usize>()?);
        }
    }
    let mut body = vec![0; length.context("an answer without a length")?];
    connection.read_exact(&mut body)?;
    Ok((status, body))
}

fn exchange(connection: &mut BufReader<TcpStream>, asked: &Asked) -> Result<()> {
    let (status, _) = ask(connection, asked)?;
    ensure!(status == 200, "{}: {status}", asked.path);
    Ok(())
}
