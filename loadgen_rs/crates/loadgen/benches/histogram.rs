//! What counting one time costs on the hot path, and what reading and merging cost once a second.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use fwcompare_loadgen_core::Histogram;
use std::hint::black_box;

const TIMES: usize = 10_000;

/// From 50 us to 50 ms and seldom near its end, in an order that no branch predictor learns; the same in every run.
fn times_ns() -> Vec<u64> {
    let mut state = 1_u64;
    let next_ns = || {
        // The constants of Knuth's MMIX generator; its upper bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (state >> 40) as f64 / f64::from(1 << 24);
        std::time::Duration::from_secs_f64(50e-6 * 1e3_f64.powf(share * share))
    };
    std::iter::repeat_with(next_ns).take(TIMES).map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)).collect()
}

fn histogram(criterion: &mut Criterion) {
    let times_ns = times_ns();
    let mut full = Histogram::new();
    for time_ns in &times_ns {
        full.record_ns(*time_ns);
    }

    let mut group = criterion.benchmark_group("histogram");
    let mut recorded = Histogram::new();
    let mut in_turn = times_ns.iter().cycle();
    group.bench_function("record", |bencher| {
        bencher.iter(|| recorded.record_ns(black_box(in_turn.next().copied().unwrap_or_default())));
    });
    group.bench_function("merge 10,000 times into another", |bencher| {
        bencher.iter_batched_ref(|| full.clone(), |merged| merged.merge(black_box(&full)), BatchSize::SmallInput);
    });
    group.bench_function("quantile 0.99 of 10,000 times", |bencher| {
        bencher.iter(|| full.quantile_ns(black_box(0.99)));
    });
    group.finish();
}

criterion_group!(benches, histogram);
criterion_main!(benches);
