//! A sitting in the address of the page: its snapshot in base64 for addresses (RFC 4648, section 5), behind `#s=`.

const MARK: &str = "#s=";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The longest link that all browsers and most chats take.
const LINK_MAX: usize = 30_000;

/// What is behind the address of a page for a snapshot; nothing if it is too long for a link.
#[must_use]
pub fn written(snapshot: &str) -> Option<String> {
    let mut text = MARK.to_owned();
    for bytes in snapshot.as_bytes().chunks(3) {
        let at = |index: usize| bytes.get(index).copied().map_or(0, u32::from);
        let number = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..=bytes.len() {
            let place = (number >> (18 - 6 * digit)) & 63;
            text.extend(DIGITS.get(place as usize).copied().map(char::from));
        }
    }
    (text.len() <= LINK_MAX).then_some(text)
}

/// The snapshot behind the address of a page, if there is one. The error is a sentence.
#[must_use]
pub fn read(fragment: &str) -> Option<Result<String, String>> {
    let text = fragment.strip_prefix(MARK)?;
    Some(decoded(text))
}

fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut number, mut bits) = (0_u32, 0_u32);
    for (place, digit) in text.bytes().enumerate() {
        let value = DIGITS.iter().position(|known| *known == digit);
        let Some(value) = value.and_then(|value| u32::try_from(value).ok()) else {
            return Err(format!("character {} of it is `{}`", place + 1, char::from(digit)));
        };
        number = (number << 6 | value) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((number >> bits & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).map_err(|_| "it is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["", "a", "ab", "abc", "{\"inputs\":[\"größer > 1\"]}"] {
            assert_eq!(read(&written(text).unwrap()), Some(Ok(text.to_owned())));
        }
        assert_eq!(written("Ma").as_deref(), Some("#s=TWE"));
        assert_eq!(written(&"x".repeat(LINK_MAX)), None);
    }

    #[test]
    fn another_address_is_no_link_and_a_damaged_one_says_where() {
        assert_eq!(read(""), None);
        assert_eq!(read("#top"), None);
        assert_eq!(read("#s=TW E"), Some(Err("character 3 of it is ` `".to_owned())));
        assert!(read("#s=_____w").is_some_and(|read| read.is_err()));
    }
}
