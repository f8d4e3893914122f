//! `policies_10_to_10k`: how a decision grows with policies that each name another company.

use super::{Run, engine};
use crate::measure::{Samples, side};
use crate::row::{Ratio, Row, Target};
use crate::workload::{Asked, Workload};
use anyhow::{Context as _, Result};
use cedar_policy::{Authorizer, Decision};
use serde_json::{Value, json};
use std::fmt::Write as _;

const SCHEMA: &str = "
entity Company;
entity Recruiter in [Company] { company: Company, verified: Bool };
entity Resume { owner: Company, open: Bool };
action look appliesTo { principal: [Recruiter], resource: [Resume], context: {} };
";

/// How the policies name their company.
const SHAPES: [(&str, &str); 3] = [
    (
        "equality in `when`",
        "permit (principal, action, resource) when { principal.company == Company::\"NAME\" && resource.open };\n",
    ),
    (
        "`in` in the scope",
        "permit (principal in Company::\"NAME\", action, resource) when { principal.verified };\n",
    ),
    (
        "forbid by the owner",
        "forbid (principal, action, resource) when { resource.owner == Company::\"NAME\" } unless { principal.verified };\n",
    ),
];

/// Policies of a shape, entities and one request that meets the last of them.
pub fn workload(shape: &str, policies: usize) -> Workload {
    let mut text = String::from("permit (principal, action, resource) when { resource.open };\n");
    for number in 0..policies {
        let policy = shape.replace("NAME", &format!("company-{number}"));
        // Writing to a string cannot fail.
        let _ = write!(text, "{policy}");
    }
    let uid = |ty: &str, id: &str| json!({ "type": ty, "id": id });
    let company = uid("Company", &format!("company-{}", policies - 1));
    let entities = json!([
        { "uid": company, "attrs": {}, "parents": [] },
        {
            "uid": uid("Recruiter", "r"),
            "attrs": { "company": company, "verified": true },
            "parents": [company],
        },
        { "uid": uid("Resume", "s"), "attrs": { "owner": company, "open": true }, "parents": [] },
    ]);
    Workload {
        cell: format!("{policies} policies"),
        schema_file: "schema.cedarschema".to_owned(),
        schema: SCHEMA.to_owned(),
        policies: text,
        entities: entities.to_string(),
        requests: vec![Asked {
            principal: uid("Recruiter", "r"),
            action: uid("Action", "look"),
            resource: uid("Resume", "s"),
            context: Value::Null,
        }],
    }
}

pub fn measure(run: &mut Run) -> Result<()> {
    if !run.wants("policies_10_to_10k") {
        return Ok(());
    }
    eprintln!("policies");
    for (name, shape) in SHAPES {
        let samples = grow(run, shape)?;
        let [ours, theirs] = samples;
        let theirs_row = Row::ratio("", "", Ratio::ShareOfTheirs, Target::Stated, &theirs);
        let row = Row::ratio(
            "policies_10_to_10k",
            name,
            Ratio::ShareOfTheirs,
            Target::AtMost(2.0),
            &ours,
        );
        let note = format!(
            "ours_ns at 10,000, theirs_ns ours at 10; Cedar grows {:.0} times",
            theirs_row.ratio.unwrap_or_default()
        );
        run.keep("policies_10_to_10k (Cedar)", name, &theirs);
        run.add(row.noted(note), ours);
    }
    Ok(())
}

/// Ours at 10,000 beside ours at 10, and the same for Cedar.
fn grow(run: &Run, shape: &str) -> Result<[Samples; 2]> {
    let engine = engine()?;
    let mut sides = Vec::new();
    for count in [10_000, 10] {
        let workload = workload(shape, count);
        let (ours, cedar) = (workload.ours(&engine)?, workload.cedar()?);
        workload.agree(&ours, &cedar)?;
        sides.push((ours, cedar));
    }
    let [(many, cedar_many), (few, cedar_few)] = sides.as_slice() else {
        anyhow::bail!("two sizes");
    };
    let ours = |ours: &crate::workload::Ours| -> Result<_> {
        let mut instance = ours.policy.instance()?;
        let (entities, requests) = (ours.entities.clone(), ours.requests.clone());
        let (request, action) = requests.into_iter().next().context("a request")?;
        Ok(move || {
            instance
                .decide(&entities, &request, action)
                .is_ok_and(|d| d.is_allowed())
        })
    };
    let samples = run.effort.compare(side(ours(many)?), side(ours(few)?));
    let authorizer = Authorizer::new();
    let cedar = |cedar: &crate::workload::Cedar| {
        let response = cedar
            .requests
            .first()
            .map(|request| authorizer.is_authorized(request, &cedar.policies, &cedar.entities));
        response.is_some_and(|r| r.decision() == Decision::Allow)
    };
    let theirs = run
        .effort
        .compare(side(|| cedar(cedar_many)), side(|| cedar(cedar_few)));
    Ok([samples, theirs])
}
