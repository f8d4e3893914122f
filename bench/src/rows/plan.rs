//! A plan of the pack: against Cedar action by action, against handwritten Rust, one and a page.

use super::{Run, engine};
use crate::measure::{Samples, per, side};
use crate::peer::cedar::Pack;
use crate::peer::rust::{self, Disclosure, Gate};
use crate::row::{Ratio, Row, Target};
use crate::workload::random::Random;
use crate::workload::resume::{Case, Id, NOW, Purpose, Size, VIEWS, View, World};
use anyhow::{Context as _, Result, bail};
use privet_host::manifest::Manifest;
use privet_host::{
    Batch, Entities, Facts, GateAnswer, PlanRef, Policy, References, StructHandle, ViewHandle,
};
use std::hint::black_box;

/// Résumés of a search page.
const PAGE: usize = 50;

/// A world of the size that one question needs, and one with a page of résumés.
const SMALL: Size = Size {
    companies: 8,
    recruiters: 4,
    jobs: 4,
    resumes: 4,
};
const LARGE: Size = Size {
    companies: 20,
    recruiters: 4,
    jobs: 6,
    resumes: PAGE,
};

type Recruiter = (Id, Id, bool, bool);
type Company = (bool, i64, Id, Option<(i64, i64, i64)>);
type Job = (Id, References, Id, Option<i64>);
type Resume = (
    Id,
    Id,
    Id,
    References,
    bool,
    bool,
    bool,
    References,
    References,
    References,
    Option<Id>,
);
type Asked = (
    i64,
    Option<Id>,
    Option<Id>,
    Option<Id>,
    Option<(i64, i64)>,
    References,
);

/// Every handle that the facts need.
#[derive(Debug)]
pub struct Handles {
    recruiter: StructHandle<Recruiter>,
    company: StructHandle<Company>,
    job: StructHandle<Job>,
    resume: StructHandle<Resume>,
    context: StructHandle<Asked>,
}

impl Handles {
    /// Resolves them once.
    pub fn new(policy: &Policy) -> Result<Self> {
        Ok(Self {
            recruiter: policy.entity_struct(
                "Recruiter",
                &["kind", "company", "verified", "termsAccepted"],
            )?,
            company: policy.entity_struct(
                "Company",
                &[
                    "verified",
                    "registeredAt",
                    "group",
                    "contract",
                    "contract.from",
                    "contract.until",
                    "contract.downloadsLeft",
                ],
            )?,
            job: policy.entity_struct("Job", &["company", "team", "status", "closedAt"])?,
            resume: policy.entity_struct(
                "Resume",
                &[
                    "owner",
                    "state",
                    "visibility",
                    "audience",
                    "openToHeadhunters",
                    "phoneProtected",
                    "nameProtected",
                    "nameLiftedFor",
                    "appliedTo",
                    "blockedCompanies",
                    "currentEmployer",
                ],
            )?,
            context: policy.context_struct(
                "Recruiter",
                "Resume",
                &[
                    "now",
                    "job",
                    "purpose",
                    "payment",
                    "relayWindow",
                    "relayWindow.opensAt",
                    "relayWindow.closesAt",
                    "stoppedViews",
                ],
            )?,
        })
    }

    fn write_company(&self, batch: &mut Batch, world: &World, index: usize) -> Result<()> {
        let company = world.companies.get(index).context("a company")?;
        let contract = company.contract;
        let attributes = (
            company.verified,
            company.registered_at,
            company.group,
            contract.map(|c| (c.from, c.until, c.downloads_left)),
        );
        Ok(batch.entity(company.id, &self.company, attributes)?)
    }

    /// The viewer's side: recruiter, job and their companies.
    fn write_viewer(&self, batch: &mut Batch, world: &World, case: &Case) -> Result<()> {
        let recruiter = world
            .recruiters
            .get(case.recruiter)
            .context("a recruiter")?;
        let [employer_kind, headhunter_kind] = world.names.kinds;
        let employer = world
            .companies
            .get(recruiter.company)
            .context("a company")?;
        let kind = match recruiter.headhunter {
            true => headhunter_kind,
            false => employer_kind,
        };
        let attributes = (
            kind,
            employer.id,
            recruiter.verified,
            recruiter.terms_accepted,
        );
        batch.entity(recruiter.id, &self.recruiter, attributes)?;
        self.write_company(batch, world, recruiter.company)?;
        let Some(job) = case.job else { return Ok(()) };
        let job = world.jobs.get(job).context("a job")?;
        let [open, closed] = world.names.statuses;
        let hiring = world.companies.get(job.company).context("a company")?;
        let status = if job.closed { closed } else { open };
        let attributes = (hiring.id, job.team.as_slice(), status, job.closed_at);
        batch.entity(job.id, &self.job, attributes)?;
        if job.company != recruiter.company {
            self.write_company(batch, world, job.company)?;
        }
        Ok(())
    }

    /// A résumé and the company that employs its owner.
    fn write_resume(&self, batch: &mut Batch, world: &World, index: usize) -> Result<()> {
        let resume = world.resumes.get(index).context("a résumé")?;
        let pick = |list: &[Id], index: usize| list.get(index).copied().context("a name");
        let employer = match resume.employer {
            Some(employer) => Some(world.companies.get(employer).context("a company")?.id),
            None => None,
        };
        let attributes = (
            resume.owner,
            pick(&world.names.states, resume.state as usize)?,
            pick(&world.names.visibilities, resume.visibility as usize)?,
            resume.audience.as_slice(),
            resume.open_to_headhunters,
            resume.phone_protected,
            resume.name_protected,
            resume.name_lifted_for.as_slice(),
            resume.applied_to.as_slice(),
            resume.blocked.as_slice(),
            employer,
        );
        Ok(batch.entity(resume.id, &self.resume, attributes)?)
    }

    /// The request and its context.
    fn write_request(
        &self,
        batch: &mut Batch,
        world: &World,
        case: &Case,
        view: ViewHandle,
        resume: usize,
    ) -> Result<()> {
        let recruiter = world
            .recruiters
            .get(case.recruiter)
            .context("a recruiter")?;
        let resume = world.resumes.get(resume).context("a résumé")?;
        let names = &world.names;
        let mut stopped = [*names.views.first().context("a view")?; 4];
        let mut count = 0;
        for (place, view) in stopped.iter_mut().zip(&case.stopped) {
            *place = *names.views.get(*view as usize).context("a view")?;
            count += 1;
        }
        let asked = case.job.and_then(|j| world.jobs.get(j));
        let purpose = case.purpose.and_then(|p| names.purposes.get(p as usize));
        let payment = case.payment.and_then(|p| names.payments.get(p as usize));
        let context = (
            case.now,
            asked.map(|job| job.id),
            purpose.copied(),
            payment.copied(),
            case.relay_window,
            stopped.get(..count).unwrap_or_default(),
        );
        Ok(batch.request(recruiter.id, resume.id, view, &self.context, context)?)
    }

    /// Everything that one question reads, from structs.
    pub fn single(
        &self,
        batch: &mut Batch,
        world: &World,
        case: &Case,
        view: ViewHandle,
    ) -> Result<()> {
        batch.clear();
        self.write_viewer(batch, world, case)?;
        self.write_resume(batch, world, case.resume)?;
        let employer = world.resumes.get(case.resume).and_then(|r| r.employer);
        if let Some(employer) = employer {
            self.write_company(batch, world, employer)?;
        }
        self.write_request(batch, world, case, view, case.resume)
    }

    /// The same for a page: the viewer and the companies once, each résumé.
    fn page(&self, batch: &mut Batch, world: &World, case: &Case, view: ViewHandle) -> Result<()> {
        batch.clear();
        self.write_viewer(batch, world, case)?;
        for company in 0..world.companies.len() {
            self.write_company(batch, world, company)?;
        }
        for resume in 0..world.resumes.len() {
            self.write_resume(batch, world, resume)?;
            self.write_request(batch, world, case, view, resume)?;
        }
        Ok(())
    }
}

/// A guest's plan in the words of the handwritten function; `places` gives the policy of an entry.
#[inline]
fn disclosure(plan: &PlanRef<'_>) -> Disclosure {
    let rungs = plan.rung_places().first_chunk();
    let rungs = rungs.copied().unwrap_or([255; rust::CLASSES]);
    Disclosure {
        gate: match plan.gate() {
            GateAnswer::Open => Gate::Open,
            GateAnswer::NotFound => Gate::NotFound,
            GateAnswer::Forbidden => Gate::Forbidden,
        },
        rungs,
        obligations: plan.obligation_bits(),
        satisfied: plan.satisfied_words().next().unwrap_or_default(),
        erred: plan.erred_words().next().unwrap_or_default(),
    }
}

/// Entries as policies: bit by bit.
fn by_policy(manifest: &Manifest, plan: usize, entries: u64) -> u64 {
    let entries_of = manifest.plans.get(plan).map(|p| p.entries.as_slice());
    let set = entries_of.unwrap_or_default().iter().enumerate();
    let set = set.filter(|(i, _)| entries >> i & 1 == 1);
    set.fold(0, |mask, (_, entry)| mask | 1 << entry.policy)
}

/// The plan for recruiters.
fn plan_of(manifest: &Manifest) -> Result<usize> {
    let recruiter = manifest.entity_type("Recruiter").context("no recruiter")?;
    let plan = manifest.plans.iter().position(|p| {
        let signature = manifest.signatures.get(p.signature as usize);
        signature.is_some_and(|s| s.principal == recruiter)
    });
    plan.context("no plan for recruiters")
}

/// The question that is timed: everything is in order, so every condition is evaluated.
fn detail() -> Case {
    Case {
        recruiter: 0,
        resume: 0,
        job: Some(0),
        view: View::Detail,
        now: NOW,
        purpose: Some(Purpose::Recruitment),
        payment: None,
        relay_window: Some((NOW - 1000, NOW + 1000)),
        stopped: Vec::new(),
    }
}

/// A world in which the timed question finds an open gate.
fn open_world(
    policy: &Policy,
    size: Size,
    seed: u64,
) -> Result<(World, Entities, serde_json::Value)> {
    for attempt in 0..1000 {
        let made = World::new(policy, size, &mut Random::new(seed ^ attempt))?;
        let plan = rust::plan(&made.0, &detail());
        let revealed = plan.is_some_and(|p| p.gate == Gate::Open && p.rungs.contains(&0));
        let team = made.0.jobs.first().is_some_and(|j| {
            made.0
                .recruiters
                .first()
                .is_some_and(|r| j.team.contains(&r.id))
        });
        if revealed && team {
            return Ok(made);
        }
    }
    bail!("no world with an open gate")
}

/// The facts of the timed question, as JSON, for other rows.
pub fn facts_for(policy: &Policy, seed: u64) -> Result<String> {
    let (world, _, json) = open_world(policy, SMALL, seed)?;
    Ok(world.facts(&detail(), &json).to_string())
}

/// Compares guest, handwritten function and Cedar on random facts.
fn agree(run: &Run, policy: &Policy, lenient: &Policy, cedar: &Pack) -> Result<()> {
    let manifest = policy.manifest();
    let plan = plan_of(manifest)?;
    let handles = Handles::new(policy)?;
    let mut random = Random::new(run.seed);
    let (mut done, mut open) = (0, 0);
    let mut instance = policy.instance()?;
    let mut unstrict = lenient.instance()?;
    while done < run.facts {
        random.below(3);
        let (world, store, json) = World::new(policy, SMALL, &mut random)?;
        let entities = cedar.entities(&json)?;
        let mut batch = Batch::new(&store);
        for _ in 0..run.facts.min(200) {
            let case = world.case(&mut random);
            let view = *VIEWS.get(case.view as usize).context("a view")?;
            handles.single(&mut batch, &world, &case, store.view(view)?)?;
            if done % 100 == 0 {
                batch.verify()?;
            }
            let page = instance.disclose_batch(&batch)?;
            let given = page.iter().next().context("a plan")?;
            let mut ours = disclosure(&given);
            ours.satisfied = by_policy(manifest, plan, ours.satisfied);
            ours.erred = by_policy(manifest, plan, ours.erred);
            let wanted = rust::plan(&world, &case).context("a plan")?;
            if ours != wanted {
                bail!(
                    "the guest and the handwritten function differ:\n{ours:?}\n{wanted:?}\n{case:?}"
                );
            }
            let context = world.context(&case);
            let questions = cedar.questions(manifest, view, world.uids(&case), &context)?;
            let theirs = cedar.answers(&entities, &questions);
            let facts = world.facts(&case, &json);
            let facts = Facts::from_json(lenient, &facts.to_string(), None)?;
            let plan = unstrict.plan(&facts.entities, &facts.request, view)?;
            let mut reasons = theirs.reasons.iter();
            let mut same = (plan.gate() == GateAnswer::Open) == theirs.open
                && plan.gate_reasons() == theirs.gate_reasons;
            let asked = manifest.classes.iter().zip(&theirs.rungs);
            for ((class, taken), rung) in asked.zip(&ours.rungs) {
                same &= taken == rung;
                for rung in class
                    .rungs
                    .iter()
                    .take(usize::from(*taken).saturating_add(1))
                {
                    same &= reasons
                        .next()
                        .is_some_and(|r| plan.reasons(rung.action) == *r);
                }
            }
            if !same {
                bail!(
                    "the guest and Cedar differ: {theirs:?}\n{:?}",
                    plan.gate_reasons()
                );
            }
            open += usize::from(theirs.open);
            done += 1;
        }
    }
    eprintln!(
        "  {done} random facts: guest, handwritten function and Cedar agree; {open} gates open"
    );
    if open * 10 < done {
        bail!("too few open gates to say anything");
    }
    Ok(())
}

pub fn measure(run: &mut Run) -> Result<()> {
    let names = ["plan_vs_cedar", "plan_vs_rust", "page_of_50"];
    if !names.iter().any(|n| run.wants(n)) {
        return Ok(());
    }
    eprintln!("plan");
    let source = privet_pack::read(&run.pack)?.source;
    let engine = engine()?;
    let compile = |source: &privet_compiler::Source| -> Result<Policy> {
        Ok(engine.load(&privet_compiler::compile(source)?.wasm)?)
    };
    let policy = compile(&source)?;
    let cedar = Pack::new(&source)?;
    if run.frozen {
        let lenient = compile(&privet_compiler::Source {
            strict: false,
            ..source.clone()
        })?;
        agree(run, &policy, &lenient, &cedar)?;
    }
    let case = detail();
    let (world, store, json) = open_world(&policy, SMALL, run.seed)?;
    let facts = world.facts(&case, &json);
    let facts = Facts::from_json(&policy, &facts.to_string(), None)?;
    if run.wants("plan_vs_cedar") {
        let entities = cedar.entities(&json)?;
        let context = world.context(&case);
        let questions =
            cedar.questions(policy.manifest(), "detail", world.uids(&case), &context)?;
        let mut rungs = Vec::new();
        let calls = cedar.plan(&entities, &questions, &mut rungs);
        let mut instance = policy.instance()?;
        let samples = run.effort.compare(
            side(|| {
                let plan = instance.disclose(&facts.entities, &facts.request, "detail");
                plan.map(|p| disclosure(&p)).ok()
            }),
            side(|| cedar.plan(&entities, &questions, &mut rungs)),
        );
        let row = Row::ratio(
            "plan_vs_cedar",
            "frozen pack, detail",
            Ratio::TimesFaster,
            Target::AtLeast(1000.0),
            &samples,
        );
        let per_call = row.ratio.unwrap_or_default() / calls as f64;
        let note = format!("Cedar is asked {calls} times; per call {per_call:.1} times");
        run.add(row.noted(note), samples);
    }
    let handles = Handles::new(&policy)?;
    let view = store.view("detail")?;
    let single = |instance: &mut privet_host::Instance, batch: &mut Batch| -> Result<Disclosure> {
        handles.single(batch, &world, &case, view)?;
        let page = instance.disclose_batch(batch)?;
        let plan = page.iter().next().context("a plan")?;
        Ok(disclosure(&plan))
    };
    let (large, large_store, large_json) = open_world(&policy, LARGE, run.seed)?;
    let large_view = large_store.view("detail")?;
    let page = |instance: &mut privet_host::Instance,
                batch: &mut Batch,
                to: &mut Vec<Disclosure>|
     -> Result<()> {
        handles.page(batch, &large, &case, large_view)?;
        to.clear();
        to.extend(
            instance
                .disclose_batch(batch)?
                .iter()
                .map(|p| disclosure(&p)),
        );
        Ok(())
    };
    let cases: Vec<Case> = (0..PAGE)
        .map(|resume| Case {
            resume,
            ..case.clone()
        })
        .collect();
    if run.wants("plan_vs_rust") && run.frozen {
        let mut instance = policy.instance()?;
        let mut batch = Batch::new(&store);
        single(&mut instance, &mut batch)?;
        let samples = run.effort.compare(
            side(|| single(&mut instance, &mut batch).ok()),
            side(|| rust::plan(black_box(&world), black_box(&case))),
        );
        run.add(rust_row("single", 5.0, &samples), samples);
        let mut batch = Batch::new(&large_store);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        page(&mut instance, &mut batch, &mut ours)?;
        let samples = run.effort.compare(
            per(PAGE, || page(&mut instance, &mut batch, &mut ours).is_ok()),
            per(PAGE, || {
                theirs.clear();
                let all = black_box(&cases).iter();
                theirs.extend(all.filter_map(|case| rust::plan(black_box(&large), case)));
                theirs.len()
            }),
        );
        run.add(rust_row("page", 2.5, &samples), samples);
    }
    if run.wants("page_of_50") {
        let mut instances = [policy.instance()?, policy.instance()?];
        let [one, other] = &mut instances;
        let mut all = Vec::new();
        for case in &cases {
            let facts = large.facts(case, &large_json);
            all.push(facts);
        }
        let requests = page_requests(&policy, &large_store, &large, &cases)?;
        let references: Vec<&privet_host::Request> = requests.iter().collect();
        let mut next = 0;
        let samples = run.effort.compare(
            per(PAGE, || {
                let page = one.disclose_page(&large_store, &references, "detail");
                page.map(|p| p.iter().map(|p| disclosure(&p).obligations).sum::<u64>())
                    .ok()
            }),
            side(|| {
                next = (next + 1) % PAGE;
                let request = references.get(next)?;
                let plan = other.disclose(&large_store, request, "detail");
                plan.map(|p| disclosure(&p)).ok()
            }),
        );
        let row = Row::ratio(
            "page_of_50",
            "frozen pack, detail, facts loaded",
            Ratio::ShareOfTheirs,
            Target::AtMost(0.7),
            &samples,
        );
        run.add(row, samples);
    }
    Ok(())
}

/// The requests of a page over one store.
fn page_requests(
    policy: &Policy,
    store: &Entities,
    world: &World,
    cases: &[Case],
) -> Result<Vec<privet_host::Request>> {
    let mut requests = Vec::new();
    let gate = policy.manifest().gates.iter().find(|g| g.view == "detail");
    let action = gate.and_then(|g| policy.manifest().schema.actions.get(g.action as usize));
    let action = &action.context("a gate")?.uid;
    for case in cases {
        let (principal, resource) = world.uids(case);
        requests.push(privet_host::Request::from_json(
            store,
            &principal.to_string(),
            action,
            &resource.to_string(),
            &world.context(case).to_string(),
        )?);
    }
    Ok(requests)
}

fn rust_row(case: &str, target: f64, samples: &Samples) -> Row {
    Row::ratio(
        "plan_vs_rust",
        case,
        Ratio::ShareOfTheirs,
        Target::AtMost(target),
        samples,
    )
}
