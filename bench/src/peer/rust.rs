//! The limit: the frozen pack's plan written by hand, over plain structs.
//!
//! It returns what a plan returns: gate, rungs, obligations, and which policies hold, a bit each in
//! the order of their ids. The checks in `rows/plan.rs` compare it with the guest and with Cedar on
//! random facts. Whoever changes `bench/pack` changes this.

use crate::workload::resume::{
    Case, Company, Id, Payment, Purpose, State, View, Visibility, World,
};

/// Number of classes.
pub const CLASSES: usize = 32;

/// A plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disclosure {
    pub gate: Gate,
    pub rungs: [u8; CLASSES],
    pub obligations: u64,
    pub satisfied: u64,
    pub erred: u64,
}

/// How the gate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Open,
    NotFound,
    Forbidden,
}

const NONE: u8 = 255;

const RECORD: u64 = 1;
const NOTIFY: u64 = 2;
const WATERMARK: u64 = 4;
const LEASE: u64 = 8;

const WEEK: i64 = 7 * 86_400_000;

fn within(company: &Company, set: &[Id]) -> bool {
    set.contains(&company.id) || company.above.iter().any(|above| set.contains(above))
}

/// The plan of a recruiter for a résumé.
#[inline(never)]
pub fn plan(world: &World, case: &Case) -> Option<Disclosure> {
    let recruiter = world.recruiters.get(case.recruiter)?;
    let company = world.companies.get(recruiter.company)?;
    let resume = world.resumes.get(case.resume)?;
    let job = match case.job {
        Some(job) => Some(world.jobs.get(job)?),
        None => None,
    };
    let hiring = match job {
        Some(job) => Some(world.companies.get(job.company)?),
        None => None,
    };
    let employer = match resume.employer {
        Some(employer) => Some(world.companies.get(employer)?),
        None => None,
    };
    let view = case.view;
    let detail = view == View::Detail;
    let download = view == View::Download;
    let contact_view = view == View::Contact;
    let whole = detail || download;
    let verified = recruiter.verified;
    let applied = job
        .is_some_and(|job| resume.applied_to.contains(&job.id) && job.team.contains(&recruiter.id));
    // Permits.
    let after_apply = detail && verified && applied;
    let history = whole && verified && applied;
    let relay = history;
    let lifted_name = download && verified && applied;
    let cloud = contact_view && verified;
    let card = !contact_view;
    let beside_open_name = !contact_view && !resume.name_protected;
    let detailed = whole && verified;
    let open_name = detailed && !resume.name_protected;
    // Forbids on rungs.
    let window = case
        .relay_window
        .is_some_and(|(opens, closes)| !(opens <= case.now && case.now < closes));
    let phone_protected = resume.phone_protected;
    let name_protected = resume.name_protected
        && !job.is_some_and(|job| {
            resume.name_lifted_for.contains(&job.id)
                && resume.applied_to.contains(&job.id)
                && job.team.contains(&recruiter.id)
        });
    let (mut closed, mut closed_erred) = (false, false);
    if let Some(job) = job
        && job.closed
    {
        match job.closed_at.map(|at| at.checked_add(WEEK)) {
            Some(Some(end)) => closed = case.now >= end,
            Some(None) => closed_erred = true,
            None => closed = true,
        }
    }
    let ended = closed || closed_erred;
    // Forbids on gates.
    let blocked = within(company, &resume.blocked);
    let job_blocked = hiring.is_some_and(|hiring| within(hiring, &resume.blocked));
    let listed = company.above.contains(&world.blocklist);
    let job_listed = hiring.is_some_and(|hiring| hiring.above.contains(&world.blocklist));
    let same = |company: &Company| {
        employer.is_some_and(|e| e.id == company.id || e.group == company.group)
    };
    let current = same(company);
    let job_current = hiring.is_some_and(same);
    let unusable = resume.state != State::Active;
    let private = resume.visibility == Visibility::Private && !applied;
    let partial = resume.visibility == Visibility::Partial
        && !(resume.audience.contains(&company.id) || applied);
    let headhunters = recruiter.headhunter && !resume.open_to_headhunters && !applied;
    let unverified_company = !company.verified;
    let unverified = !verified;
    let terms = !recruiter.terms_accepted;
    let purpose = case.purpose != Some(Purpose::Recruitment);
    let stopped = case.stopped.contains(&view);
    let paid = case.payment == Some(Payment::OnlineOrder);
    let no_contract = !company.contract.is_some_and(|contract| {
        contract.from <= case.now && case.now < contract.until && contract.downloads_left > 0
    });

    let quiet =
        blocked | job_blocked | current | job_current | unusable | private | partial | headhunters;
    let mut loud = listed | job_listed | unverified_company | terms | purpose | stopped;
    match view {
        View::Download => loud |= paid | no_contract | unverified,
        View::Contact => loud |= unverified,
        View::Card | View::Detail => {}
    }
    let gate = match (quiet, loud) {
        (true, _) => Gate::NotFound,
        (false, true) => Gate::Forbidden,
        (false, false) => Gate::Open,
    };
    let mut rungs = [NONE; CLASSES];
    let mut obligations = RECORD;
    if gate == Gate::Open {
        obligations |= match view {
            View::Card | View::Detail => 0,
            View::Download => NOTIFY | WATERMARK,
            View::Contact => NOTIFY,
        };
        let identity = after_apply && !name_protected;
        let real = after_apply && !phone_protected && !ended;
        let issued = !window && !ended;
        let email = match () {
            () if real && !name_protected => {
                obligations |= NOTIFY;
                0
            }
            () if relay && issued => {
                obligations |= NOTIFY | LEASE;
                1
            }
            () if detailed && !ended => 2,
            () => NONE,
        };
        let phone = match () {
            () if real => {
                obligations |= NOTIFY;
                0
            }
            () if (relay || cloud) && issued => {
                obligations |= LEASE | if relay { NOTIFY } else { 0 };
                1
            }
            () => NONE,
        };
        if real {
            obligations |= NOTIFY;
        }
        let either = |first: bool, second: bool| match (first, second) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => NONE,
        };
        let third = |first: bool, second: bool, third: bool| match either(first, second) {
            NONE if third => 2,
            rung => rung,
        };
        let only = |rung: u8, allowed: bool| if allowed { rung } else { NONE };
        let named = (open_name || lifted_name) && !name_protected;
        rungs = [
            either(history, detailed),                            // activity
            only(1, detailed),                                    // address
            NONE,                                                 // age
            only(1, detailed),                                    // awards
            only(0, card),                                        // career
            either(identity, card),                               // certificates
            only(0, card),                                        // city
            third(history, detailed, card),                       // dates
            third(history, detailed, card),                       // education
            email,                                                // email
            either(after_apply, history || beside_open_name),     // employer
            only(1, card),                                        // headline
            NONE,                                                 // idCard
            only(1, detailed),                                    // interests
            only(0, real),                                        // messenger
            either(identity || named, card),                      // name
            NONE,                                                 // original
            only(1, identity),                                    // personalLinks
            phone,                                                // phone
            only(0, identity),                                    // photo
            either(identity && !phone_protected && !ended, card), // profiles
            only(1, detailed),                                    // prose
            either(identity, history || open_name),               // publications
            NONE,                                                 // resumeNumber
            only(1, detailed),                                    // salary
            NONE,                                                 // sensitive
            only(1, card),                                        // skills
            either(after_apply, detailed),                        // studyDates
            only(0, card),                                        // technical
            only(1, card),                                        // thirdParties
            third(identity, named, detailed),                     // volunteering
            either(after_apply, card),                            // workLocation
        ];
    }
    let bits = [
        blocked,
        listed,
        card,
        closed,
        cloud,
        after_apply, // contact-after-apply
        current,
        terms,
        detailed,
        stopped,
        beside_open_name,
        true, // free-text-is-scrubbed
        headhunters,
        history,
        after_apply, // identity-after-apply
        job_blocked,
        job_listed,
        job_current,
        lifted_name,
        true, // no-discrimination
        no_contract,
        paid,
        true, // no-way-around
        true, // not-needed-to-recruit
        open_name,
        false, // owner-sees-everything
        partial,
        after_apply, // precise-history-after-apply
        private,
        name_protected,
        phone_protected,
        purpose,
        true, // recruiters-ask-for-the-cloud-phone
        true, // recruiters-download
        true, // recruiters-see-cards
        true, // recruiters-see-details
        relay,
        window,
        unusable,
        unverified_company,
        unverified,
    ];
    let mut satisfied = 0_u64;
    for (bit, holds) in bits.into_iter().enumerate() {
        satisfied |= u64::from(holds) << bit;
    }
    Some(Disclosure {
        gate,
        rungs,
        obligations,
        satisfied,
        erred: u64::from(closed_erred) << 3,
    })
}
