//! A careless service: its answers carry what a gateway must not let pass, and for some ids it
//! misbehaves.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How the upstream answers, by the end of the résumé's id.
pub const BODIES: [(&str, u16); 21] = [
    ("small", 200),
    ("large", 200),
    ("chunked", 200),
    ("gzip", 502),
    ("br", 502),
    ("zstd", 502),
    ("bomb", 502),
    ("gzip-unsaid", 502),
    ("broken", 502),
    ("short", 502),
    ("wrong-type", 502),
    ("array", 502),
    ("twice", 502),
    ("known", 502),
    ("empty", 502),
    ("partial", 502),
    ("redirect", 502),
    ("failure", 502),
    ("not-modified", 502),
    ("gone", 404),
    ("silent", 504),
];

/// A running upstream.
pub struct Upstream {
    pub port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The heads of all requests.
    seen: Mutex<Vec<String>>,
    gate: Gate,
}

/// Where a large body, the one whose id ends with `held`, stops in the middle.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
    /// Bodies that came to the gate, and those that were sent to their end.
    stopped: AtomicUsize,
    sent: AtomicUsize,
}

impl Upstream {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::<State>::default();
        let all = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&all);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { port, state }
    }

    /// The heads of all requests that came up, behind one another.
    pub fn heads(&self) -> String {
        self.state.seen.lock().expect("the heads").join("")
    }

    /// Lets large bodies go on, or stops the next ones.
    pub fn open_gate(&self, is_open: bool) {
        *self.state.gate.is_open.lock().expect("the gate") = is_open;
        self.state.gate.opened.notify_all();
    }

    /// How many bodies stopped at the gate so far.
    pub fn stopped(&self) -> usize {
        self.state.gate.stopped.load(Ordering::Relaxed)
    }

    /// How many bodies went through it to their end.
    pub fn sent(&self) -> usize {
        self.state.gate.sent.load(Ordering::Relaxed)
    }
}

pub fn document() -> String {
    let path = crate::http::root().join("docs/gateways/upstream/resumes/resume-1.json");
    fs::read_to_string(path).expect("a résumé")
}

fn serve(mut stream: TcpStream, state: &State) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    stream.set_nodelay(true).ok()?;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let path = head.split(' ').nth(1)?.to_owned();
        state.seen.lock().ok()?.push(head);
        let path = path.split('?').next()?;
        let id = path
            .strip_prefix("/resumes/")
            .and_then(|p| p.strip_suffix(".json"));
        match (id, path) {
            (Some(id), _) if id.ends_with("_held") => held(&mut stream, &state.gate)?,
            (Some(id), _) => misbehave(&mut stream, id.rsplit('_').next()?)?,
            (None, "/search.json") => {
                let file = crate::http::root().join("docs/gateways/upstream/search.json");
                let text = fs::read_to_string(file).ok()?;
                respond(&mut stream, "200 OK", "", text.as_bytes())?;
            }
            (None, "/jwks.json") => {
                let keys = fs::read(crate::scene::source("jwks.json")).ok()?;
                respond(&mut stream, "200 OK", "", &keys)?;
            }
            (None, "/plain") => respond(&mut stream, "200 OK", "Via: x\r\n", b"{\"plain\": true}")?,
            _ => respond(&mut stream, "404 Not Found", "", b"{}")?,
        }
    }
}

/// A whole answer with all the headers through which a résumé leaks.
fn respond(stream: &mut TcpStream, status: &str, more: &str, body: &[u8]) -> Option<()> {
    let media = match more.contains("Content-Type") {
        true => "",
        false => "Content-Type: application/json; charset=utf-8\r\n",
    };
    let length = match more.contains("Transfer-Encoding") || more.contains("Content-Length") {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: \"13800138000\"\r\nLast-Modified: Tue, 20 Apr 2021 10:00:00 GMT\r\n\
         Content-Disposition: attachment; filename*=UTF-8''%E5%BC%A0%E4%B8%89%E4%B8%B0.pdf\r\n\
         Link: <tel:+8613800138000>; rel=alternate\r\nSet-Cookie: candidate=zhangsanfeng\r\n\
         Cache-Control: public, max-age=86400\r\nX-Candidate: 13800138000\r\nVary: Cookie\r\n\
         X-Envoy-Upstream-Alt-Stat-Name: 13800138000\r\n\
         {media}{more}{length}\r\n"
    );
    // One write, so that the other side need not wait for the rest.
    stream.write_all(&[head.as_bytes(), body].concat()).ok()
}

/// Three megabytes in small pieces, with the gate in their middle.
fn held(stream: &mut TcpStream, gate: &Gate) -> Option<()> {
    let text = document();
    let text = text.trim_end().trim_end_matches('}');
    // The whole résumé comes before the gate, and a name of it behind.
    let body = format!("{text}, \"padding\": \"{}张三丰\"}}", "x".repeat(3 << 20));
    let length = format!("Content-Length: {}\r\n", body.len());
    respond(stream, "200 OK", &length, b"")?;
    let (first, last) = body.as_bytes().split_at(body.len() / 2);
    let pieces = |stream: &mut TcpStream, body: &[u8]| {
        for piece in body.chunks(64 << 10) {
            stream.write_all(piece).ok()?;
            std::thread::sleep(Duration::from_millis(2));
        }
        Some(())
    };
    pieces(stream, first)?;
    gate.stopped.fetch_add(1, Ordering::Relaxed);
    let open = gate.is_open.lock().ok()?;
    drop(gate.opened.wait_while(open, |is_open| !*is_open).ok()?);
    pieces(stream, last)?;
    gate.sent.fetch_add(1, Ordering::Relaxed);
    Some(())
}

fn misbehave(stream: &mut TcpStream, how: &str) -> Option<()> {
    let text = document();
    let member = |more: &str| format!("{{{more},{}", text.trim_start().trim_start_matches('{'));
    let ok = "200 OK";
    match how {
        "large" => {
            let body = member(&format!("\"padding\": \"{}\"", "x".repeat(3 << 20)));
            respond(stream, ok, "", body.as_bytes())
        }
        "chunked" => {
            let mut body = Vec::new();
            for piece in text.as_bytes().chunks(1000) {
                body.extend(format!("{:x}\r\n", piece.len()).into_bytes());
                body.extend(piece);
                body.extend(b"\r\n");
            }
            body.extend(b"0\r\nX-Trailer: 13800138000\r\n\r\n");
            respond(
                stream,
                ok,
                "Transfer-Encoding: chunked\r\nTrailer: X-Trailer\r\n",
                &body,
            )
        }
        "gzip" | "br" | "zstd" => {
            let coded = match how {
                "gzip" => gzip(text.as_bytes()),
                "br" => brotli(text.as_bytes()),
                _ => zstd(text.as_bytes()),
            };
            respond(stream, ok, &format!("Content-Encoding: {how}\r\n"), &coded)
        }
        "bomb" => {
            let body = member(&format!("\"padding\": \"{}\"", "x".repeat(32 << 20)));
            let coded = gzip(body.as_bytes());
            respond(stream, ok, "Content-Encoding: gzip\r\n", &coded)
        }
        "gzip-unsaid" => respond(stream, ok, "", &gzip(text.as_bytes())),
        "broken" => respond(stream, ok, "", text.get(..text.len() / 2)?.as_bytes()),
        "short" => {
            let more = format!("Content-Length: {}\r\n", text.len());
            respond(stream, ok, &more, text.as_bytes().get(..200)?)?;
            None
        }
        "wrong-type" => respond(stream, ok, "Content-Type: text/html\r\n", text.as_bytes()),
        // A header that Envoy lets no filter of ours drop.
        "host" => respond(stream, ok, "Host: 13800138000\r\n", text.as_bytes()),
        "array" => respond(stream, ok, "", format!("[{text}]").as_bytes()),
        "twice" => respond(
            stream,
            ok,
            "",
            member("\"b\\u0061sics\": {\"phone\": \"1\"}").as_bytes(),
        ),
        "known" => {
            let told = text.replace("后端工程师\"", "后端工程师 138-0013-8000\"");
            respond(stream, ok, "", told.as_bytes())
        }
        "envelope" => {
            let mut facts = crate::scene::facts();
            let third = facts["entities"].as_array_mut()?.iter_mut();
            let mut third = third.filter(|e| e["uid"]["id"] == "resume-3");
            let entity = third.next()?;
            entity["uid"]["id"] = "r_envelope".into();
            let envelope = format!("\"x-facts\": {{\"entities\": [{entity}]}}");
            respond(stream, ok, "", member(&envelope).as_bytes())
        }
        "empty" => respond(stream, ok, "", b""),
        "partial" => respond(
            stream,
            "206 Partial Content",
            "Content-Range: bytes 0-99/*\r\n",
            text.as_bytes(),
        ),
        "redirect" => respond(
            stream,
            "302 Found",
            "Location: /resumes/13800138000\r\n",
            text.as_bytes(),
        ),
        "failure" => respond(stream, "500 Internal Server Error", "", text.as_bytes()),
        "not-modified" => respond(stream, "304 Not Modified", "", b""),
        "gone" => respond(stream, "404 Not Found", "", text.as_bytes()),
        "silent" => {
            std::thread::sleep(Duration::from_secs(20));
            None
        }
        _ => respond(stream, ok, "", text.as_bytes()),
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("written");
    encoder.finish().expect("an end")
}

/// One meta-block as it is, and an empty last one (RFC 7932, 9.2).
fn brotli(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len() - 1).expect("a short text");
    assert!(length < 1 << 16);
    let head = (length << 4 | 1 << 20).to_le_bytes();
    [&head[..3], text, b"\x03"].concat()
}

/// One raw block (RFC 8878, 3.1.1).
fn zstd(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("a short text");
    assert!(length < 1 << 17);
    let block = (length << 3 | 1).to_le_bytes();
    let magic = 0xFD2F_B528_u32.to_le_bytes();
    [
        &magic[..],
        b"\xa0",
        &length.to_le_bytes(),
        &block[..3],
        text,
    ]
    .concat()
}
