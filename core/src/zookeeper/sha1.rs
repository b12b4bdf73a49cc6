//! SHA-1 in base64: what ZooKeeper's `digest` scheme keeps instead of a password.

use crate::java::base64;

/// The hash's first state.
const BEGIN: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The SHA-1 of a text.
fn sha1(text: &[u8]) -> [u32; 5] {
    let mut bytes = text.to_vec();
    let bits = u64::try_from(text.len()).unwrap_or(0) * 8;
    bytes.push(0x80);
    while bytes.len() % 64 != 56 {
        bytes.push(0);
    }
    bytes.extend(bits.to_be_bytes());
    bytes.chunks_exact(64).fold(BEGIN, round)
}

/// One block of 64 bytes.
fn round(state: [u32; 5], block: &[u8]) -> [u32; 5] {
    let mut words: Vec<u32> = block
        .chunks_exact(4)
        .map(|four| four.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)))
        .collect();
    while words.len() < 80 {
        let back = |by: usize| words.len().checked_sub(by).and_then(|at| words.get(at)).copied().unwrap_or(0);
        let next = (back(3) ^ back(8) ^ back(14) ^ back(16)).rotate_left(1);
        words.push(next);
    }
    let [mut a, mut b, mut c, mut d, mut e] = state;
    for (at, word) in words.iter().enumerate() {
        let (mixed, constant) = match at / 20 {
            0 => (b & c | !b & d, 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let next =
            a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    let [p, q, r, s, t] = state;
    [p.wrapping_add(a), q.wrapping_add(b), r.wrapping_add(c), s.wrapping_add(d), t.wrapping_add(e)]
}

/// The SHA-1 of a text, in base64.
pub(super) fn digest(text: &str) -> String {
    let bytes: Vec<u8> = sha1(text.as_bytes()).iter().flat_map(|word| word.to_be_bytes()).collect();
    base64::encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn digests_are_those_of_the_real_server() {
        assert_eq!(digest("anna:secret"), "Wap/fLaD11BLJBT+7fkDcVxaT7c=");
        assert_eq!(digest("bert:one"), "1ibZ3exPYXTR++6X1WwiQo58OJI=");
        assert_eq!(digest(&"a".repeat(60)).len(), 28, "two blocks");
    }
}
