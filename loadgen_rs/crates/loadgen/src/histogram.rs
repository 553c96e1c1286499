//! One distribution of times: three significant digits, one nanosecond to two hours, constant memory.
//!
//! A thin wrapper over `hdrhistogram` that fixes unit, range and precision, so that any two can be merged. It prints
//! nothing and refuses nothing: it holds its count, and the reader decides which quantile that count can bear.

use crate::error::LoadError;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Read};

const LOWEST_NS: u64 = 1;
/// Twice the longest timeout that a configuration may ask for, so that no recorded time is cut off.
const HIGHEST_NS: u64 = 2 * 3_600 * 1_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;
/// How the deflated form begins; the length of the rest follows.
const DEFLATED_COOKIE: [u8; 4] = [0x1c, 0x84, 0x93, 0x14];
const DEFLATED_HEADER_BYTES: usize = 8;
/// More than a histogram of the widest bounds takes; a few bytes can be inflated to a thousand times as many.
const MOST_PLAIN_BYTES: u64 = 16 * 1024 * 1024;

/// A distribution of durations in nanoseconds, exact to 0.1 %.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    values: hdrhistogram::Histogram<u64>,
}

impl Histogram {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        // The three constants are valid together, which the test below holds; the fall-back never runs.
        let values = hdrhistogram::Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, SIGNIFICANT_DIGITS)
            .unwrap_or_else(|error| unreachable!("constant histogram bounds were refused: {error}"));
        Self { values }
    }

    /// Count one duration. What lies outside the range is held at its edge.
    pub fn record_ns(&mut self, duration_ns: u64) {
        self.values.saturating_record(duration_ns);
    }

    /// Count one duration many times.
    pub(crate) fn record_many_ns(&mut self, duration_ns: u64, times: u64) {
        self.values.saturating_record_n(duration_ns, times);
    }

    /// Add all that another one holds.
    pub fn merge(&mut self, other: &Self) {
        for (duration_ns, times) in other.recorded() {
            self.record_many_ns(duration_ns, times);
        }
    }

    /// The distinct durations held, ascending, each with its count.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.values.iter_recorded().map(|step| (step.value_iterated_to(), step.count_since_last_iteration()))
    }

    /// Forget everything, keep the memory.
    pub(crate) fn clear(&mut self) {
        self.values.reset();
    }

    /// How many durations it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.values.len()
    }

    /// The duration at or below which the share `quantile` of all lies. `None` when empty.
    ///
    /// `quantile` is held within 0 and 1. See METHOD.md for how many samples a quantile needs.
    #[must_use]
    pub fn quantile_ns(&self, quantile: f64) -> Option<u64> {
        self.unless_empty(|values| values.value_at_quantile(quantile).min(values.max()))
    }

    /// Arithmetic mean, exact to the precision of the histogram. `None` when empty.
    #[must_use]
    pub fn mean_ns(&self) -> Option<f64> {
        self.unless_empty(hdrhistogram::Histogram::mean)
    }

    /// The shortest duration. `None` when empty.
    #[must_use]
    pub fn min_ns(&self) -> Option<u64> {
        self.unless_empty(hdrhistogram::Histogram::min)
    }

    /// The longest duration. `None` when empty.
    #[must_use]
    pub fn max_ns(&self) -> Option<u64> {
        self.unless_empty(hdrhistogram::Histogram::max)
    }

    /// Write it in the interchange format "`HdrHistogram` V2, deflate-compressed", values in nanoseconds.
    ///
    /// # Errors
    /// When a count does not fit the format (above 2^63 - 1).
    pub fn to_v2_bytes(&self) -> Result<Vec<u8>, LoadError> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&self.values, &mut bytes).map_err(|error| {
            LoadError::new(
                "histogram",
                format!("cannot be written: {error}"),
                "counts below 2^63",
                "write the parts before merging them",
            )
        })?;
        Ok(bytes)
    }

    /// Read what [`Self::to_v2_bytes`] wrote; the uncompressed V2 format is read as well.
    ///
    /// # Errors
    /// When the bytes are not such a histogram.
    pub fn from_v2_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        let refuse = |seen: &dyn Display| {
            LoadError::new(
                "histogram",
                format!("{} bytes cannot be read: {seen}", bytes.len()),
                "HdrHistogram V2 bytes, plain or deflate-compressed",
                "check that the file is whole and was written by to_v2_bytes",
            )
        };
        let plain = inflated(bytes).map_err(|error| refuse(&error))?;
        // The library would inflate it again, and believe whatever is announced in there.
        if plain.starts_with(&DEFLATED_COOKIE) {
            return Err(refuse(&"deflated more than once"));
        }
        // The library would reserve whatever is announced, up to 4 GiB, before it looks whether that is there.
        let announced = plain.get(4..8).and_then(|field| field.first_chunk()).map(|field| u32::from_be_bytes(*field));
        if announced.is_some_and(|announced| announced as usize > plain.len()) {
            return Err(refuse(&"more counts are announced than there are"));
        }
        let read: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut &plain[..]).map_err(|error| refuse(&error))?;
        // Copied value by value, so that a histogram of other bounds becomes one of ours.
        let mut histogram = Self::new();
        histogram.merge(&Self { values: read });
        Ok(histogram)
    }

    fn unless_empty<T>(&self, read: impl FnOnce(&hdrhistogram::Histogram<u64>) -> T) -> Option<T> {
        (!self.values.is_empty()).then(|| read(&self.values))
    }
}

/// The plain form of what may be deflated.
fn inflated(bytes: &[u8]) -> io::Result<Cow<'_, [u8]>> {
    if !bytes.starts_with(&DEFLATED_COOKIE) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut plain = Vec::new();
    let deflated = bytes.get(DEFLATED_HEADER_BYTES..).unwrap_or_default();
    ZlibDecoder::new(deflated).take(MOST_PLAIN_BYTES).read_to_end(&mut plain)?;
    Ok(Cow::Owned(plain))
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn of(durations_ns: &[u64]) -> Histogram {
        let mut histogram = Histogram::new();
        for duration_ns in durations_ns {
            histogram.record_ns(*duration_ns);
        }
        histogram
    }

    #[test]
    fn an_empty_histogram_knows_nothing_and_says_so() {
        let empty = Histogram::new();

        assert_eq!((empty.count(), empty.quantile_ns(0.5), empty.max_ns(), empty.mean_ns()), (0, None, None, None));
    }

    #[test]
    fn a_time_beyond_the_range_is_held_at_its_edge() {
        let histogram = of(&[u64::MAX]);

        assert_eq!(histogram.count(), 1);
        assert!(histogram.max_ns() >= Some(HIGHEST_NS));
    }

    #[test]
    fn bytes_that_are_no_histogram_are_refused() {
        let message = Histogram::from_v2_bytes(b"nonsense").unwrap_err().to_string();

        assert!(message.contains("8 bytes cannot be read") && message.contains("next: "), "{message}");
    }

    #[test]
    fn bytes_that_are_deflated_twice_are_refused_before_they_are_inflated_again() {
        let deflate = |plain: &[u8]| {
            let mut out = [&DEFLATED_COOKIE[..], &[0; 4]].concat();
            let mut encoder = ZlibEncoder::new(&mut out, Compression::fast());
            encoder.write_all(plain).expect("a Vec takes everything");
            encoder.finish().expect("a Vec takes everything");
            out
        };
        // Announces 2 GiB of counts, in the inner of two layers.
        let header = [&[0x1c, 0x84, 0x93, 0x13, 0x7f, 0xff, 0xff, 0xff][..], &[0; 32]].concat();
        let message = Histogram::from_v2_bytes(&deflate(&deflate(&header))).expect_err("deflated twice").to_string();
        assert!(message.contains("deflated more than once"), "{message}");
    }

    #[test]
    fn what_is_announced_and_not_there_is_refused_before_anything_is_reserved_for_it() {
        let mut bytes = vec![0x1c, 0x84, 0x93, 0x13, 0xff, 0xff, 0xff, 0xff];
        bytes.extend([0; 32]);

        let message = Histogram::from_v2_bytes(&bytes).unwrap_err().to_string();

        assert!(message.contains("more counts are announced than there are"), "{message}");
    }

    proptest! {
        #[test]
        fn the_merged_parts_of_any_number_of_threads_equal_the_whole(
            durations_by_thread in proptest::collection::vec(proptest::collection::vec(0..HIGHEST_NS, 0..60), 0..8),
        ) {
            let mut merged = Histogram::new();
            // In another order than they were recorded in.
            for durations_ns in durations_by_thread.iter().rev() {
                merged.merge(&of(durations_ns));
            }

            prop_assert_eq!(merged, of(&durations_by_thread.concat()));
        }

        #[test]
        fn bytes_bring_back_the_same_histogram(durations_ns in proptest::collection::vec(0..HIGHEST_NS, 0..200)) {
            let histogram = of(&durations_ns);

            prop_assert_eq!(Histogram::from_v2_bytes(&histogram.to_v2_bytes().unwrap()).unwrap(), histogram);
        }

        #[test]
        fn a_quantile_is_within_a_thousandth_of_the_sorted_values(
            mut durations_ns in proptest::collection::vec(1_000..HIGHEST_NS, 1..300),
            thousandths in 0..=1_000_usize,
        ) {
            let histogram = of(&durations_ns);
            durations_ns.sort_unstable();
            let rank = (thousandths * durations_ns.len()).div_ceil(1_000).max(1);
            let exact_ns = durations_ns[rank - 1] as f64;

            let read_ns = histogram.quantile_ns(thousandths as f64 / 1e3).unwrap() as f64;

            prop_assert!((read_ns / exact_ns - 1.0).abs() <= 0.001, "{read_ns} for {exact_ns}");
        }
    }
}
