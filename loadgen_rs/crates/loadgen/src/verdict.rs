//! Whether a load is to be believed, and if not, who is to blame.
//!
//! Pure: figures in, a verdict and its sentence out. Judges the generator first, for what it says of the target is worth
//! nothing if it was itself the limit. Whether a target is *good* is not judged here.

/// What a load's figures may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They say what they seem to say.
    Ok,
    /// The target could not serve what was offered: times say how long the load lasted, not how fast the target is.
    Saturated,
    /// The generator could not keep up with itself: nothing is known of the target.
    GeneratorLimited,
}

/// Client threads busier than this share of their time may be what was measured.
const MOST_CPU_SHARE: f64 = 0.7;
/// So much lag at p99 is let pass, however short the response times are.
const LEAST_LAG_NS: u64 = 1_000_000;
/// More lag is let pass if it is no more than this share of the response time, both at the same quantile.
const LAG_SHARE: f64 = 0.02;
/// The lag is judged at this quantile, where there are samples enough to tell it.
const LAG_QUANTILE: f64 = 0.99;
/// A quantile is told with so many samples beyond it; with fewer it is little more than the worst one.
const SAMPLES_BEYOND: f64 = 10.0;
/// Waiting for a CPU for more than this share of all service times may be what they show.
const MOST_WAITED_SHARE: f64 = 0.1;
/// So much waiting in all is let pass: less than one slice of another process, in a load of a few requests.
const LEAST_WAITED_NS: u64 = 2_000_000;
/// The share of the due requests that may be left lying by the generator.
const NEGLECTED_SHARE: f64 = 0.001;
/// The share of the due requests by which the target may fall behind.
const BEHIND_SHARE: f64 = 0.01;
/// A backlog that was ever empty in this last share of the window comes and goes, and does not grow.
const LATE_SHARE: f64 = 0.25;

/// What a verdict rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence {
    /// CPU time of the client threads inside the window, less what they spent waiting awake.
    pub(crate) client_cpu_ns: u64,
    /// How long they waited for a CPU inside the window.
    pub(crate) client_waited_ns: u64,
    pub(crate) window_ns: u64,
    pub(crate) threads: u32,
    /// The sum of the service times of all answers.
    pub(crate) service_ns: f64,
    /// `None` in the closed model.
    pub(crate) open: Option<OpenEvidence>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenEvidence {
    /// From the start of the window to the last due time.
    pub(crate) horizon_ns: u64,
    pub(crate) due: u64,
    /// Answers inside the window.
    pub(crate) answered: u64,
    /// Answers and transport errors inside the window.
    pub(crate) served: u64,
    /// Timed out or shed.
    pub(crate) given_up: u64,
    pub(crate) backlog_start: u64,
    pub(crate) backlog_end: u64,
    pub(crate) neglected: u64,
    /// From the start of the window to when the backlog was last seen empty.
    pub(crate) caught_up_ns: u64,
    /// The quantile of the next two.
    pub(crate) quantile: f64,
    pub(crate) lag_ns: u64,
    pub(crate) response_ns: u64,
    pub(crate) connections: u64,
    /// Connections are opened as needed, so that overload shows in flight and not in the backlog.
    pub(crate) grows: bool,
}

/// The highest quantile, up to p99 and not below the median, that so many samples can tell.
pub(crate) fn lag_quantile(samples: u64) -> f64 {
    (1.0 - SAMPLES_BEYOND / samples as f64).clamp(0.5, LAG_QUANTILE)
}

/// A verdict with its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// Empty when all is well.
    pub(crate) reason: String,
    /// Whether the target kept up; `None` in the closed model, where it sets the pace.
    pub(crate) steady: Option<bool>,
}

pub(crate) fn judge(evidence: &Evidence) -> Judgement {
    let behind = evidence.open.as_ref().and_then(|open| target_behind(open, evidence.window_ns));
    let steady = evidence.open.is_some().then_some(behind.is_none());
    let generator = evidence
        .open
        .as_ref()
        .and_then(generator_late)
        .or_else(|| generator_busy(evidence))
        .or_else(|| generator_kept_waiting(evidence));
    let (verdict, reason) = match (generator, behind) {
        (Some(reason), _) => (Verdict::GeneratorLimited, reason),
        (None, Some(reason)) => (Verdict::Saturated, reason),
        (None, None) => (Verdict::Ok, String::new()),
    };
    Judgement { verdict, reason, steady }
}

fn generator_busy(evidence: &Evidence) -> Option<String> {
    let available_ns = evidence.window_ns as f64 * f64::from(evidence.threads);
    let (busy, waited) =
        (evidence.client_cpu_ns as f64 / available_ns, evidence.client_waited_ns as f64 / available_ns);
    // A thread that shares its core is stopped half the time, and then looks half idle: what it wanted is what counts.
    (available_ns > 0.0 && busy + waited > MOST_CPU_SHARE).then(|| {
        format!(
            "the client threads were busy {:.0} % of the window and waited for a CPU another {:.0} % of it, expected at \
             most {:.0} % together; give the generator more threads, or cores of its own",
            busy * 100.0,
            waited * 100.0,
            MOST_CPU_SHARE * 100.0
        )
    })
}

/// While a thread waits for a CPU, an answer that has come is not read: what it waited stands in the service times, be the
/// load ever so light. The lag tells only of requests that were sent late, and in the closed model there is none.
fn generator_kept_waiting(evidence: &Evidence) -> Option<String> {
    let waited_ns = evidence.client_waited_ns;
    (waited_ns > LEAST_WAITED_NS && waited_ns as f64 > evidence.service_ns * MOST_WAITED_SHARE).then(|| {
        format!(
            "the client threads waited for a CPU that others had for {:.1} ms, {:.0} % of all service times together, \
             expected at most {:.0} %; give the generator a core of its own",
            waited_ns as f64 / 1e6,
            waited_ns as f64 / evidence.service_ns * 100.0,
            MOST_WAITED_SHARE * 100.0
        )
    })
}

fn generator_late(open: &OpenEvidence) -> Option<String> {
    let most_lag_ns = (open.response_ns as f64 * LAG_SHARE).max(LEAST_LAG_NS as f64);
    if open.lag_ns as f64 > most_lag_ns {
        return Some(format!(
            "requests left the generator {:.3} ms after they could have (p{:.0}), expected at most {:.3} ms; give it a \
             core of its own, or a lower rate",
            open.lag_ns as f64 / 1e6,
            (open.quantile * 100.0).floor(),
            most_lag_ns / 1e6
        ));
    }
    (open.neglected as f64 > open.due as f64 * NEGLECTED_SHARE).then(|| {
        format!(
            "{} of {} requests due were not sent in time though a connection was idle, expected at most 0.1 %; give \
             the generator a core of its own, or a lower rate",
            open.neglected, open.due
        )
    })
}

fn target_behind(open: &OpenEvidence, window_ns: u64) -> Option<String> {
    let tolerated = open.due as f64 * BEHIND_SHARE;
    let growth = open.backlog_end.saturating_sub(open.backlog_start);
    let never_empty = (open.caught_up_ns as f64) < open.horizon_ns as f64 * (1.0 - LATE_SHARE);
    let backlog_grows = never_empty && growth > open.connections && growth as f64 > tolerated;
    let in_flight_grows = open.grows && {
        let missing = open.due.saturating_sub(open.served);
        missing > open.connections && missing as f64 > tolerated
    };
    if !backlog_grows && !in_flight_grows && open.given_up as f64 <= tolerated {
        return None;
    }
    let offered_for_s = open.horizon_ns as f64 / 1e9;
    let offered_rps = open.due as f64 / offered_for_s;
    let served_rps = open.answered as f64 * 1e9 / window_ns as f64;
    Some(format!(
        "offered {offered_rps:.1}/s, served {served_rps:.1}/s; the backlog grew by {growth} requests to {} in \
         {offered_for_s:.1} s, and {} requests timed out or were shed; response times grow with the length of such a load: \
         look for a rate below {:.0}/s",
        open.backlog_end,
        open.given_up,
        served_rps.min(offered_rps)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn healthy() -> OpenEvidence {
        OpenEvidence {
            horizon_ns: 10 * SECOND,
            due: 10_000,
            answered: 9_995,
            served: 9_995,
            given_up: 0,
            backlog_start: 0,
            backlog_end: 0,
            neglected: 0,
            caught_up_ns: 10 * SECOND,
            quantile: 0.99,
            lag_ns: 100_000,
            response_ns: 5_000_000,
            connections: 10,
            grows: false,
        }
    }

    fn judge_open(open: OpenEvidence) -> Judgement {
        judge(&Evidence {
            client_cpu_ns: SECOND,
            client_waited_ns: 0,
            window_ns: 10 * SECOND,
            threads: 1,
            service_ns: 50.0 * SECOND as f64,
            open: Some(open),
        })
    }

    #[test]
    fn a_load_that_kept_up_is_ok_without_a_reason() {
        let expected = Judgement { verdict: Verdict::Ok, reason: String::new(), steady: Some(true) };
        assert_eq!(judge_open(healthy()), expected);
    }

    #[test]
    fn a_growing_backlog_is_saturation_and_the_sentence_has_the_arithmetic() {
        let behind = OpenEvidence { backlog_end: 5_000, answered: 5_000, caught_up_ns: 0, ..healthy() };

        let judgement = judge_open(behind);

        assert_eq!((judgement.verdict, judgement.steady), (Verdict::Saturated, Some(false)));
        let said = "offered 1000.0/s, served 500.0/s; the backlog grew by 5000 requests to 5000 in 10.0 s";
        assert!(judgement.reason.starts_with(said), "{}", judgement.reason);
    }

    #[test]
    fn a_backlog_that_comes_and_goes_is_no_saturation_even_if_the_window_ends_in_it() {
        let stalled_at_the_end = OpenEvidence { backlog_end: 200, caught_up_ns: 9_800_000_000, ..healthy() };

        assert_eq!(judge_open(stalled_at_the_end).verdict, Verdict::Ok);
    }

    #[test]
    fn requests_in_flight_without_bound_and_requests_given_up_are_saturation() {
        let growing = OpenEvidence { grows: true, served: 9_000, ..healthy() };
        assert_eq!(judge_open(growing).verdict, Verdict::Saturated);
        assert_eq!(judge_open(OpenEvidence { served: 9_000, ..healthy() }).verdict, Verdict::Ok);
        assert_eq!(judge_open(OpenEvidence { given_up: 101, ..healthy() }).verdict, Verdict::Saturated);
    }

    #[test]
    fn the_generator_is_blamed_first() {
        let late = OpenEvidence { lag_ns: 1_100_000, backlog_end: 5_000, caught_up_ns: 0, ..healthy() };
        let judgement = judge_open(late);
        assert_eq!((judgement.verdict, judgement.steady), (Verdict::GeneratorLimited, Some(false)));

        let slow_target = OpenEvidence { lag_ns: 1_100_000, response_ns: 60_000_000, ..healthy() };
        assert_eq!(judge_open(slow_target).verdict, Verdict::Ok);
        assert_eq!(judge_open(OpenEvidence { neglected: 11, ..healthy() }).verdict, Verdict::GeneratorLimited);
    }

    #[test]
    fn a_busy_client_is_named_in_the_closed_model_too() {
        let busy = Evidence {
            client_cpu_ns: 15 * SECOND,
            client_waited_ns: 0,
            window_ns: 10 * SECOND,
            threads: 2,
            service_ns: 100.0 * SECOND as f64,
            open: None,
        };

        let judgement = judge(&busy);

        assert_eq!((judgement.verdict, judgement.steady), (Verdict::GeneratorLimited, None));
        assert!(judgement.reason.contains("busy 75 %"), "{}", judgement.reason);
        let shares_its_core = Evidence { client_cpu_ns: 9 * SECOND, client_waited_ns: 8 * SECOND, ..busy };
        assert_eq!(judge(&shares_its_core).verdict, Verdict::GeneratorLimited);
        assert_eq!(judge(&Evidence { client_waited_ns: 0, ..shares_its_core }).verdict, Verdict::Ok);
    }

    #[test]
    fn a_light_load_whose_client_waited_for_a_cpu_measured_the_wait() {
        let light = Evidence {
            client_cpu_ns: SECOND / 50,
            client_waited_ns: SECOND / 20,
            window_ns: 3 * SECOND,
            threads: 1,
            service_ns: 0.2 * SECOND as f64,
            open: None,
        };

        let judgement = judge(&light);

        assert_eq!(judgement.verdict, Verdict::GeneratorLimited);
        assert!(judgement.reason.contains("for 50.0 ms, 25 % of all service times"), "{}", judgement.reason);
        assert_eq!(judge(&Evidence { client_waited_ns: SECOND / 101, ..light }).verdict, Verdict::Ok);
        let few_requests = Evidence { client_waited_ns: LEAST_WAITED_NS, service_ns: 6e6, ..light };
        assert_eq!(judge(&few_requests).verdict, Verdict::Ok);
        let in_time = Evidence { open: Some(healthy()), ..light };
        assert_eq!(judge(&in_time).verdict, Verdict::GeneratorLimited, "sent in time, read late");
    }

    #[test]
    fn the_lag_is_judged_at_the_highest_quantile_that_the_samples_tell() {
        let told = [0, 10, 80, 200, 1_000, 1_000_000].map(lag_quantile);

        let expected = [0.5, 0.5, 0.875, 0.95, 0.99, 0.99];
        assert!(told.iter().zip(expected).all(|(told, expected)| (told - expected).abs() < 1e-9), "{told:?}");
    }
}
