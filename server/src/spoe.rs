//! HAProxy's agent protocol (SPOP): decisions as variables. Bodies go through the proxy.
//!
//! The message `privet` has the arguments `method`, `path`, `query` and `headers` (all of them, as
//! `req.hdrs` gives them). The answer sets, in the transaction, `allowed`, and where it is refused
//! `status` and `failure`. Without an answer nothing is set, and nothing is allowed.

use crate::ask::Incoming;
use crate::config::{LimitsConfig, ms};
use crate::decisions::{decide, is_peer};
use crate::listen::{Listener, Patient, Peer, Stream};
use crate::log;
use crate::metrics::Door;
use crate::server::Server;
use anyhow::{Context, Result, bail};
use hyper::Method;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use privet_gateway::failure::Failure;
use spop::actions::VarScope;
use spop::frame::{FramePayload, FrameType, Message};
use spop::frames::{Ack, AgentDisconnect, AgentHello, FrameCapabilities, HaproxyHello};
use spop::parser::parse_frame;
use spop::types::TypedData;
use spop::{SpopFrame, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// The most bytes of a frame; HAProxy's own default is 16 KiB.
const MOST_BYTES: u32 = 64 << 10;

/// The message that is answered.
const MESSAGE: &str = "privet";

/// Serves agents' connections until `stop` changes.
pub async fn serve(
    server: Arc<Server>,
    listener: Listener,
    limits: LimitsConfig,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        if !is_peer(&server, peer) {
            continue;
        }
        let server = Arc::clone(&server);
        let stream = Patient::new(stream, ms(limits.write_ms));
        let patience = ms(limits.request_head_ms);
        tokio::spawn(async move {
            // Whatever went wrong, HAProxy has no answer, and allows nothing.
            if let Err(error) = connection(&server, stream, peer, patience).await {
                server.metrics.error("spoe");
                log::tell(log::one_line(format_args!("spoe: {error:#}")));
            }
            drop(permit);
        });
    }
}

async fn connection(
    server: &Server,
    mut stream: Patient<Box<dyn Stream>>,
    peer: Peer,
    patience: Duration,
) -> Result<()> {
    let mut most = MOST_BYTES;
    let mut begins = Some(patience);
    loop {
        // Between two frames HAProxy may be silent, and before the first it has no reason to be.
        let begun = begun(&mut stream, begins.take()).await;
        let Some(first) = begun else {
            return Ok(());
        };
        let bytes = timeout(patience, frame(&mut stream, first, most)).await;
        let bytes = bytes.context("a frame that did not end in time")??;
        let Ok((_, frame)) = parse_frame(&bytes) else {
            bail!("a frame that is none");
        };
        let answer: Vec<u8> = match (frame.frame_type(), frame.payload()) {
            (FrameType::HaproxyHello, payload) => {
                let hello = HaproxyHello::try_from(payload);
                let Ok(hello) = hello else {
                    bail!("a greeting that is none")
                };
                let version = hello.negotiate_version();
                let size = hello.negotiate_max_frame_size(MOST_BYTES);
                let (Some(version), Ok(size)) = (version, size) else {
                    bail!("no version or size of frames in common");
                };
                most = size;
                let greeting = AgentHello {
                    version,
                    max_frame_size: size,
                    capabilities: vec![FrameCapabilities::Pipelining],
                };
                let bytes = greeting.serialize()?;
                if hello.healthcheck.unwrap_or(false) {
                    stream.write_all(&bytes).await?;
                    return Ok(());
                }
                bytes
            }
            (FrameType::HaproxyDisconnect, _) => {
                let farewell = AgentDisconnect {
                    status_code: StatusCode::None.to_u32(),
                    message: StatusCode::None.message().to_owned(),
                };
                stream.write_all(&farewell.serialize()?).await?;
                return Ok(());
            }
            (FrameType::Notify, FramePayload::ListOfMessages(messages)) => {
                let metadata = frame.metadata();
                let ack = Ack::new(metadata.stream_id, metadata.frame_id);
                let ack = messages
                    .iter()
                    .filter(|m| m.name == MESSAGE)
                    .fold(ack, |ack, message| answer(server, peer, message, ack));
                ack.serialize()?
            }
            (kind, _) => bail!("an unexpected frame, {kind:?}"),
        };
        stream.write_all(&answer).await?;
        stream.flush().await?;
    }
}

/// The first byte of the next frame; none where the connection ended between two, as HAProxy drops
/// idle ones without a word, or where it did not come in time.
async fn begun(stream: &mut Patient<Box<dyn Stream>>, within: Option<Duration>) -> Option<u8> {
    let byte = stream.read_u8();
    match within {
        Some(within) => timeout(within, byte).await.ok()?.ok(),
        None => byte.await.ok(),
    }
}

/// The bytes of a frame, its length in front.
async fn frame(stream: &mut Patient<Box<dyn Stream>>, first: u8, most: u32) -> Result<Vec<u8>> {
    let mut length = [first, 0, 0, 0];
    let (_, rest) = length.split_at_mut(1);
    let cut = "a frame that was cut short";
    stream.read_exact(rest).await.context(cut)?;
    let size = u32::from_be_bytes(length);
    if size > most {
        bail!("a frame of {size} bytes, the limit is {most}");
    }
    let mut bytes = length.to_vec();
    bytes.resize(4 + usize::try_from(size)?, 0);
    let (_, body) = bytes.split_at_mut(4);
    stream.read_exact(body).await.context(cut)?;
    Ok(bytes)
}

fn answer(server: &Server, peer: Peer, message: &Message, ack: Ack) -> Ack {
    let live = server.live();
    let decided = read(message).and_then(|(method, path, query, headers)| {
        let incoming = Incoming {
            method: &method,
            path: &path,
            query: query.as_deref(),
            headers: &headers,
            peer,
        };
        decide(server, &live, incoming, Door::Spoe)
    });
    server
        .metrics
        .answer(Door::Spoe, decided.as_ref().err().copied());
    let scope = VarScope::Transaction;
    let ack = ack.set_var(scope, "revision", live.revision.as_str());
    match decided {
        Ok(_) => ack.set_var(scope, "allowed", true),
        Err(failure) => {
            let row = failure.row();
            ack.set_var(scope, "allowed", false)
                .set_var(scope, "status", u32::from(row.status))
                .set_var(scope, "failure", row.name)
        }
    }
}

/// Method, path, query and headers of a client's request.
pub type Read = (Method, String, Option<String>, HeaderMap);

/// What the messages of a frame ask; `None` where the bytes, with their length in front, are no frame
/// of messages.
pub fn questions(frame: &[u8]) -> Option<Vec<Result<Read, Failure>>> {
    let (_, frame) = parse_frame(frame).ok()?;
    match (frame.frame_type(), frame.payload()) {
        (FrameType::Notify, FramePayload::ListOfMessages(messages)) => {
            let ours = messages.iter().filter(|m| m.name == MESSAGE);
            Some(ours.map(read).collect())
        }
        _ => None,
    }
}

/// The client's request.
fn read(message: &Message) -> Result<Read, Failure> {
    let text = |name: &str| match message.get(name) {
        Some(TypedData::String(text)) => Ok(Some(text.clone())),
        Some(TypedData::Binary(bytes)) => String::from_utf8(bytes.clone())
            .map(Some)
            .map_err(|_| Failure::Request),
        Some(TypedData::Null) | None => Ok(None),
        Some(_) => Err(Failure::Request),
    };
    let method = text("method")?
        .and_then(|m| m.parse().ok())
        .ok_or(Failure::Request)?;
    let path = text("path")?.ok_or(Failure::Request)?;
    let query = text("query")?.filter(|q| !q.is_empty());
    // The path is read strictly where it is matched.
    if query.as_ref().is_some_and(|q| q.contains('#')) {
        return Err(Failure::Request);
    }
    let mut headers = HeaderMap::new();
    let all = text("headers")?.ok_or(Failure::Request)?;
    for line in all.split("\r\n").filter(|l| !l.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(Failure::Request)?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Request)?;
        let value = HeaderValue::from_str(value.trim()).map_err(|_| Failure::Request)?;
        headers.append(name, value);
    }
    Ok((method, path, query, headers))
}
