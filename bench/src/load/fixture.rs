//! What is asked under load: a world of recruiters and résumés, a body of 10 kB for each résumé, and
//! the questions that a running gateway answers with a body.
//!
//! Bodies differ in script, order of sentences, names and numbers. No value is anybody's, and nothing
//! here measures.

use super::child::Child;
use super::{Asked, pace};
use crate::rows::redact::document::{Script, Style, document};
use crate::workload::random::Random;
use crate::workload::resume::{Size, World};
use anyhow::{Context as _, Result, ensure};
use privet_host::Policy;
use serde_json::{Value, json};
use std::fs;
use std::io::BufReader;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

/// Bytes of a body, about.
const BYTES: usize = 10_000;

const SIZE: Size = Size {
    companies: 24,
    recruiters: 48,
    jobs: 64,
    resumes: 64,
};

/// Pairs of viewer and résumé that are tried, and how many open ones are enough.
const TRIED: usize = 6000;
const ENOUGH: usize = 256;

/// A folder with all that a gateway needs.
#[derive(Debug)]
pub struct Fixture {
    pub folder: PathBuf,
    /// Where the bodies are, for the upstream.
    pub bodies: PathBuf,
}

impl Fixture {
    /// Writes facts and bodies into a folder, from a seed.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written, a policy of another schema.
    pub fn write(folder: &Path, policy: &Policy, seed: u64) -> Result<Self> {
        let bodies = folder.join("bodies");
        fs::create_dir_all(&bodies).with_context(|| bodies.display().to_string())?;
        let (_, _, entities) = World::new(policy, SIZE, &mut Random::new(seed))?;
        let resumes: Vec<Value> = (0..SIZE.resumes).map(resource).collect();
        let facts = json!({ "entities": entities, "resources": resumes });
        fs::write(folder.join("facts.json"), facts.to_string())?;
        for number in 0..SIZE.resumes {
            let file = bodies.join(format!("{}.json", id("Resume", number)));
            fs::write(file, body(number)?)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            bodies,
        })
    }

    /// A configuration of `privet serve` for this fixture before an upstream: `/resumes/ID` is
    /// enforced, `/plain/ID` is the same without; `sync` says whether notices are on the disk before a
    /// body leaves. Gives its path.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn config(&self, pack: &Path, upstream: u16, sync: bool) -> Result<PathBuf> {
        let pack = pack.canonicalize()?;
        let text = format!(
            r#"[server]
proxy = "127.0.0.1:0"
grpc = "127.0.0.1:0"
[upstream]
url = "http://127.0.0.1:{upstream}"
[[pack]]
name = "pack"
folder = {pack:?}
[identity.headers]
peers = ["127.0.0.1"]
principal_id = "x-user"
principal_types = ["Recruiter"]
[context.job]
entity = "Job"
trusted_header = "x-job"
[context.purpose]
entity = "Purpose"
declared_header = "x-purpose"
values = ["recruitment"]
[context.stoppedViews]
entity = "View"
set = []
[facts]
file = "facts.json"
[[route]]
path = "/resumes/{{resume}}"
packs = ["pack"]
resource_id = "resume"
view = "detail"
[[route]]
path = "/plain/{{resume}}"
upstream_path = "/resumes/{{resume}}"
pass = true
[obligations]
record = "log/decisions.jsonl"
notify-candidate = "log/notices.jsonl"
relay-lease = "log/leases.jsonl"
alert = "log/alerts.jsonl"
sync = {sync}
[limits]
decision_ms = 10000
"#
        );
        let file = self.folder.join("privet.toml");
        fs::write(&file, text)?;
        Ok(file)
    }

    /// The questions that a gateway answers with a body: random pairs of viewer and résumé.
    ///
    /// # Errors
    ///
    /// Too few such questions, or bodies that show too much or too little.
    pub fn open(&self, port: u16, seed: u64) -> Result<Vec<Asked>> {
        let mut connection = BufReader::new(TcpStream::connect(("127.0.0.1", port))?);
        self.open_by(seed, |asked| pace::ask(&mut connection, asked))
    }

    /// The same where whoever asks gets the status and the body.
    ///
    /// # Errors
    ///
    /// As [`Fixture::open`].
    pub fn open_by(
        &self,
        seed: u64,
        mut ask: impl FnMut(&Asked) -> Result<(u16, Vec<u8>)>,
    ) -> Result<Vec<Asked>> {
        let mut random = Random::new(seed ^ 0x5eed);
        let (mut open, mut hidden) = (Vec::new(), 0);
        for _ in 0..TRIED {
            let resume = random.below(SIZE.resumes);
            let header = |name: &str, value: String| (name.to_owned(), value);
            let asked = Asked {
                path: format!("/resumes/{}", id("Resume", resume)),
                headers: vec![
                    header("X-User", id("Recruiter", random.below(SIZE.recruiters))),
                    header("X-Job", id("Job", random.below(SIZE.jobs))),
                    header("X-Purpose", "recruitment".to_owned()),
                ],
            };
            let (status, body) = ask(&asked)?;
            if status != 200 {
                continue;
            }
            let text = String::from_utf8_lossy(&body).into_owned();
            // Whom a candidate applied to sees the number; most see none.
            hidden += usize::from(!text.contains(&phone(resume)));
            ensure!(body.len() > BYTES / 20, "a body of {} bytes", body.len());
            open.push(asked);
            if open.len() == ENOUGH {
                break;
            }
        }
        ensure!(open.len() >= 32, "only {} questions are open", open.len());
        ensure!(hidden * 2 > open.len(), "most numbers are shown");
        Ok(open)
    }
}

/// The same questions on the route without enforcement.
pub fn plain(asked: &[Asked]) -> Vec<Asked> {
    let plain = asked.iter().map(|a| Asked {
        path: a.path.replacen("/resumes/", "/plain/", 1),
        headers: a.headers.clone(),
    });
    plain.collect()
}

/// An upstream with this fixture's bodies, and its port.
///
/// # Errors
///
/// As [`Child::start`].
pub fn upstream(fixture: &Fixture) -> Result<(Child, u16)> {
    let child = Child::start("upstream", &fixture.bodies)?;
    let port = child.port("upstream")?;
    Ok((child, port))
}

/// Ids as the world has them.
fn id(entity_type: &str, number: usize) -> String {
    format!("{}-{number}", entity_type.to_lowercase())
}

fn phone(number: usize) -> String {
    format!("139{:08}", 12_345_678 + number * 7_919)
}

fn email(number: usize) -> String {
    format!("lena.v{number}@mail.example")
}

fn resource(number: usize) -> Value {
    json!({
        "resource": { "type": "Resume", "id": id("Resume", number) },
        "issued": { "region": "CN" },
        "known": {
            "phone": [phone(number)],
            "email": [email(number)],
            "wechat": [format!("lvq_hz_{number:04}")],
            "idCard": ["11010519491231002X"],
        },
    })
}

/// The body of a résumé: its sentences start elsewhere than the next one's.
fn body(number: usize) -> Result<Vec<u8>> {
    let script = match number % 2 {
        0 => Script::Latin,
        _ => Script::Chinese,
    };
    let mut body: Value = serde_json::from_slice(&document(script, Style::Words, BYTES))?;
    let basics = body.get_mut("basics").and_then(Value::as_object_mut);
    let basics = basics.context("basics")?;
    basics.insert("phone".to_owned(), json!(phone(number)));
    basics.insert("email".to_owned(), json!(email(number)));
    let jobs = body.get_mut("work").and_then(Value::as_array_mut);
    let jobs = jobs.context("work")?;
    let count = jobs.len().max(1);
    jobs.rotate_left(number % count);
    for (place, job) in jobs.iter_mut().enumerate() {
        if let Some(highlights) = job.get_mut("highlights").and_then(Value::as_array_mut) {
            let count = highlights.len().max(1);
            highlights.rotate_left((number + place) % count);
        }
        if let Some(Value::String(summary)) = job.get_mut("summary") {
            summary.push_str(&format!(" {} {}", number * 31 + place, script.name()));
        }
    }
    Ok(serde_json::to_vec(&body)?)
}
