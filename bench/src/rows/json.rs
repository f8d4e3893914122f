//! `json_vs_cedar`: entities and request as JSON text, to the decision.

use super::{Run, engine};
use crate::measure::side;
use crate::row::{Ratio, Row, Target};
use anyhow::{Context as _, Result};
use cedar_policy::{Authorizer, Decision, Entities};
use std::collections::BTreeSet;

pub fn measure(run: &mut Run) -> Result<()> {
    if !run.wants("json_vs_cedar") {
        return Ok(());
    }
    eprintln!("json");
    let engine = engine()?;
    let mut seen = BTreeSet::new();
    for workload in run.workloads.clone() {
        if !seen.insert(workload.cell.clone()) {
            continue;
        }
        let (ours, cedar) = (workload.ours(&engine)?, workload.cedar()?);
        workload.agree(&ours, &cedar)?;
        let asked = workload.requests.first().context("no request")?;
        let text = ours.texts.first().context("no request")?;
        let (_, action) = ours.requests.first().context("no request")?;
        let mut instance = ours.policy.instance()?;
        let authorizer = Authorizer::new();
        let [principal, resource, context] =
            [&text.principal, &text.resource, &text.context].map(String::as_str);
        let action_text = asked.action.to_string();
        let theirs = || -> Result<bool> {
            let entities = Entities::from_json_str(&workload.entities, Some(&cedar.schema))?;
            let uid = |text: &str| -> Result<cedar_policy::EntityUid> {
                Ok(cedar_policy::EntityUid::from_json(serde_json::from_str(
                    text,
                )?)?)
            };
            let action = uid(&action_text)?;
            let context =
                cedar_policy::Context::from_json_str(context, Some((&cedar.schema, &action)))?;
            let request = cedar_policy::Request::new(
                uid(principal)?,
                action,
                uid(resource)?,
                context,
                Some(&cedar.schema),
            )?;
            let response = authorizer.is_authorized(&request, &cedar.policies, &entities);
            Ok(response.decision() == Decision::Allow)
        };
        let samples = run.effort.compare(
            side(|| -> Result<bool> {
                let entities = privet_host::Entities::from_json(&ours.policy, &workload.entities)?;
                let request = text.request(&entities)?;
                Ok(instance.decide(&entities, &request, *action)?.is_allowed())
            }),
            side(theirs),
        );
        let bytes = workload.entities.len();
        let row = Row::ratio(
            "json_vs_cedar",
            &workload.cell,
            Ratio::TimesFaster,
            Target::AtLeast(10.0),
            &samples,
        );
        run.add(row.noted(format!("{bytes} bytes of entities")), samples);
    }
    Ok(())
}
