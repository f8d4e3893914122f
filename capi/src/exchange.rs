//! A request and its answer by `privet.toml`, as C asks for it: heads are put together header by
//! header, and whatever is to be said is looked up afterwards.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use privet_gateway::failure::Failure;
use privet_server::exchange::{Asked, Exchange, Refusal, Verdict, local};
use privet_server::inside::Inside;
use privet_server::listen::Peer;

/// What a gateway does next.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Send the answer that is in the exchange, and nothing else.
    Answer = 0,
    /// Go on with what is in the exchange: target and headers of a request, headers or body of an
    /// answer.
    Forward = 1,
    /// Nothing is enforced: go on as it is, without the removed headers.
    Pass = 2,
}

/// One request and its answer.
#[derive(Debug)]
pub struct CExchange {
    exchange: Exchange,
    peer: Peer,
    head: HeaderMap,
    /// A header that was none.
    is_broken: bool,
    said: Said,
}

/// What was said last.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) target: String,
    pub(crate) set: Vec<(HeaderName, HeaderValue)>,
    pub(crate) removed: Vec<HeaderName>,
    pub(crate) body: Vec<u8>,
}

impl CExchange {
    pub(crate) fn new(inside: &Inside) -> Self {
        Self {
            exchange: inside.exchange(),
            peer: Peer::Unknown,
            head: HeaderMap::new(),
            is_broken: false,
            said: Said::default(),
        }
    }

    pub(crate) fn said(&self) -> &Said {
        &self.said
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.exchange.body_limit()
    }

    /// An IP address, or `unix`; anything else is nobody whose headers are believed.
    pub(crate) fn peer(&mut self, address: &[u8]) {
        let text = str::from_utf8(address).unwrap_or_default();
        self.peer = match (text, text.parse()) {
            ("unix", _) => Peer::Unix,
            (_, Ok(address)) => Peer::Tcp(address),
            _ => Peer::Unknown,
        };
    }

    pub(crate) fn header(&mut self, name: &[u8], value: &[u8]) {
        let read = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value));
        let appended = match read {
            (Ok(name), Ok(value)) => self.head.try_append(name, value).is_ok(),
            _ => false,
        };
        self.is_broken |= !appended;
    }

    pub(crate) fn request(&mut self, method: &[u8], target: &[u8], has_body: bool) -> Next {
        let head = std::mem::take(&mut self.head);
        let texts = (str::from_utf8(method), str::from_utf8(target));
        let (Ok(method), Ok(target), false) = (texts.0, texts.1, self.is_broken) else {
            return self.fail(Failure::Request);
        };
        let verdict = self.exchange.request(Asked {
            method,
            target,
            headers: &head,
            peer: self.peer,
            has_body,
        });
        match verdict {
            Ok(Verdict::Pass(removed)) => {
                self.said = Said {
                    removed,
                    ..Said::default()
                };
                Next::Pass
            }
            Ok(Verdict::Forward(upward)) => {
                self.said = Said {
                    set: upward.set().collect(),
                    target: upward.target,
                    removed: upward.remove,
                    ..Said::default()
                };
                Next::Forward
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    pub(crate) fn response(&mut self, status: u16, has_body: bool) -> Next {
        let head = std::mem::take(&mut self.head);
        if self.exchange.is_passing() {
            // What was removed was of the request.
            self.said = Said {
                status,
                ..Said::default()
            };
            return Next::Pass;
        }
        // An answer before there was a question is the gateway's own.
        if self.exchange.is_fresh() {
            return self.fail(local(status));
        }
        if self.is_broken {
            return self.fail(Failure::Upstream);
        }
        match self.exchange.response(status, &head, has_body) {
            Ok(ours) => {
                self.said = Said {
                    status,
                    set: pairs(&ours),
                    ..Said::default()
                };
                Next::Forward
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    pub(crate) fn body(&mut self, body: &[u8]) -> Next {
        match self.exchange.body(body.to_vec()) {
            Ok(body) => {
                self.said.body = body;
                Next::Forward
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    pub(crate) fn failed(&mut self, status: u16) -> Next {
        self.fail(local(status))
    }

    /// After a panic.
    pub(crate) fn broken(&mut self) -> Next {
        self.refuse(Refusal {
            failure: Failure::Internal,
        })
    }

    fn fail(&mut self, failure: Failure) -> Next {
        let refusal = self
            .exchange
            .fail(failure, "the gateway gave no answer of the service's");
        self.refuse(refusal)
    }

    fn refuse(&mut self, refusal: Refusal) -> Next {
        self.said = Said {
            status: refusal.status(),
            set: pairs(&refusal.headers()),
            body: refusal.body(),
            ..Said::default()
        };
        Next::Answer
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let pairs = headers.iter();
    pairs.map(|(n, v)| (n.clone(), v.clone())).collect()
}
