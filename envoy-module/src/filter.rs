//! One request and its answer, as Envoy's filter chain tells of them.
//!
//! The answer's head waits for its body, so that a body that cannot be enforced is a refusal and not
//! half an answer. Whatever Envoy answers by itself, to this filter's request or before it, comes by
//! too, and becomes the row of its status. Envoy may decline a change: then the stream is refused, for
//! what stayed may be the service's.

use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use privet_gateway::failure::Failure;
use privet_server::exchange::{Asked, Exchange, Refusal, Upward, Verdict, local};
use privet_server::inside::Inside;
use privet_server::listen::Peer;
use std::net::SocketAddr;

/// What Envoy can be told about the stream that it asks about.
pub trait Stream {
    /// The address at the other end of the connection, whatever any header says; empty if unknown.
    fn peer(&self) -> Vec<u8>;
    /// The request's head; `None` where it is none that can be read.
    fn request(&self) -> Option<Head>;
    /// The answer's head.
    fn response(&self) -> Option<Head>;
    /// Sets, or with `None` takes out, a header of the request; whether Envoy did.
    fn set_request(&mut self, name: &str, value: Option<&[u8]>) -> bool;
    /// Sets, or with `None` takes out, a header of the answer; whether Envoy did.
    fn set_response(&mut self, name: &str, value: Option<&[u8]>) -> bool;
    /// Takes out all trailers of the answer; whether none is left.
    fn drop_trailers(&mut self) -> bool;
    /// How much of the answer's body is there.
    fn body_size(&self) -> usize;
    /// All of the answer's body.
    fn body(&self) -> Vec<u8>;
    /// Takes out all of the answer's body.
    fn drain_body(&mut self);
    /// Puts something behind the answer's body.
    fn append_body(&mut self, body: &[u8]);
    /// Ends the stream with an answer.
    fn answer(&mut self, refusal: Refusal);
    /// Counts an outcome.
    fn count(&mut self, outcome: &str);
}

/// The head of a message: ordinary headers, and those that start with a colon.
#[derive(Debug, Default)]
pub struct Head {
    /// The ordinary ones.
    pub headers: HeaderMap,
    /// `:method`, `:path`, `:status` and the like.
    pub pseudo: Vec<(String, String)>,
}

impl Head {
    /// Adds a header; `None` where it is none.
    pub fn add(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        if name.starts_with(b":") {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
            self.pseudo.push((text(name)?, text(value)?));
            return Some(());
        }
        let name = HeaderName::from_bytes(name).ok()?;
        let value = HeaderValue::from_bytes(value).ok()?;
        self.headers.try_append(name, value).ok().map(drop)
    }

    /// A header that starts with a colon, if it stands once.
    fn pseudo(&self, name: &str) -> Option<&str> {
        let mut all = self.pseudo.iter().filter(|(n, _)| n == name);
        let (_, value) = all.next()?;
        all.next().is_none().then_some(value)
    }
}

/// What the filter chain does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next filter.
    Continue,
    /// Nothing: it waits for more, or has its answer.
    Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Request,
    Response,
    Body,
    Over,
}

/// A filter of one stream.
#[derive(Debug)]
pub struct Filter {
    exchange: Exchange,
    state: State,
    is_head: bool,
}

impl Filter {
    /// The filter of a new stream.
    pub fn new(inside: &Inside) -> Self {
        Self {
            exchange: inside.exchange(),
            state: State::Request,
            is_head: false,
        }
    }

    /// The request's head came.
    pub fn request(&mut self, stream: &mut impl Stream, ended: bool) -> Next {
        let Some(head) = stream.request() else {
            return self.fail(stream, Failure::Request);
        };
        let (Some(method), Some(target)) = (head.pseudo(":method"), head.pseudo(":path")) else {
            return self.fail(stream, Failure::Request);
        };
        self.is_head = method == "HEAD";
        let verdict = self.exchange.request(Asked {
            method,
            target,
            headers: &head.headers,
            peer: peer(&stream.peer()),
            has_body: !ended,
        });
        match verdict {
            Ok(Verdict::Pass(removed)) => {
                let mut removed = removed.iter();
                if !removed.all(|name| stream.set_request(name.as_str(), None)) {
                    return self.fail(stream, Failure::Internal);
                }
                self.state = State::Over;
                stream.count("passed");
                Next::Continue
            }
            Ok(Verdict::Forward(upward)) => {
                if !went_up(stream, &upward) {
                    return self.fail(stream, Failure::Internal);
                }
                self.state = State::Response;
                Next::Continue
            }
            Err(refusal) => self.refuse(stream, refusal),
        }
    }

    /// The answer's head came.
    pub fn response(&mut self, stream: &mut impl Stream, ended: bool) -> Next {
        let head = stream.response();
        let status = head
            .as_ref()
            .and_then(|h| h.pseudo(":status")?.parse().ok());
        let status = status.unwrap_or(0);
        match (self.state, head) {
            (State::Over, _) => Next::Continue,
            (State::Response, Some(head)) => {
                match self.exchange.response(status, &head.headers, !ended) {
                    Ok(ours) => {
                        if !came_down(stream, &head.headers, &ours) {
                            return self.fail(stream, Failure::Internal);
                        }
                        match self.is_head {
                            true => self.shown(stream),
                            false => {
                                self.state = State::Body;
                                Next::Stop
                            }
                        }
                    }
                    Err(refusal) => self.refuse(stream, refusal),
                }
            }
            // An answer before there was a question, of an earlier filter.
            _ => self.fail(stream, local(status)),
        }
    }

    /// A piece of the answer's body came.
    pub fn body(&mut self, stream: &mut impl Stream, ended: bool) -> Next {
        if self.state == State::Over {
            return Next::Continue;
        }
        // Without an end the trailers end it.
        if stream.body_size() > self.exchange.body_limit() {
            return self.fail(stream, Failure::Upstream);
        }
        match ended {
            true => self.enforce(stream),
            false => Next::Stop,
        }
    }

    /// The answer's trailers came.
    pub fn trailers(&mut self, stream: &mut impl Stream) -> Next {
        if self.exchange.is_passing() {
            return Next::Continue;
        }
        match (stream.drop_trailers(), self.state) {
            (false, _) => self.fail(stream, Failure::Internal),
            (true, State::Over) => Next::Continue,
            (true, _) => self.enforce(stream),
        }
    }

    fn enforce(&mut self, stream: &mut impl Stream) -> Next {
        match self.exchange.body(stream.body()) {
            Ok(body) if replaced(stream, &body) => self.shown(stream),
            Ok(_) => self.fail(stream, Failure::Internal),
            Err(refusal) => self.refuse(stream, refusal),
        }
    }

    fn shown(&mut self, stream: &mut impl Stream) -> Next {
        self.state = State::Over;
        stream.count("open");
        Next::Continue
    }

    /// Ends the stream with the row of a failure.
    pub fn fail(&mut self, stream: &mut impl Stream, failure: Failure) -> Next {
        let refusal = self
            .exchange
            .fail(failure, "no answer of the service's that is taken");
        self.refuse(stream, refusal)
    }

    fn refuse(&mut self, stream: &mut impl Stream, refusal: Refusal) -> Next {
        // What is sent now passes here once more.
        self.state = State::Over;
        stream.count(refusal.failure.row().name);
        stream.answer(refusal);
        Next::Stop
    }
}

/// Makes the request what goes up.
fn went_up(stream: &mut impl Stream, upward: &Upward) -> bool {
    let mut removed = upward.remove.iter();
    let mut set = upward.set();
    removed.all(|name| stream.set_request(name.as_str(), None))
        && set.all(|(name, value)| stream.set_request(name.as_str(), Some(value.as_bytes())))
        && stream.set_request(":path", Some(upward.target.as_bytes()))
}

/// Puts our headers in the place of all of the service's.
fn came_down(stream: &mut impl Stream, theirs: &HeaderMap, ours: &HeaderMap) -> bool {
    let (mut theirs, mut ours) = (theirs.keys(), ours.iter());
    theirs.all(|name| stream.set_response(name.as_str(), None))
        && ours.all(|(name, value)| stream.set_response(name.as_str(), Some(value.as_bytes())))
}

/// Puts our body in the place of all of the service's. What is there is counted before and after:
/// whatever was not drained would leave in front of ours.
fn replaced(stream: &mut impl Stream, body: &[u8]) -> bool {
    stream.drain_body();
    if stream.body_size() != 0 {
        return false;
    }
    stream.append_body(body);
    let length = body.len().to_string();
    stream.body_size() == body.len()
        && stream.set_response(CONTENT_LENGTH.as_str(), Some(length.as_bytes()))
}

/// `127.0.0.1:4711`, `[::1]:4711`, or the path of a Unix socket.
fn peer(address: &[u8]) -> Peer {
    let text = str::from_utf8(address).unwrap_or_default();
    match text.parse::<SocketAddr>() {
        Ok(address) => Peer::Tcp(address.ip()),
        Err(_) if text.starts_with(['/', '@']) => Peer::Unix,
        Err(_) => Peer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Peer, peer};

    #[test]
    fn only_a_connection_is_somebody() {
        let local = |text: &str| Peer::Tcp(text.parse().unwrap());
        assert_eq!(peer(b"127.0.0.1:4711"), local("127.0.0.1"));
        assert_eq!(peer(b"[::1]:4711"), local("::1"));
        assert_eq!(peer(b"/run/envoy.sock"), Peer::Unix);
        for nobody in ["", "127.0.0.1", "localhost:80", "\u{fffd}"] {
            assert_eq!(peer(nobody.as_bytes()), Peer::Unknown, "{nobody}");
        }
    }
}
