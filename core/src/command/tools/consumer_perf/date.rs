//! `SimpleDateFormat`: how the rows tell the time.

use crate::command::tools::kit::{Thrown, java_date};
use serde::Serialize;

/// A pattern, taken apart: each letter with the number of its repetitions, or a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DateFormat(Vec<(char, u32, String)>);

impl DateFormat {
    /// The format of this pattern.
    pub fn new(pattern: &str) -> Result<DateFormat, Thrown> {
        let mut parts: Vec<(char, u32, String)> = Vec::new();
        let mut quoted = false;
        let mut letters = pattern.chars().peekable();
        while let Some(letter) = letters.next() {
            let is_letter = letter.is_ascii_alphabetic() && !quoted;
            if letter == '\'' {
                if letters.next_if_eq(&'\'').is_some() {
                    parts.push(('\'', 1, "'".to_owned()));
                } else {
                    quoted = !quoted;
                }
            } else if !is_letter {
                parts.push(('\'', 1, letter.to_string()));
            } else if !"GyMwWDdFEaHkKhmsSzZYuXL".contains(letter) {
                return Err(Thrown::illegal(format!("Illegal pattern character '{letter}'")));
            } else if let Some(last) = parts.last_mut().filter(|last| last.0 == letter) {
                last.1 += 1;
            } else {
                parts.push((letter, 1, String::new()));
            }
        }
        if quoted { Err(Thrown::illegal("Unterminated quote")) } else { Ok(DateFormat(parts)) }
    }

    /// A moment, in UTC.
    #[must_use]
    pub fn format(&self, wall_ms: i64) -> String {
        let time = crate::command::tools::kit::date_time(wall_ms);
        let words = java_date(wall_ms);
        let field = |from: usize, to: usize| {
            time.get(from..to).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0)
        };
        let name = |from: usize| words.get(from..from + 3).unwrap_or_default();
        let mut text = String::new();
        for (letter, width, literal) in &self.0 {
            let (hour, year) = (field(11, 13), field(0, 4));
            let number = match letter {
                'y' | 'Y' | 'u' => {
                    if *width == 2 {
                        year % 100
                    } else {
                        year
                    }
                }
                'M' | 'L' if *width < 3 => field(5, 7),
                'd' => field(8, 10),
                'H' => hour,
                'k' => {
                    if hour == 0 {
                        24
                    } else {
                        hour
                    }
                }
                'K' => hour % 12,
                'h' => {
                    if hour % 12 == 0 {
                        12
                    } else {
                        hour % 12
                    }
                }
                'm' => field(14, 16),
                's' => field(17, 19),
                'S' => field(20, 23),
                other => {
                    text.push_str(match other {
                        '\'' => literal,
                        'M' | 'L' => name(4),
                        'E' => name(0),
                        'a' => {
                            if hour < 12 {
                                "AM"
                            } else {
                                "PM"
                            }
                        }
                        'z' => "UTC",
                        'X' => "Z",
                        'Z' => "+0000",
                        _ => "AD",
                    });
                    continue;
                }
            };
            let digits = number.to_string();
            (digits.len()..usize::try_from(*width).unwrap_or(0)).for_each(|_| text.push('0'));
            text.push_str(&digits);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_the_pattern_wants() {
        let format = |pattern: &str| DateFormat::new(pattern).unwrap().format(1_795_343_640_273);
        assert_eq!(format("yyyy-MM-dd HH:mm:ss:SSS"), "2026-11-22 10:34:00:273");
        assert_eq!(format("d MMM yy 'at' h:mm a"), "22 Nov 26 at 10:34 AM");
        assert_eq!(DateFormat::new("foo").unwrap_err().message, "Illegal pattern character 'f'");
    }
}
