//! What a case expects against what a plan answers.

use crate::explanation::{self, Decided};
use privet_host::manifest::{Class, Rung};
use privet_host::{GateAnswer, Plan};
use privet_pack::case::Expected;
use std::collections::BTreeSet;

/// Something that is not as expected.
#[derive(Debug)]
pub struct Difference {
    /// What was expected and what came.
    pub what: String,
    /// The policies behind it, a line each.
    pub why: Vec<String>,
}

impl Difference {
    /// One that no policy explains.
    pub fn plain(what: String) -> Self {
        Self {
            what,
            why: Vec::new(),
        }
    }

    fn explained<'d>(what: String, decided: impl IntoIterator<Item = &'d Decided>) -> Self {
        let why = decided.into_iter().flat_map(Decided::lines).collect();
        Self { what, why }
    }
}

/// Everything that differs.
pub fn compare(expected: &Expected, plan: &Plan) -> Vec<Difference> {
    let mut differences = Vec::new();
    let gate = explanation::gate(plan.gate());
    if gate != expected.gate {
        let what = format!("gate: expected {}, got {gate}", expected.gate);
        differences.push(Difference::explained(what, &explanation::of_gate(plan)));
    }
    if gate == expected.gate && plan.gate() == GateAnswer::Open {
        for (class, taken) in plan.rungs() {
            differences.extend(class_differs(expected, plan, class, taken));
        }
    }
    differences.extend(unknown(expected, plan).map(Difference::plain));
    if let Some(obligations) = &expected.obligations {
        let wanted: BTreeSet<&str> = obligations.iter().map(String::as_str).collect();
        let got: BTreeSet<&str> = plan.obligations().into_iter().collect();
        if wanted != got {
            let what = format!("obligations: expected {wanted:?}, got {got:?}");
            differences.push(Difference::plain(what));
        }
    }
    for (action, wanted) in &expected.by {
        differences.extend(deciders_differ(plan, action, wanted));
    }
    differences
}

fn class_differs(
    expected: &Expected,
    plan: &Plan,
    class: &Class,
    taken: Option<&Rung>,
) -> Option<Difference> {
    let id = |rung: &Rung| explanation::action_id(plan, rung.action).to_owned();
    let wanted = class.rungs.iter().map(id);
    let wanted = wanted.into_iter().find(|id| expected.rungs.contains(id));
    let removed = expected.others_removed || expected.removed.contains(&class.id);
    let got = taken.map(id);
    let right = match &wanted {
        Some(_) => wanted == got,
        None => !removed || got.is_none(),
    };
    let name = |rung: &Option<String>| rung.clone().unwrap_or_else(|| "removed".to_owned());
    (!right).then(|| {
        let what = format!(
            "{}: expected {}, got {}",
            class.id,
            name(&wanted),
            name(&got)
        );
        Difference::explained(what, &explanation::of_class(plan, class, taken))
    })
}

/// What the case names and the pack does not have.
fn unknown<'e>(expected: &'e Expected, plan: &'e Plan) -> impl Iterator<Item = String> + 'e {
    let classes = &plan.policy().manifest().classes;
    let rungs = expected.rungs.iter().filter_map(move |wanted| {
        let mut all = classes.iter().flat_map(|c| &c.rungs);
        let known = all.any(|r| explanation::action_id(plan, r.action) == wanted);
        (!known).then(|| format!("the pack has no rung `{wanted}`"))
    });
    let removed = expected.removed.iter().filter_map(move |wanted| {
        let known = classes.iter().any(|c| c.id == *wanted);
        (!known).then(|| format!("the pack has no class `{wanted}`"))
    });
    let nothing = expected.gate != "open"
        && (!expected.rungs.is_empty() || !expected.removed.is_empty() || expected.others_removed);
    let nothing = nothing.then(|| "a closed gate shows nothing: name no rungs".to_owned());
    rungs.chain(removed).chain(nothing)
}

fn deciders_differ(plan: &Plan, action: &str, wanted: &[String]) -> Option<Difference> {
    let manifest = plan.policy().manifest();
    let rungs = manifest.classes.iter().find_map(|class| {
        let taken = plan.rungs().find(|(c, _)| c.id == class.id)?.1;
        let mut all = explanation::of_class(plan, class, taken).into_iter();
        all.find(|d| d.action == action)
    });
    let gate = explanation::of_gate(plan).filter(|d| d.action == action);
    let Some(decided) = gate.or(rungs) else {
        return Some(Difference::plain(format!(
            "`{action}` is neither the gate of the view nor a rung"
        )));
    };
    let got: BTreeSet<&str> = decided.by.iter().map(|n| n.id.as_str()).collect();
    let expected: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    (got != expected).then(|| {
        let what = format!("{action}: expected to be decided by {expected:?}, got {got:?}");
        Difference::explained(what, [&decided])
    })
}
