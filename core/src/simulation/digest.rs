//! A digest of any serialisable state: equal states, equal digests, natively and in the browser.
//!
//! The state is written in postcard's format, which has no word size and no byte order, into a hash instead of a
//! buffer.

use crate::protocol::{FNV1A_START, fnv1a_on};
use postcard::ser_flavors::Flavor;
use serde::Serialize;

/// FNV-1a, fed piece by piece.
struct Fnv(u64);

impl Flavor for Fnv {
    type Output = u64;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0 = fnv1a_on(self.0, bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<u64> {
        Ok(self.0)
    }
}

/// The digest of a value.
pub(crate) fn digest(value: &impl Serialize) -> u64 {
    postcard::serialize_with_flavor(value, Fnv(FNV1A_START)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::digest;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(i16),
        Tuple(i64, Option<u8>),
        Struct { text: String, list: Vec<(bool, char)> },
    }

    /// FNV-1a of what postcard itself writes.
    fn postcard(value: &impl Serialize) -> u64 {
        let bytes = postcard::to_allocvec(value).unwrap();
        crate::protocol::fnv1a(&bytes)
    }

    #[test]
    fn different_values_have_different_digests() {
        assert_eq!(digest(&(1_u32, "a")), digest(&(1_u32, "a")));
        assert_ne!(digest(&(1_u32, "a")), digest(&(2_u32, "a")));
        assert_ne!(digest(&1_u32), 0, "a digest of 0 would mean that the value could not be written");
    }

    #[test]
    fn the_bytes_are_those_of_postcard() {
        let shapes = [
            Shape::Unit,
            Shape::Newtype(-300),
            Shape::Tuple(i64::MIN, None),
            Shape::Tuple(i64::MAX, Some(200)),
            Shape::Struct { text: "Käse".to_owned(), list: vec![(true, 'ß'), (false, 'x')] },
        ];
        for shape in &shapes {
            assert_eq!(digest(shape), postcard(shape));
        }
        let map: BTreeMap<i32, u64> = [(i32::MIN, u64::MAX), (-1, 127), (0, 128), (i32::MAX, 0)].into();
        assert_eq!(digest(&map), postcard(&map));
        assert_eq!(digest(&(u16::MAX, -1_i8, ())), postcard(&(u16::MAX, -1_i8, ())));
    }
}
