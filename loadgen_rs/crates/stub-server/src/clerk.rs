//! The clerks, one or several, who serve all connections of the server in turn, in virtual time: when a request is done is
//! computed and not the outcome of sleeping, so that errors of timers do not add up.
//!
//! Pure: instants are nanoseconds since the server's start, and passed in. A request goes to the clerk who is free first:
//! finish = max(arrival, that clerk's last finish) + service, and a stall stops all work wherever it stands.

use crate::script::Service;
use std::time::Duration;

/// Service times drawn so far, and when each clerk is free.
#[derive(Debug, Default)]
pub(crate) struct Clerks {
    drawn: u64,
    free_at_ns: Vec<u64>,
}

impl Clerks {
    /// When a request that arrives now will have been served.
    pub(crate) fn finish_ns(&mut self, service: &Service, arrival_ns: u64) -> u64 {
        let service_ns = match service.seed {
            None => nanoseconds(service.time),
            Some(seed) => {
                self.drawn += 1;
                nanoseconds(service.time.mul_f64(exponential(seed, self.drawn - 1)))
            }
        };
        self.free_at_ns.resize(usize::from(service.clerks.get()), 0);
        let first_free = (0..self.free_at_ns.len()).min_by_key(|clerk| self.free_at_ns[*clerk]).unwrap_or(0);
        let start_ns = arrival_ns.max(self.free_at_ns[first_free]);
        let (every_ns, stall_ns) = (nanoseconds(service.stall_every), nanoseconds(service.stall));
        let finish_ns = if every_ns == 0 {
            start_ns.saturating_add(service_ns)
        } else {
            stalled(start_ns, service_ns, every_ns, stall_ns)
        };
        self.free_at_ns[first_free] = finish_ns;
        finish_ns
    }
}

/// The end of work of this length, of which none is done in the first `stall_ns` of each period. Computed and not
/// stepped through, as everyone would have to wait for a long piece of work in short periods.
fn stalled(now_ns: u64, work_ns: u64, every_ns: u64, stall_ns: u64) -> u64 {
    let stall_ns = stall_ns.min(every_ns - 1);
    let (every, stall, work) = (u128::from(every_ns), u128::from(stall_ns), u128::from(work_ns));
    let (periods, in_period) = (u128::from(now_ns / every_ns), u128::from(now_ns % every_ns));
    if work == 0 {
        return now_ns.saturating_add(stall_ns.saturating_sub(now_ns % every_ns));
    }
    let workable = every - stall;
    // Counted as work that could have been done since the beginning.
    let done = periods * workable + in_period.saturating_sub(stall) + work;
    let whole_periods = (done - 1) / workable;
    let end = whole_periods * every + stall + (done - whole_periods * workable);
    u64::try_from(end).unwrap_or(u64::MAX)
}

/// `SplitMix64` in counter mode, as in the load generator: draw number `index` of mean 1.
fn exponential(seed: u64, index: u64) -> f64 {
    let mut bits = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    // 53 bits, above 0 so that the logarithm is finite.
    let uniform = ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    -uniform.ln()
}

pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU16;

    fn service(us: u64) -> Service {
        Service { time: Duration::from_micros(us), ..Service::default() }
    }

    #[test]
    fn requests_are_served_one_after_the_other() {
        let mut clerks = Clerks::default();
        let finished = [0, 100, 5_000_000].map(|arrival_ns| clerks.finish_ns(&service(1_000), arrival_ns));

        assert_eq!(finished, [1_000_000, 2_000_000, 6_000_000]);
    }

    #[test]
    fn a_request_goes_to_the_clerk_who_is_free_first() {
        let two = Service { clerks: NonZeroU16::new(2).unwrap(), ..service(1_000) };
        let mut clerks = Clerks::default();
        let finished = [0, 100_000, 200_000, 300_000].map(|arrival_ns| clerks.finish_ns(&two, arrival_ns));

        assert_eq!(finished, [1_000_000, 1_100_000, 2_000_000, 2_100_000]);
    }

    #[test]
    fn nothing_is_done_in_a_stall() {
        let stalling =
            Service { stall_every: Duration::from_millis(10), stall: Duration::from_millis(2), ..service(1_000) };
        let finish = |arrival_ns| Clerks::default().finish_ns(&stalling, arrival_ns);

        assert_eq!(finish(500_000), 3_000_000);
        assert_eq!(finish(5_000_000), 6_000_000);
        assert_eq!(finish(9_600_000), 12_600_000);
        // To the last nanosecond before a stall; and over several of them.
        assert_eq!(finish(9_000_000), 10_000_000);
        let long = Service { time: Duration::from_millis(20), ..stalling };
        assert_eq!(Clerks::default().finish_ns(&long, 5_000_000), 29_000_000);
        let nothing = Service { time: Duration::ZERO, ..stalling };
        assert_eq!(
            [500_000, 5_000_000].map(|now_ns| Clerks::default().finish_ns(&nothing, now_ns)),
            [2_000_000, 5_000_000]
        );
    }

    #[test]
    fn work_without_end_neither_fails_nor_takes_long() {
        let endless =
            Service { stall_every: Duration::from_nanos(2), stall: Duration::from_nanos(1), ..service(u64::MAX) };
        assert_eq!(Clerks::default().finish_ns(&endless, 1), u64::MAX);
        assert_eq!(Clerks::default().finish_ns(&service(u64::MAX), 1), u64::MAX);
    }

    #[test]
    fn drawn_service_times_have_their_mean_and_come_again() {
        let drawn = Service { seed: Some(5), ..service(100) };
        let total = |count: u64| {
            let mut clerks = Clerks::default();
            (0..count).map(|_| clerks.finish_ns(&drawn, 0)).last().unwrap()
        };

        assert!(total(100_000).abs_diff(10_000_000_000) < 200_000_000);
        assert_eq!(total(50), total(50));
    }
}
