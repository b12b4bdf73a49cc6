//! Chance as an argument: one seeded, portable stream for each purpose.
//!
//! A purpose of its own keeps one kind of draw from disturbing another: an extra message on the network must
//! not change which topic id is drawn next.

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng as _;
use serde::Serialize;

/// A stream of chance. The generator is `Pcg32` of the rand project: small, portable and serialisable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rng(Pcg32);

impl Rng {
    /// The stream of a purpose (any fixed number) under a cluster's seed.
    #[must_use]
    pub fn new(seed: u64, purpose: u64) -> Rng {
        Rng(Pcg32::new(seed, purpose))
    }

    /// A number from 0 to `bound` - 1; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        // Multiply and shift (Lemire): the bias over 2^64 is far below anything that can be seen.
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u32::try_from(wide >> 64).unwrap_or(0)
    }

    /// Sixteen random bytes.
    pub fn bytes16(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.next_u64().to_be_bytes());
        bytes[8..].copy_from_slice(&self.0.next_u64().to_be_bytes());
        bytes
    }

    /// A random UUID as Kafka's own clients write theirs: 22 letters of base 64.
    pub fn short_uuid(&mut self) -> String {
        let mut bytes = self.bytes16();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        crate::protocol::Uuid(bytes).to_string()
    }

    /// A random (version 4) UUID in its usual dashed form.
    pub fn uuid(&mut self) -> String {
        let mut b = self.bytes16();
        b[6] = b[6] & 0x0f | 0x40;
        b[8] = b[8] & 0x3f | 0x80;
        let hex: String = b.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_and_purpose_give_the_same_draws() {
        let (mut a, mut b) = (Rng::new(7, 1), Rng::new(7, 1));
        assert_eq!((a.below(1_000), a.uuid()), (b.below(1_000), b.uuid()));
        assert_ne!(Rng::new(7, 1).bytes16(), Rng::new(7, 2).bytes16());
    }

    #[test]
    fn draws_stay_below_their_bound() {
        let mut rng = Rng::new(1, 1);
        assert!((0..1_000).all(|_| rng.below(3) < 3));
        assert_eq!(rng.below(0), 0);
    }
}
