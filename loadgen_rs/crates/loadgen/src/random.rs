//! Random numbers as a pure function of a seed and an index, so that any draw can be replayed by itself.
//!
//! `SplitMix64` (Steele, Lea, Flood 2014) in counter mode: fast, without state, good enough for arrivals and think
//! times. Not for secrets.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Another stream of the same seed, which has nothing in common with the first.
pub(crate) fn stream(seed: u64, number: u64) -> u64 {
    mix(seed ^ mix(number.wrapping_add(GOLDEN)))
}

/// The draw of this index from the exponential distribution with mean 1.
pub(crate) fn exponential(seed: u64, index: u64) -> f64 {
    // 53 bits, above 0 so that the logarithm is finite, and up to 1.
    let uniform = ((uniform_bits(seed, index) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    -uniform.ln()
}

/// The draw of this index: 64 bits, all alike likely.
pub(crate) fn uniform_bits(seed: u64, index: u64) -> u64 {
    mix(seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_draws_have_mean_and_variance_one() {
        let draws: Vec<_> = (0..200_000).map(|index| exponential(7, index)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;

        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn streams_and_seeds_differ() {
        let seeds = [stream(0, 0), stream(0, 1), stream(1, 0), stream(1, 1)];

        assert!((1..4).all(|one| (0..one).all(|other| seeds[one] != seeds[other])));
        assert!(exponential(seeds[0], 0).to_bits() != exponential(seeds[1], 0).to_bits());
    }
}
