//! Any bytes are a histogram or an error; a histogram keeps its statistics in order and survives being written.
//!
//! Leaves out what `hdrhistogram` is known not to mind: it reserves as many bytes as a header announces, up to 4 GiB.
#![no_main]

use flate2::read::ZlibDecoder;
use fwcompare_loadgen_core::Histogram;
use libfuzzer_sys::fuzz_target;
use std::io::Read;

const DEFLATED_COOKIE: [u8; 4] = [0x1c, 0x84, 0x93, 0x14];
/// More than a histogram of ours can have.
const MAX_ANNOUNCED_BYTES: u32 = 1024 * 1024;
/// A share of more than these is not exact in an `f64`.
const MAX_EXACT_COUNT: u64 = 1 << 53;

fuzz_target!(|bytes: &[u8]| {
    if announced_bytes(bytes).is_some_and(|announced_bytes| announced_bytes > MAX_ANNOUNCED_BYTES) {
        return;
    }
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

/// The length that the header of the plain format gives for what follows it; `None` when there is no such header.
fn announced_bytes(bytes: &[u8]) -> Option<u32> {
    let mut cookie_and_length = [0; 8];
    if bytes.starts_with(&DEFLATED_COOKIE) {
        ZlibDecoder::new(bytes.get(8..)?).read_exact(&mut cookie_and_length).ok()?;
    } else {
        cookie_and_length = *bytes.first_chunk()?;
    }
    Some(u32::from_be_bytes(*cookie_and_length.last_chunk()?))
}
