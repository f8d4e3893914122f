//! `authorize_vs_cedar`: one decision, entities loaded on both sides, each workload's cell.

use super::{Run, engine};
use crate::measure::{Samples, per};
use crate::row::{Ratio, Row, Target};
use anyhow::Result;
use cedar_policy::{Authorizer, Decision};
use std::collections::BTreeMap;

pub fn measure(run: &mut Run) -> Result<()> {
    if !run.wants("authorize_vs_cedar") {
        return Ok(());
    }
    eprintln!("authorize");
    let engine = engine()?;
    let mut cells: BTreeMap<String, Samples> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut compared = 0;
    for workload in run.workloads.clone() {
        let (ours, cedar) = (workload.ours(&engine)?, workload.cedar()?);
        compared += workload.agree(&ours, &cedar)?;
        let mut instance = ours.policy.instance()?;
        let authorizer = Authorizer::new();
        let count = ours.requests.len();
        let samples = run.effort.compare(
            per(count, || ours.pass(&mut instance)),
            per(count, || {
                let mut allowed = 0;
                for request in &cedar.requests {
                    let response =
                        authorizer.is_authorized(request, &cedar.policies, &cedar.entities);
                    allowed += usize::from(response.decision() == Decision::Allow);
                }
                allowed
            }),
        );
        let cell = cells.entry(workload.cell.clone()).or_insert_with(|| {
            order.push(workload.cell.clone());
            Samples::default()
        });
        cell.ours.extend(samples.ours);
        cell.theirs.extend(samples.theirs);
    }
    eprintln!("  {compared} requests: guest and Cedar agree");
    for cell in order {
        let Some(samples) = cells.remove(&cell) else {
            continue;
        };
        let row = Row::ratio(
            "authorize_vs_cedar",
            &cell,
            Ratio::TimesFaster,
            Target::AtLeast(40.0),
            &samples,
        );
        run.add(row, samples);
    }
    Ok(())
}
