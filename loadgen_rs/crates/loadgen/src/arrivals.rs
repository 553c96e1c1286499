//! When each request is *due*, decided before the first one is sent.
//!
//! Arrivals are fixed up front, so a slow target cannot slow the schedule down: the instant of an arrival is a pure
//! function of its index, the seed and the rates. No I/O and no clock in here, so the tests need neither.
//!
//! Arrival number i is due when the integral of the rate reaches u(i): u(i) = i for constant gaps, and the sum of the
//! first i + 1 unit exponentials for Poisson arrivals. So one inverse serves constant rates, ramps and steps.

use crate::model::{OpenModel, Spread, Stage};
use crate::random::exponential;

/// The arrivals of one stretch of a load, in order, as nanoseconds since its start. Endless.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals {
    spread: Spread,
    seed: u64,
    rates: Rates,
    index: u64,
    /// The sum of the exponentials drawn so far.
    drawn: f64,
}

impl Arrivals {
    /// At the rate of the model, without its stages.
    pub(crate) fn level(model: &OpenModel, seed: u64) -> Self {
        Self::new(model, &[], seed)
    }

    /// At the rate of the model, changed by its stages.
    pub(crate) fn staged(model: &OpenModel, seed: u64) -> Self {
        Self::new(model, &model.stages, seed)
    }

    fn new(model: &OpenModel, stages: &[Stage], seed: u64) -> Self {
        Self { spread: model.arrivals, seed, rates: Rates::new(model.rate, stages), index: 0, drawn: 0.0 }
    }

    /// When so many arrivals are expected: exactly, for constant gaps; on average, for Poisson arrivals.
    pub(crate) fn expected_ns(&self, arrivals: u64) -> u64 {
        nanoseconds(self.rates.clone().reach(arrivals as f64))
    }
}

impl Iterator for Arrivals {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let level = match self.spread {
            Spread::Constant => self.index as f64,
            Spread::Exponential => {
                self.drawn += exponential(self.seed, self.index);
                self.drawn
            }
        };
        self.index += 1;
        Some(nanoseconds(self.rates.reach(level)))
    }
}

/// The rate over time, piecewise linear, and the inverse of its integral.
#[derive(Debug, Clone)]
struct Rates {
    pieces: Vec<Piece>,
    /// The last piece asked for; questions come in ascending order.
    at: usize,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    start_s: f64,
    /// The integral of the rate up to `start_s`.
    start_level: f64,
    /// At `start_s`, per second.
    rate: f64,
    /// Change of the rate, per second squared.
    slope: f64,
}

impl Rates {
    fn new(rate: f64, stages: &[Stage]) -> Self {
        let mut pieces = Vec::with_capacity(stages.len() + 1);
        let mut now = Piece { start_s: 0.0, start_level: 0.0, rate, slope: 0.0 };
        for stage in stages {
            let duration_s = stage.duration.as_secs_f64();
            if duration_s > 0.0 {
                pieces.push(Piece { slope: (stage.rate - now.rate) / duration_s, ..now });
                now.start_level += duration_s * f64::midpoint(now.rate, stage.rate);
                now.start_s += duration_s;
            }
            now.rate = stage.rate;
        }
        pieces.push(now);
        Self { pieces, at: 0 }
    }

    /// The second in which the integral of the rate reaches `level`, which never decreases from call to call.
    fn reach(&mut self, level: f64) -> f64 {
        while self.pieces.get(self.at + 1).is_some_and(|next| next.start_level <= level) {
            self.at += 1;
        }
        let Piece { start_s, start_level, rate, slope } = self.pieces[self.at];
        let missing = level - start_level;
        // The root of slope/2 t^2 + rate t = missing, in the form that loses no digits and needs no case for slope 0.
        let root = (rate * rate + 2.0 * slope * missing).max(0.0).sqrt();
        start_s + 2.0 * missing / (rate + root)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturates")]
fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn model(rate: f64, arrivals: Spread, stages: &[(f64, f64)]) -> OpenModel {
        let stages =
            stages.iter().map(|(seconds, rate)| Stage { duration: Duration::from_secs_f64(*seconds), rate: *rate });
        OpenModel { arrivals, stages: stages.collect(), ..OpenModel::new(rate) }
    }

    fn gaps_s(model: &OpenModel, seed: u64, count: usize) -> Vec<f64> {
        let instants: Vec<_> = Arrivals::level(model, seed).take(count + 1).collect();
        instants.windows(2).map(|two| (two[1] - two[0]) as f64 / 1e9).collect()
    }

    #[test]
    fn constant_arrivals_are_exactly_at_i_over_rate() {
        let arrivals: Vec<_> = Arrivals::level(&model(1_000.0, Spread::Constant, &[]), 9).take(4).collect();
        assert_eq!(arrivals, [0, 1_000_000, 2_000_000, 3_000_000]);

        // No error adds up: the ten-millionth is as exact as the first.
        let late = Arrivals::level(&model(3.0, Spread::Constant, &[]), 9).nth(10_000_000).unwrap();
        assert!(late.abs_diff(3_333_333_333_333_333) <= 1, "{late}");
    }

    #[test]
    fn constant_gaps_do_not_vary() {
        let gaps = gaps_s(&model(777.0, Spread::Constant, &[]), 1, 10_000);
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;

        assert!(variance.sqrt() / mean < 1e-6);
    }

    #[test]
    fn poisson_gaps_are_exponential_by_kolmogorov_and_smirnov() {
        let count = 10_000_usize;
        let distance = |seed| {
            let mut gaps = gaps_s(&model(500.0, Spread::Exponential, &[]), seed, count);
            gaps.sort_by(f64::total_cmp);
            (0..).zip(&gaps).fold(0.0_f64, |distance, (rank, gap)| {
                let expected = 1.0 - (-gap * 500.0).exp();
                let (below, above) = (f64::from(rank) / count as f64, f64::from(rank + 1) / count as f64);
                distance.max((expected - below).abs()).max((expected - above).abs())
            })
        };

        // A right generator passes the critical value of 5 % for about 5 % of its seeds: of 200, for 1 to 22 (99.9 %).
        let passing = (0..200).filter(|seed| distance(*seed) > 1.358 / (count as f64).sqrt()).count();
        assert!((1..=22).contains(&passing), "{passing}");
    }

    #[test]
    fn a_ramp_and_a_step_have_as_many_arrivals_as_the_area_below_the_rate() {
        // 100/s, up to 300/s in 2 s, held for 1 s, down to 50/s at once.
        let staged = model(100.0, Spread::Constant, &[(2.0, 300.0), (1.0, 300.0), (0.0, 50.0)]);
        let by = |second: u64| Arrivals::staged(&staged, 0).take_while(|at| *at < second * 1_000_000_000).count();

        assert_eq!([by(1), by(2), by(3), by(4), by(5)], [150, 400, 700, 750, 800]);
        assert_eq!(Arrivals::staged(&staged, 0).expected_ns(700), 3_000_000_000);
    }

    fn spreads() -> impl Strategy<Value = Spread> {
        prop_oneof![Just(Spread::Constant), Just(Spread::Exponential)]
    }

    proptest! {
        #[test]
        fn arrivals_never_go_back_and_the_same_seed_gives_them_again(
            rate in 0.1..100_000.0, spread in spreads(), seed: u64,
            stages in prop::collection::vec((0.0..5.0, 0.1..100_000.0), 0..4),
        ) {
            let model = model(rate, spread, &stages);
            let arrivals: Vec<_> = Arrivals::staged(&model, seed).take(2_000).collect();

            prop_assert!(arrivals.is_sorted());
            prop_assert!(arrivals.iter().copied().eq(Arrivals::staged(&model, seed).take(2_000)));
        }

        #[test]
        fn the_rate_holds_over_a_long_horizon(rate in 0.1..100_000.0, spread in spreads(), seed: u64) {
            let count = 40_000_usize;
            let last = Arrivals::level(&model(rate, spread, &[]), seed).nth(count).unwrap();
            let seen = count as f64 * 1e9 / last as f64;

            // Six standard errors of a sum of exponentials.
            prop_assert!((seen / rate - 1.0).abs() < 6.0 / (count as f64).sqrt(), "{seen}");
        }
    }
}
