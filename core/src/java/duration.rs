//! Spans of time as `java.time.Duration` reads them.

/// `PnDTnHnMnS` in milliseconds.
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    let text = text.to_ascii_uppercase();
    let body = text.strip_prefix('P')?;
    let (mut total, mut digits, mut in_time, mut any) = (0_i64, String::new(), false, false);
    for letter in body.chars() {
        let unit = match letter {
            '0'..='9' | '.' | '-' | '+' => {
                digits.push(letter);
                continue;
            }
            'T' => {
                in_time = true;
                continue;
            }
            'D' if !in_time => 86_400_000,
            'H' if in_time => 3_600_000,
            'M' if in_time => 60_000,
            'S' if in_time => 1_000,
            _ => return None,
        };
        let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
        let millis: i64 = if part.is_empty() { 0 } else { format!("{part:0<3}").get(..3)?.parse().ok()? };
        let amount = whole.parse::<i64>().ok()?.checked_mul(unit)?;
        total = total.checked_add(amount)?.checked_add(millis)?;
        digits.clear();
        any = true;
    }
    (any && digits.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_iso_8601() {
        assert_eq!(duration("PT1H30M"), Some(5_400_000));
        assert_eq!(duration("P1DT0.5S"), Some(86_400_500));
        assert_eq!(duration("1h"), None);
        assert_eq!(duration("P"), None);
    }
}
