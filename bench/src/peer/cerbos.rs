//! The Cerbos server: a process of its own, asked by gRPC over loopback; it has no other form.
//!
//! It keeps no facts: a request says who asks, with attributes, and what everything is in. Messages
//! are encoded before anything is timed, decisions are read out of the answers. The messages are those
//! of `cerbos.svc.v1`, as far as a check needs them.

use super::Peer;
use super::entities::{Flat, name};
use crate::load::child::Child;
use crate::load::unary::{Client, framed};
use crate::load::{Folder, free_port, listening};
use crate::workload::{Asked, Workload};
use anyhow::{Context as _, Result, bail};
use envoy_types::pb::google::protobuf::value::Kind;
use envoy_types::pb::google::protobuf::{ListValue, Struct, Value};
use hyper::body::Bytes;
use prost::Message;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How to get it.
pub const MISSING: &str = "no Cerbos (`npm install --prefix target/cerbos @cerbos/cerbos-linux-x64`, or any `cerbos` in PRIVET_CERBOS)";

/// What is called.
pub const METHOD: &str = "/cerbos.svc.v1.CerbosService/CheckResources";

const PLACE: &str = "target/cerbos/node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64";

const POLICIES: [(&str, &str); 2] = [
    (
        "directory.yaml",
        include_str!("../../peers/cerbos/directory.yaml"),
    ),
    ("file.yaml", include_str!("../../peers/cerbos/file.yaml")),
];

const ALLOW: i32 = 1;
const DENY: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct Check {
    #[prost(message, optional, tag = "3")]
    principal: Option<Principal>,
    #[prost(message, repeated, tag = "4")]
    resources: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Principal {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, repeated, tag = "3")]
    roles: Vec<String>,
    #[prost(btree_map = "string, message", tag = "4")]
    attributes: BTreeMap<String, Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, repeated, tag = "1")]
    actions: Vec<String>,
    #[prost(message, optional, tag = "2")]
    resource: Option<Resource>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "3")]
    id: String,
    #[prost(btree_map = "string, message", tag = "4")]
    attributes: BTreeMap<String, Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Checked {
    #[prost(message, repeated, tag = "2")]
    results: Vec<Outcome>,
}

#[derive(Clone, PartialEq, Message)]
struct Outcome {
    #[prost(btree_map = "string, int32", tag = "2")]
    actions: BTreeMap<String, i32>,
}

/// The program, where it is installed.
pub fn installed() -> Option<PathBuf> {
    super::installed("PRIVET_CERBOS", PLACE)
}

/// A server with the rules of the drive workload.
#[derive(Debug)]
pub struct Server {
    // Fields are dropped in order: it has ended when its folder goes.
    _process: Child,
    _folder: Folder,
    port: u16,
    /// As the program says it.
    pub version: String,
}

impl Server {
    /// Starts the program and waits until it listens.
    ///
    /// # Errors
    ///
    /// A program that does not start, or refuses the policies.
    pub fn start(program: &Path) -> Result<Self> {
        let output = Command::new(program).arg("--version").output();
        let output = output.with_context(|| program.display().to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.lines().next().context("no version")?.to_owned();
        let folder = Folder::new("cerbos")?;
        let policies = folder.path().join("policies");
        fs::create_dir(&policies)?;
        for (name, text) in POLICIES {
            fs::write(policies.join(name), text)?;
        }
        let (http, port) = (free_port()?, free_port()?);
        let config = folder.path().join("config.yaml");
        let text = format!(
            "server:\n  httpListenAddr: \"127.0.0.1:{http}\"\n  grpcListenAddr: \"127.0.0.1:{port}\"\n\
             storage:\n  driver: disk\n  disk:\n    directory: {policies:?}\n\
             telemetry:\n  disabled: true\n"
        );
        fs::write(&config, text)?;
        let mut command = Command::new(program);
        command
            .args(["server", "--log-level=error"])
            .arg(format!("--config={}", config.display()));
        let process = Child::program(&mut command)?;
        listening(port).context("Cerbos")?;
        Ok(Self {
            _process: process,
            _folder: folder,
            port,
            version,
        })
    }

    /// A connection with a workload's requests.
    ///
    /// # Errors
    ///
    /// A server that does not answer, entities that the requests lack.
    pub fn client(&self, workload: &Workload) -> Result<Asker> {
        Ok(Asker {
            client: Client::connect(self.port, METHOD)?,
            requests: messages(workload)?,
        })
    }
}

/// A connection and the requests.
#[derive(Debug)]
pub struct Asker {
    client: Client,
    requests: Vec<Bytes>,
}

impl Peer for Asker {
    fn answers(&mut self) -> Result<Vec<bool>> {
        let client = &mut self.client;
        let answers = self.requests.iter().map(|request| {
            let answer = Checked::decode(client.call(request)?)?;
            let mut effects = answer.results.iter().flat_map(|o| o.actions.values());
            match (effects.next(), effects.next()) {
                (Some(&ALLOW), None) => Ok(true),
                (Some(&DENY), None) => Ok(false),
                _ => bail!("Cerbos gives no decision: {answer:?}"),
            }
        });
        answers.collect()
    }
}

/// A workload's requests as framed messages.
///
/// # Errors
///
/// As [`Server::client`].
pub fn messages(workload: &Workload) -> Result<Vec<Bytes>> {
    let flat = Flat::new(workload)?;
    let checks = workload.requests.iter().map(|asked| check(asked, &flat));
    checks
        .map(|check| framed(&check?.encode_to_vec()))
        .collect()
}

fn check(asked: &Asked, flat: &Flat) -> Result<Check> {
    let uid = |json: &Json| name(json).context("a uid");
    let attributes = |id: &str| -> Result<BTreeMap<String, Value>> {
        let attributes = flat.attributes.get(id).and_then(Json::as_object);
        let attributes = attributes.with_context(|| format!("no entity {id}"))?;
        let all = attributes.iter();
        Ok(all.map(|(k, v)| (k.clone(), value(v))).collect())
    };
    let (person, thing) = (uid(&asked.principal)?, uid(&asked.resource)?);
    let mut said = attributes(&thing)?;
    let above = flat.above(&thing).into_iter();
    let within = above.chain([thing.as_str()]).map(Json::from).collect();
    said.insert("within".to_owned(), value(&Json::Array(within)));
    let (kind, _) = thing.split_once("::").context("a type")?;
    let action = asked.action.get("id").and_then(Json::as_str);
    Ok(Check {
        principal: Some(Principal {
            attributes: attributes(&person)?,
            id: person,
            roles: vec!["person".to_owned()],
        }),
        resources: vec![Entry {
            actions: vec![action.context("an action")?.to_owned()],
            resource: Some(Resource {
                kind: kind.to_lowercase(),
                attributes: said,
                id: thing,
            }),
        }],
    })
}

/// JSON as the protocol has it.
fn value(json: &Json) -> Value {
    let kind = match json {
        Json::Bool(truth) => Kind::BoolValue(*truth),
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or(f64::NAN)),
        Json::Array(all) => Kind::ListValue(ListValue {
            values: all.iter().map(value).collect(),
        }),
        Json::Object(all) => Kind::StructValue(Struct {
            fields: all.iter().map(|(k, v)| (k.clone(), value(v))).collect(),
        }),
        Json::Null => Kind::NullValue(0),
    };
    Value { kind: Some(kind) }
}
