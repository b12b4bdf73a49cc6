//! Decimal numbers with six places, in which awk and jq reckon here: texts of floats would weigh much in the page.

const ONE: i128 = 1_000_000;

/// A number in millionths; what follows the number in a text does not count.
pub(super) fn read(text: &str) -> i128 {
    let text = text.trim_start();
    let length = prefix(text);
    let number = text.get(..length).unwrap_or_default();
    let (number, power) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_negative = whole.starts_with('-');
    let whole: i128 = whole.trim_start_matches(['+', '-']).parse().unwrap_or(0);
    let part: i128 = format!("{part:0<6}").get(..6).and_then(|part| part.parse().ok()).unwrap_or(0);
    let mut value = whole.saturating_mul(ONE).saturating_add(part);
    let power: i32 = power.parse::<i32>().unwrap_or(0).clamp(-30, 30);
    for _ in 0..power.unsigned_abs() {
        value = if power > 0 { value.saturating_mul(10) } else { value / 10 };
    }
    if is_negative { -value } else { value }
}

/// How far a number reaches at the beginning of a text.
pub(super) fn prefix(text: &str) -> usize {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let after = |at: usize| text.get(at..).unwrap_or_default();
    let sign = usize::from(text.starts_with(['+', '-']));
    let mut at = sign + digits(after(sign));
    let whole = at - sign;
    let mut places = 0;
    if let Some(rest) = after(at).strip_prefix('.') {
        places = digits(rest);
        if whole + places > 0 {
            at += 1 + places;
        }
    }
    if whole + places == 0 {
        return 0;
    }
    if let Some(rest) = after(at).strip_prefix(['e', 'E']) {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let power = digits(rest.get(sign..).unwrap_or_default());
        if power > 0 {
            at += 1 + sign + power;
        }
    }
    at
}

/// Whether a text is a number and nothing else.
pub(super) fn is(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && prefix(text) == text.len()
}

/// As short as it can be written.
pub(super) fn write(value: i128) -> String {
    let (whole, part) = (value / ONE, (value % ONE).abs());
    let sign = if value < 0 && whole == 0 && part > 0 { "-" } else { "" };
    if part == 0 {
        return whole.to_string();
    }
    format!("{sign}{whole}.{part:06}").trim_end_matches('0').to_owned()
}

/// With so many places.
pub(super) fn fixed(value: i128, places: usize) -> String {
    let places = places.min(6);
    let mut step = 1;
    (places..6).for_each(|_| step *= 10);
    let half = if value < 0 { -step / 2 } else { step / 2 };
    let value = value.saturating_add(half) / step * step;
    let (whole, part) = (value / ONE, (value % ONE).abs());
    let sign = if value < 0 && whole == 0 { "-" } else { "" };
    let part = format!("{part:06}");
    let part = part.get(..places).unwrap_or_default();
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// `+ - * / %`; `None` where nothing can be divided.
pub(super) fn reckon(sign: char, left: i128, right: i128) -> Option<i128> {
    Some(match sign {
        '+' => left.saturating_add(right),
        '-' => left.saturating_sub(right),
        '*' => left.saturating_mul(right) / ONE,
        '/' => left.saturating_mul(ONE).checked_div(right)?,
        _ => left.checked_rem(right)?,
    })
}

/// The whole part.
pub(super) fn whole(value: i128) -> i128 {
    value / ONE
}

/// A whole number.
pub(super) fn of(value: usize) -> i128 {
    i128::try_from(value).unwrap_or(0).saturating_mul(ONE)
}
