//! Criterion's view of the hot paths: one decision of each generated workload.

use criterion::{Criterion, criterion_group, criterion_main};
use privet_bench::rows::engine;
use privet_bench::workload::generate;
use std::hint::black_box;

fn decisions(criterion: &mut Criterion) {
    let Ok(engine) = engine() else { return };
    for workload in generate::all(1) {
        let (Ok(ours), Ok(cedar)) = (workload.ours(&engine), workload.cedar()) else {
            continue;
        };
        let Ok(mut instance) = ours.policy.instance() else {
            continue;
        };
        let mut group = criterion.benchmark_group(&workload.cell);
        let mut requests = ours.requests.iter().cycle();
        group.bench_function("privet", |b| {
            b.iter(|| {
                let (request, action) = requests.next()?;
                let decision = instance.decide(&ours.entities, request, *action);
                decision.map(|d| black_box(d.is_allowed())).ok()
            });
        });
        let mut requests = cedar.requests.iter().cycle();
        group.bench_function("cedar", |b| {
            b.iter(|| requests.next().map(|r| cedar.answer(r)));
        });
        group.finish();
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
