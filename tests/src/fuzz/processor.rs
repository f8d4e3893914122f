//! Messages of Envoy's `ext_proc` in any order: never panics, no body leaves that was not asked for and
//! admitted, and none with the candidate's numbers in it.

use crate::root;
use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue};
use envoy_types::pb::envoy::service::ext_proc::v3 as api;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request as Asked;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_response::Response as Said;
use privet_server::envoy::ext_proc::Exchange;
use privet_server::listen::Peer;
use privet_server::server::Server;
use std::fs;
use std::sync::{Arc, OnceLock};

/// True values of the résumés.
const SECRETS: [&str; 3] = [
    "13800138000",
    "zhangsanfeng@example.com",
    "11010519491231002X",
];

const PATHS: [&str; 5] = [
    "/resumes/resume-1",
    "/resumes/resume-1?view=card",
    "/resumes/resume-2",
    "/search",
    "/nowhere",
];

struct World {
    runtime: tokio::runtime::Runtime,
    server: Arc<Server>,
    authorization: String,
    document: Vec<u8>,
    page: Vec<u8>,
}

/// The quick start's configuration, loaded and not listening; its logs go nowhere.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let source = root().join("docs/gateways");
        let read = |name: &str| fs::read_to_string(source.join(name)).expect(name);
        let text = read("privet.toml");
        let (text, _) = text.split_once("[obligations]").expect("obligations");
        let policies = root().join("policies");
        let text = text
            .replace("../../policies", policies.to_str().expect("a path"))
            .replace("\"jwks.json\"", &format!("{:?}", source.join("jwks.json")))
            .replace(
                "\"facts.json\"",
                &format!("{:?}", source.join("facts.json")),
            );
        let more = "[obligations]\nrecord = \"/dev/null\"\n\
                    [limits]\ndecision_ms = 10000\ncodings = [\"gzip\", \"br\", \"zstd\"]\n";
        let file = std::env::temp_dir().join(format!("privet-fuzz-{}.toml", std::process::id()));
        fs::write(&file, format!("{text}{more}")).expect("written");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let server = runtime.block_on(Server::load(file.clone()));
        let _ = fs::remove_file(file);
        World {
            runtime,
            server: Arc::new(server.expect("a server")),
            authorization: format!("Bearer {}", read("tokens/other-job-recruiter.jwt").trim()),
            document: read("upstream/resumes/resume-1.json").into_bytes(),
            page: read("upstream/search.json").into_bytes(),
        }
    })
}

fn head(lines: &[(&str, &str)], is_end: bool) -> api::HttpHeaders {
    let header = |(key, value): &(&str, &str)| HeaderValue {
        key: (*key).to_owned(),
        raw_value: value.as_bytes().to_vec(),
        ..HeaderValue::default()
    };
    api::HttpHeaders {
        headers: Some(HeaderMap {
            headers: lines.iter().map(header).collect(),
        }),
        end_of_stream: is_end,
        ..api::HttpHeaders::default()
    }
}

/// Headers out of lines; a name may start with a colon.
fn lines(text: &str) -> Vec<(&str, &str)> {
    let split = |line: &'_ str| -> Option<usize> { line.get(1..)?.find(':').map(|at| at + 1) };
    text.lines()
        .filter_map(|line| line.split_at_checked(split(line)?))
        .map(|(name, value)| (name, value[1..].trim()))
        .collect()
}

fn message(world: &World, kind: u8, content: &[u8]) -> Asked {
    let text = String::from_utf8_lossy(content);
    let pick = usize::from(content.first().copied().unwrap_or_default());
    match kind % 8 {
        0 => {
            let asked = [
                (":method", if pick & 64 == 0 { "GET" } else { "HEAD" }),
                (":path", PATHS[pick % PATHS.len()]),
                ("authorization", &world.authorization),
                ("x-purpose", "recruitment"),
            ];
            Asked::RequestHeaders(head(&asked, true))
        }
        1 => Asked::RequestHeaders(head(&lines(&text), pick & 1 == 0)),
        2 => {
            let coding = ["identity", "gzip", "br", "zstd"][pick % 4];
            let answered = [
                (":status", "200"),
                ("content-type", "application/json"),
                ("content-encoding", coding),
                ("etag", SECRETS[0]),
            ];
            Asked::ResponseHeaders(head(&answered, pick & 128 != 0))
        }
        3 => Asked::ResponseHeaders(head(&lines(&text), pick & 1 == 0)),
        4 => Asked::ResponseBody(api::HttpBody {
            body: match pick % 2 {
                0 => world.document.clone(),
                _ => world.page.clone(),
            },
            end_of_stream: true,
            ..api::HttpBody::default()
        }),
        5 => Asked::ResponseBody(api::HttpBody {
            body: content.to_vec(),
            end_of_stream: true,
            ..api::HttpBody::default()
        }),
        6 => Asked::ResponseTrailers(api::HttpTrailers {
            trailers: head(&lines(&text), true).headers,
        }),
        _ => Asked::RequestBody(api::HttpBody {
            body: content.to_vec(),
            ..api::HttpBody::default()
        }),
    }
}

/// The body that goes to the client.
fn body(said: &Said) -> Option<&[u8]> {
    let mutation = match said {
        Said::ResponseBody(said) => said.response.as_ref()?.body_mutation.as_ref()?,
        Said::ImmediateResponse(said) => return Some(&said.body),
        _ => return None,
    };
    match mutation.mutation.as_ref()? {
        api::body_mutation::Mutation::Body(body) => Some(body),
        _ => None,
    }
}

/// Each message is a byte for its kind, two for the length of its content, and that content.
pub fn run(bytes: &[u8]) {
    let world = world();
    let mut exchange = Exchange::new(Arc::clone(&world.server), Peer::Unix);
    let mut kinds = Vec::new();
    let mut rest = bytes;
    while let Some(([kind, high, low], tail)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (content, tail) = tail.split_at(length.min(tail.len()));
        rest = tail;
        let step = exchange.step(message(world, *kind, content));
        let Ok(said) = world.runtime.block_on(step) else {
            return;
        };
        if let Some(body) = body(&said) {
            let text = String::from_utf8_lossy(body);
            let told = SECRETS.iter().find(|secret| text.contains(**secret));
            assert_eq!(told, None, "{text}");
        }
        if matches!(said, Said::ResponseBody(_)) {
            let [asked, answered] = [[0, 1], [2, 3]].map(|k| kinds.iter().any(|g| k.contains(g)));
            assert!(asked && answered, "{kinds:?}");
        }
        // What is not read as it is must not go on as it is.
        assert!(!matches!(said, Said::RequestBody(_)), "{kinds:?}");
        kinds.push(kind % 8);
    }
}
