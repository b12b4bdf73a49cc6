//! Numbers as people say them.

/// So many of them.
#[must_use]
pub fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A number that need not be exact, in few letters.
#[must_use]
pub fn amount(n: i64) -> String {
    match n {
        10_000_000.. => format!("{} M", n / 1_000_000),
        10_000.. => format!("{} k", n / 1_000),
        _ => n.to_string(),
    }
}

/// Seconds as people say them.
#[must_use]
pub fn seconds(s: u64) -> String {
    match s {
        s if s < 120 => format!("{s} s"),
        s => format!("{} min", s / 60),
    }
}
