//! Facts of the résumé pack as plain structs: what the handwritten function and the batch read.
//!
//! A world has companies, recruiters, jobs and résumés that know each other; a case is one question
//! in it. Ids are references into the store that names everything, for both sides. The same world is
//! written as Cedar's JSON for the oracle. Nothing here decides.

use super::random::Random;
use anyhow::{Context as _, Result};
use privet_host::{Entities, EntityReference, Policy};
use serde_json::{Value, json};

/// An entity, interned.
pub type Id = EntityReference;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Card,
    Contact,
    Detail,
    Download,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    ConsentWithdrawn,
    Deleted,
    RetentionOver,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    Full,
    Partial,
    Private,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Recruitment,
    Marketing,
    Research,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    ServicePackage,
    OnlineOrder,
}

#[derive(Debug, Clone, Copy)]
pub struct Contract {
    pub from: i64,
    pub until: i64,
    pub downloads_left: i64,
}

#[derive(Debug, Clone)]
pub struct Company {
    pub id: Id,
    /// Every company and list that it is in.
    pub above: Vec<Id>,
    pub verified: bool,
    pub registered_at: i64,
    pub group: Id,
    pub contract: Option<Contract>,
    number: usize,
    group_number: usize,
    parents: Vec<usize>,
    listed: bool,
}

#[derive(Debug, Clone)]
pub struct Recruiter {
    pub id: Id,
    pub headhunter: bool,
    pub company: usize,
    pub verified: bool,
    pub terms_accepted: bool,
}

#[derive(Debug, Clone)]
pub struct Job {
    pub id: Id,
    pub company: usize,
    pub team: Vec<Id>,
    pub closed: bool,
    pub closed_at: Option<i64>,
    team_numbers: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Resume {
    pub id: Id,
    pub owner: Id,
    pub state: State,
    pub visibility: Visibility,
    pub audience: Vec<Id>,
    pub open_to_headhunters: bool,
    pub phone_protected: bool,
    pub name_protected: bool,
    pub name_lifted_for: Vec<Id>,
    pub applied_to: Vec<Id>,
    pub blocked: Vec<Id>,
    pub employer: Option<usize>,
    numbers: [Vec<usize>; 4],
}

/// Everything that there is.
#[derive(Debug, Clone)]
pub struct World {
    pub companies: Vec<Company>,
    pub recruiters: Vec<Recruiter>,
    pub jobs: Vec<Job>,
    pub resumes: Vec<Resume>,
    pub blocklist: Id,
    pub names: Names,
}

/// References to the enumerated entities, in the order of the enums.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    pub kinds: [Id; 2],
    pub statuses: [Id; 2],
    pub states: [Id; 4],
    pub visibilities: [Id; 3],
    pub purposes: [Id; 3],
    pub payments: [Id; 2],
    pub views: [Id; 4],
}

/// One question.
#[derive(Debug, Clone)]
pub struct Case {
    pub recruiter: usize,
    pub resume: usize,
    pub job: Option<usize>,
    pub view: View,
    pub now: i64,
    pub purpose: Option<Purpose>,
    pub payment: Option<Payment>,
    pub relay_window: Option<(i64, i64)>,
    pub stopped: Vec<View>,
}

/// The candidate's state and the rest as the schema writes them.
pub const STATES: [&str; 4] = ["active", "consent-withdrawn", "deleted", "retention-over"];
pub const VISIBILITIES: [&str; 3] = ["full", "partial", "private"];
pub const PURPOSES: [&str; 3] = ["recruitment", "marketing", "research"];
pub const PAYMENTS: [&str; 2] = ["service-package", "online-order"];
pub const VIEWS: [&str; 4] = ["card", "contact", "detail", "download"];
const KINDS: [&str; 2] = ["employer", "headhunter"];
const STATUSES: [&str; 2] = ["open", "closed"];

const DAY: i64 = 86_400_000;
/// 2021-04-28T10:03:00Z.
pub const NOW: i64 = 1_619_604_180_000;

/// How many there are of each.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub companies: usize,
    pub recruiters: usize,
    pub jobs: usize,
    pub resumes: usize,
}

/// A world without its references, which a store gives.
#[derive(Debug)]
struct Plan {
    size: Size,
    random: Random,
}

impl World {
    /// A random world, and the store that has its entities.
    pub fn new(
        policy: &Policy,
        size: Size,
        random: &mut Random,
    ) -> Result<(Self, Entities, Value)> {
        let mut plan = Plan {
            size,
            random: random.clone(),
        };
        // The store gives the references, so the names come first, then the same numbers again.
        let names = plan.names();
        let named = Entities::from_json(policy, &names.to_string())?;
        let world = Plan {
            size,
            random: random.clone(),
        }
        .world(&named)?;
        let json = world.entities();
        let store = Entities::from_json(policy, &json.to_string())?;
        let world = Plan {
            size,
            random: random.clone(),
        }
        .world(&store)?;
        random.below(2);
        Ok((world, store, json))
    }

    /// The uids of a case, for a request.
    pub fn uids(&self, case: &Case) -> (Value, Value) {
        (uid("Recruiter", case.recruiter), uid("Resume", case.resume))
    }

    /// The whole store as Cedar's JSON.
    fn entities(&self) -> Value {
        let mut all = Vec::new();
        for company in &self.companies {
            let mut parents: Vec<Value> =
                company.parents.iter().map(|p| uid("Company", *p)).collect();
            if company.listed {
                parents.push(json!({ "type": "Blocklist", "id": "industry-alliance" }));
            }
            let mut attributes = json!({
                "verified": company.verified,
                "registeredAt": datetime(company.registered_at),
                "group": uid("Company", company.group_number),
            });
            if let (Some(contract), Some(members)) = (company.contract, attributes.as_object_mut())
            {
                let contract = json!({
                    "from": datetime(contract.from),
                    "until": datetime(contract.until),
                    "downloadsLeft": contract.downloads_left,
                });
                members.insert("contract".to_owned(), contract);
            }
            all.push(json!({ "uid": uid("Company", company.number), "attrs": attributes, "parents": parents }));
        }
        for (i, recruiter) in self.recruiters.iter().enumerate() {
            all.push(json!({
                "uid": uid("Recruiter", i),
                "attrs": {
                    "kind": named("RecruiterKind", KINDS, usize::from(recruiter.headhunter)),
                    "company": uid("Company", recruiter.company),
                    "verified": recruiter.verified,
                    "termsAccepted": recruiter.terms_accepted,
                },
                "parents": [],
            }));
        }
        for (i, job) in self.jobs.iter().enumerate() {
            let mut attributes = json!({
                "company": uid("Company", job.company),
                "team": uids("Recruiter", &job.team_numbers),
                "status": named("JobStatus", STATUSES, usize::from(job.closed)),
            });
            if let (Some(at), Some(members)) = (job.closed_at, attributes.as_object_mut()) {
                members.insert("closedAt".to_owned(), datetime(at));
            }
            all.push(json!({ "uid": uid("Job", i), "attrs": attributes, "parents": [] }));
        }
        for (i, resume) in self.resumes.iter().enumerate() {
            let [audience, lifted, applied, blocked] = &resume.numbers;
            let mut attributes = json!({
                "owner": uid("Candidate", i),
                "state": named("ResumeState", STATES, resume.state as usize),
                "visibility": named("Visibility", VISIBILITIES, resume.visibility as usize),
                "audience": uids("Company", audience),
                "openToHeadhunters": resume.open_to_headhunters,
                "phoneProtected": resume.phone_protected,
                "nameProtected": resume.name_protected,
                "nameLiftedFor": uids("Job", lifted),
                "appliedTo": uids("Job", applied),
                "blockedCompanies": uids("Company", blocked),
            });
            if let (Some(employer), Some(members)) = (resume.employer, attributes.as_object_mut()) {
                members.insert("currentEmployer".to_owned(), uid("Company", employer));
            }
            all.push(json!({ "uid": uid("Resume", i), "attrs": attributes, "parents": [] }));
            all.push(json!({ "uid": uid("Candidate", i), "attrs": {}, "parents": [] }));
        }
        all.extend(enumerated());
        Value::Array(all)
    }

    /// A random question.
    pub fn case(&self, random: &mut Random) -> Case {
        let now = NOW + (random.below(20) as i64 - 10) * DAY;
        Case {
            recruiter: random.below(self.recruiters.len()),
            resume: random.below(self.resumes.len()),
            job: random.chance(80).then(|| random.below(self.jobs.len())),
            view: *random.pick(&[View::Card, View::Contact, View::Detail, View::Download]),
            now,
            purpose: random.chance(90).then(|| match random.below(8) {
                0 => Purpose::Marketing,
                1 => Purpose::Research,
                _ => Purpose::Recruitment,
            }),
            payment: random
                .chance(40)
                .then(|| *random.pick(&[Payment::ServicePackage, Payment::OnlineOrder])),
            relay_window: random.chance(50).then(|| {
                let opens = now + (random.below(3) as i64 - 1) * DAY;
                (opens, opens + random.below(3) as i64 * DAY)
            }),
            stopped: VIEW_LIST.into_iter().filter(|_| random.chance(4)).collect(),
        }
    }

    /// The context of a question as Cedar's JSON.
    pub fn context(&self, case: &Case) -> Value {
        let mut context = json!({
            "view": named("View", VIEWS, case.view as usize),
            "now": datetime(case.now),
            "stoppedViews": case.stopped.iter().map(|v| named("View", VIEWS, *v as usize)).collect::<Vec<_>>(),
        });
        if let Some(members) = context.as_object_mut() {
            let mut put = |name: &str, value: Option<Value>| {
                if let Some(value) = value {
                    members.insert(name.to_owned(), value);
                }
            };
            put("job", case.job.map(|j| uid("Job", j)));
            put(
                "purpose",
                case.purpose.map(|p| named("Purpose", PURPOSES, p as usize)),
            );
            put(
                "payment",
                case.payment.map(|p| named("Payment", PAYMENTS, p as usize)),
            );
            let window = case.relay_window.map(|(opens, closes)| {
                json!({ "opensAt": datetime(opens), "closesAt": datetime(closes) })
            });
            put("relayWindow", window);
        }
        context
    }

    /// The question as the host's facts, in JSON.
    pub fn facts(&self, case: &Case, entities: &Value) -> Value {
        let (principal, resource) = self.uids(case);
        let mut context = self.context(case);
        let mut now = Value::Null;
        if let Some(members) = context.as_object_mut() {
            members.remove("view");
            now = members.remove("now").unwrap_or_default();
        }
        json!({
            "principal": principal,
            "resource": resource,
            "context": context,
            "entities": entities,
            "now": now,
            "view": VIEWS.get(case.view as usize),
        })
    }
}

const VIEW_LIST: [View; 4] = [View::Card, View::Contact, View::Detail, View::Download];

/// Entities of enumerated types, so that a store names them all.
fn enumerated() -> Vec<Value> {
    let mut all = Vec::new();
    let lists: [(&str, &[&str]); 8] = [
        ("RecruiterKind", &KINDS),
        ("JobStatus", &STATUSES),
        ("ResumeState", &STATES),
        ("Visibility", &VISIBILITIES),
        ("Purpose", &PURPOSES),
        ("Payment", &PAYMENTS),
        ("View", &VIEWS),
        ("Blocklist", &["industry-alliance"]),
    ];
    for (ty, ids) in lists {
        for id in ids {
            all.push(json!({ "uid": { "type": ty, "id": id }, "attrs": {}, "parents": [] }));
        }
    }
    all
}

fn uid(ty: &str, number: usize) -> Value {
    json!({ "type": ty, "id": format!("{}-{number}", ty.to_lowercase()) })
}

fn uids(ty: &str, numbers: &[usize]) -> Value {
    numbers.iter().map(|n| uid(ty, *n)).collect()
}

fn named<const N: usize>(ty: &str, ids: [&str; N], index: usize) -> Value {
    json!({ "type": ty, "id": ids.get(index) })
}

/// A whole day or second as Cedar reads it.
fn datetime(milliseconds: i64) -> Value {
    // Days since 1970 to a civil date (Hinnant's algorithm).
    let (days, rest) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let seconds = rest / 1000;
    json!(format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        rest % 1000
    ))
}

impl Plan {
    /// All entities with no attribute that matters: enough to intern the names.
    fn names(&mut self) -> Value {
        let mut all = enumerated();
        for i in 0..self.size.resumes {
            all.push(json!({ "uid": uid("Candidate", i), "attrs": {}, "parents": [] }));
        }
        for i in 0..self.size.companies {
            all.push(json!({
                "uid": uid("Company", i),
                "attrs": { "verified": true, "registeredAt": "2020-01-01", "group": uid("Company", i) },
                "parents": [],
            }));
        }
        for i in 0..self.size.recruiters {
            all.push(json!({
                "uid": uid("Recruiter", i),
                "attrs": {
                    "kind": named("RecruiterKind", KINDS, 0),
                    "company": uid("Company", 0),
                    "verified": true,
                    "termsAccepted": true,
                },
                "parents": [],
            }));
        }
        for i in 0..self.size.jobs {
            let attributes = json!({
                "company": uid("Company", 0),
                "team": [],
                "status": named("JobStatus", STATUSES, 0),
            });
            all.push(json!({ "uid": uid("Job", i), "attrs": attributes, "parents": [] }));
        }
        for i in 0..self.size.resumes {
            let attributes = json!({
                "owner": uid("Candidate", i),
                "state": named("ResumeState", STATES, 0),
                "visibility": named("Visibility", VISIBILITIES, 0),
                "audience": [],
                "openToHeadhunters": true,
                "phoneProtected": true,
                "nameProtected": true,
                "nameLiftedFor": [],
                "appliedTo": [],
                "blockedCompanies": [],
            });
            all.push(json!({ "uid": uid("Resume", i), "attrs": attributes, "parents": [] }));
        }
        Value::Array(all)
    }

    fn world(&mut self, store: &Entities) -> Result<World> {
        let size = self.size;
        let find = |ty: &str, id: &str| {
            store
                .find(ty, id)
                .with_context(|| format!("{ty}::{id:?} is not named"))
        };
        let numbered = |ty: &str, n: usize| find(ty, &format!("{}-{n}", ty.to_lowercase()));
        let all = |ty: &str, numbers: &[usize]| -> Result<Vec<Id>> {
            numbers.iter().map(|n| numbered(ty, *n)).collect()
        };
        let random = &mut self.random;
        let some = |count: usize, percent: usize, random: &mut Random| -> Vec<usize> {
            (0..count).filter(|_| random.chance(percent)).collect()
        };
        let blocklist = find("Blocklist", "industry-alliance")?;
        let mut companies: Vec<Company> = Vec::new();
        for number in 0..size.companies {
            let parents: Vec<usize> = match number > 0 && random.chance(40) {
                true => vec![random.below(number)],
                false => Vec::new(),
            };
            let listed = random.chance(5);
            let mut above: Vec<Id> = listed.then_some(blocklist).into_iter().collect();
            let mut group_number = number;
            for parent in &parents {
                if let Some(parent) = companies.get(*parent) {
                    above.push(parent.id);
                    above.extend(&parent.above);
                    group_number = parent.group_number;
                }
            }
            above.sort();
            above.dedup();
            companies.push(Company {
                id: numbered("Company", number)?,
                above,
                verified: random.chance(90),
                registered_at: NOW - random.below(1000) as i64 * DAY,
                group: numbered("Company", group_number)?,
                contract: random.chance(60).then(|| {
                    let from = NOW + (random.below(40) as i64 - 30) * DAY;
                    Contract {
                        from,
                        until: from + random.below(60) as i64 * DAY,
                        downloads_left: random.below(3) as i64,
                    }
                }),
                number,
                group_number,
                parents,
                listed,
            });
        }
        let mut recruiters = Vec::new();
        for number in 0..size.recruiters {
            recruiters.push(Recruiter {
                id: numbered("Recruiter", number)?,
                headhunter: random.chance(30),
                company: random.below(size.companies),
                verified: random.chance(85),
                terms_accepted: random.chance(92),
            });
        }
        let mut jobs = Vec::new();
        for number in 0..size.jobs {
            let team_numbers = some(size.recruiters, 40, random);
            let closed = random.chance(25);
            jobs.push(Job {
                id: numbered("Job", number)?,
                company: random.below(size.companies),
                team: all("Recruiter", &team_numbers)?,
                closed,
                closed_at: (closed && random.chance(70))
                    .then(|| NOW - random.below(15) as i64 * DAY),
                team_numbers,
            });
        }
        let mut resumes = Vec::new();
        for number in 0..size.resumes {
            let numbers = [
                some(size.companies, 20, random),
                some(size.jobs, 20, random),
                some(size.jobs, 45, random),
                some(size.companies, 8, random),
            ];
            let [audience, lifted, applied, blocked] = &numbers;
            resumes.push(Resume {
                id: numbered("Resume", number)?,
                owner: numbered("Candidate", number)?,
                state: match random.below(20) {
                    0 => State::ConsentWithdrawn,
                    1 => State::Deleted,
                    2 => State::RetentionOver,
                    _ => State::Active,
                },
                visibility: match random.below(6) {
                    0 => Visibility::Private,
                    1 | 2 => Visibility::Partial,
                    _ => Visibility::Full,
                },
                audience: all("Company", audience)?,
                open_to_headhunters: random.chance(60),
                phone_protected: random.chance(40),
                name_protected: random.chance(40),
                name_lifted_for: all("Job", lifted)?,
                applied_to: all("Job", applied)?,
                blocked: all("Company", blocked)?,
                employer: random.chance(60).then(|| random.below(size.companies)),
                numbers,
            });
        }
        fn enumeration<const N: usize>(
            store: &Entities,
            ty: &str,
            ids: [&str; N],
        ) -> Result<[Id; N]> {
            let found: Vec<Id> = ids.iter().filter_map(|id| store.find(ty, id)).collect();
            found
                .try_into()
                .ok()
                .with_context(|| format!("the ids of {ty} are not named"))
        }
        Ok(World {
            companies,
            recruiters,
            jobs,
            resumes,
            blocklist,
            names: Names {
                kinds: enumeration(store, "RecruiterKind", KINDS)?,
                statuses: enumeration(store, "JobStatus", STATUSES)?,
                states: enumeration(store, "ResumeState", STATES)?,
                visibilities: enumeration(store, "Visibility", VISIBILITIES)?,
                purposes: enumeration(store, "Purpose", PURPOSES)?,
                payments: enumeration(store, "Payment", PAYMENTS)?,
                views: enumeration(store, "View", VIEWS)?,
            },
        })
    }
}
