//! Any bytes are a histogram or an error; a histogram keeps its statistics in order and survives being written.
#![no_main]

use fwcompare_loadgen_core::Histogram;
use libfuzzer_sys::fuzz_target;

/// A share of more than these is not exact in an `f64`.
const MAX_EXACT_COUNT: u64 = 1 << 53;

fuzz_target!(|bytes: &[u8]| {
    let Ok(histogram) = Histogram::from_v2_bytes(bytes) else { return };
    if histogram.count() <= MAX_EXACT_COUNT {
        let quantiles_ns = [0.0, 0.5, 0.99, 1.0].map(|quantile| histogram.quantile_ns(quantile));
        assert!(quantiles_ns.is_sorted(), "{quantiles_ns:?}");
        assert_eq!(quantiles_ns[3], histogram.max_ns(), "the last quantile, and the longest time");
        assert!(histogram.min_ns() <= quantiles_ns[0], "shortest {:?}, and {quantiles_ns:?}", histogram.min_ns());
    }

    // A count above 2^63 - 1 can be held and not written, and says so.
    let Ok(written) = histogram.to_v2_bytes() else { return };
    assert_eq!(Histogram::from_v2_bytes(&written), Ok(histogram), "read again, and as it was written");
});
