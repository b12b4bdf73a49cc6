use super::*;

fn parsed(text: &str) -> Option<String> {
    Decimal::parse(text).map(|number| number.to_string())
}

#[test]
fn texts_are_those_of_java() {
    for (text, java) in [
        ("0", "0.0"),
        ("-0.00", "-0.0"),
        ("1", "1.0"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("+0012.50d", "12.5"),
        ("1234567", "1234567.0"),
        ("1000000", "1000000.0"),
        ("12345678", "1.2345678E7"),
        ("10000000", "1.0E7"),
        ("0.001", "0.001"),
        ("0.0001", "1.0E-4"),
        ("1.5e3", "1500.0"),
        ("1.5E-3F", "0.0015"),
        ("1e400", "Infinity"),
        ("-1e99999999999", "-Infinity"),
        ("1e-400", "0.0"),
        ("0e99999999999", "0.0"),
        ("Infinity", "Infinity"),
        ("1.50000000000000000000001", "1.5"),
    ] {
        assert_eq!(parsed(text).as_deref(), Some(java), "{text}");
    }
    for text in
        ["", ".", "-", "+-1", "e5", "1e", "1e+", "1.2.3", "1,5", "0x1", "abc", "1 ", "1dd", "infinity"]
    {
        assert_eq!(parsed(text), None, "{text}");
    }
}

#[test]
fn whole_numbers_lie_on_both_sides() {
    for (text, both) in [
        ("0", (0, 0)),
        ("0.5", (0, 1)),
        ("-0.5", (-1, 0)),
        ("0.001", (0, 1)),
        ("1", (1, 1)),
        ("1.0001", (1, 2)),
        ("120", (120, 120)),
        ("-120.5", (-121, -120)),
        ("1e30", (i64::MAX, i64::MAX)),
        ("-Infinity", (-i64::MAX, -i64::MAX)),
    ] {
        assert_eq!(Decimal::parse(text).unwrap().between(), both, "{text}");
    }
}

/// What the standard library prints, taken apart.
fn standard(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

#[test]
fn digits_of_binary_numbers_are_the_shortest() {
    let mut bits = 0x0123_4567_89ab_cdef_u64;
    let special = [0, 1, 2, 1 << 52, (1 << 52) - 1, 1023 << 52, 0x7fef_ffff_ffff_ffff, 0x4340_0000_0000_0000];
    let powers =
        (0..2047).flat_map(|exponent| [exponent << 52, exponent << 52 | 1, (exponent << 52) + 0xfff]);
    let random = (0..5_000).map(|_| {
        bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        bits ^ bits >> 32
    });
    for bits in special.into_iter().chain(powers).chain(random) {
        let number = f64::from_bits(bits);
        if number.is_finite() {
            assert_eq!(Decimal::of_double(bits).unwrap(), standard(&format!("{number:e}")), "{bits:x}");
        }
        let bits = (bits >> 32) as u32;
        let number = f32::from_bits(bits);
        if number.is_finite() {
            assert_eq!(Decimal::of_float(bits).unwrap(), standard(&format!("{number:e}")), "{bits:x}");
        }
    }
    assert_eq!(Decimal::of_double(f64::NAN.to_bits()), None);
    assert_eq!(Decimal::of_double(f64::NEG_INFINITY.to_bits()).unwrap().to_string(), "-Infinity");
    assert_eq!(Decimal::of_float(f32::INFINITY.to_bits()).unwrap().to_string(), "Infinity");
}
