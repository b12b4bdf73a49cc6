//! A digest of any serialisable state: equal states, equal digests, natively and in the browser.
//!
//! The state is written in postcard's format, which has no word size and no byte order, into a hash instead of a
//! buffer.

use postcard::ser_flavors::Flavor;
use serde::Serialize;

/// FNV-1a, fed byte by byte.
struct Fnv(u64);

impl Flavor for Fnv {
    type Output = u64;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<u64> {
        Ok(self.0)
    }
}

/// The digest of a value.
pub(crate) fn digest(value: &impl Serialize) -> u64 {
    postcard::serialize_with_flavor(value, Fnv(0xcbf2_9ce4_8422_2325)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn different_values_have_different_digests() {
        assert_eq!(digest(&(1_u32, "a")), digest(&(1_u32, "a")));
        assert_ne!(digest(&(1_u32, "a")), digest(&(2_u32, "a")));
        assert_ne!(digest(&1_u32), 0, "a digest of 0 would mean that the value could not be written");
    }
}
