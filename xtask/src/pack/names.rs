//! Short names for what the program imports from its script. wasm-bindgen gives each a long one with a digest in it,
//! which stands once in the module and once in the script and cannot be packed.

use super::streams::number_bytes;
use std::collections::BTreeMap;

const IMPORT_SECTION: u8 = 2;
const HEADER: usize = 8;
const FUNCTION: u8 = 0;

/// The module and its script with short names; nothing if this is no module that imports functions only.
pub fn shorten(module: &[u8], script: &str) -> Option<(Vec<u8>, String)> {
    let mut rest = module.get(HEADER..)?;
    let mut out = module.get(..HEADER)?.to_vec();
    let mut names = BTreeMap::new();
    while let Some((&section, body)) = rest.split_first() {
        let (size, body) = number(body)?;
        let (body, after) = body.split_at_checked(size)?;
        let body = if section == IMPORT_SECTION { imports(body, &mut names)? } else { body.to_vec() };
        out.push(section);
        out.extend(number_bytes(body.len()));
        out.extend(body);
        rest = after;
    }
    Some((out, rename(script, &names)))
}

/// The import section with other names, which are noted.
fn imports(body: &[u8], names: &mut BTreeMap<String, String>) -> Option<Vec<u8>> {
    let (count, mut rest) = number(body)?;
    let mut out = Vec::new();
    out.extend(number_bytes(count));
    for _ in 0..count {
        for _ in 0..2 {
            let (name, after) = text(rest)?;
            let next = names.len();
            let short = names.entry(name.to_owned()).or_insert_with(|| short_name(next));
            out.extend(number_bytes(short.len()));
            out.extend(short.bytes());
            rest = after;
        }
        let (kind, after) = rest.split_first()?;
        let (signature, after) = number(after)?;
        if *kind != FUNCTION {
            return None;
        }
        out.push(*kind);
        out.extend(number_bytes(signature));
        rest = after;
    }
    rest.is_empty().then_some(out)
}

/// Each name is a property in the script: `__wbg_now_0123456789abcdef: function(…`, or `"./module_bg.js": …`.
fn rename(script: &str, names: &BTreeMap<String, String>) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_$./-".contains(c);
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_word(c)).unwrap_or(from.len()));
        let short = names.get(word).filter(|_| after.starts_with([':', '"']));
        out.push_str(before);
        out.push_str(short.map_or(word, String::as_str));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `a`, `b` … `z`, `aa` …: a name for any number.
fn short_name(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)));
        match (number / 26).checked_sub(1) {
            Some(next) => number = next,
            None => return name,
        }
    }
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

/// A number of variable length (LEB128).
fn number(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (mut number, mut shift) = (0_usize, 0_u32);
    loop {
        let (byte, rest) = bytes.split_first()?;
        number |= usize::from(byte & 0x7f).checked_shl(shift)?;
        (bytes, shift) = (rest, shift + 7);
        if *byte < 0x80 {
            return Some((number, bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_and_script_get_the_same_short_names() {
        let mut module = b"\0asm\x01\0\0\0\x02\x15\x01\x06./x.js\x0a__wbg_now_\0\x00".to_vec();
        module.extend(b"\x05\x01\x00");
        let script = "const i = { __wbg_now_: function() { return now(); } };\nreturn { \"./x.js\": i, a: __wbg_now };";
        let (module, script) = shorten(&module, script).unwrap();
        assert_eq!(module, b"\0asm\x01\0\0\0\x02\x07\x01\x01a\x01b\0\x00\x05\x01\x00");
        assert_eq!(
            script,
            "const i = { b: function() { return now(); } };\nreturn { \"a\": i, a: __wbg_now };"
        );
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert_eq!(shorten(b"\0asm", ""), None);
        assert_eq!(shorten(b"\0asm\x01\0\0\0\x02\x7f", ""), None);
        assert_eq!(
            shorten(b"\0asm\x01\0\0\0\x02\x07\x01\x01a\x01b\x02\x00", ""),
            None,
            "a memory is imported"
        );
    }

    #[test]
    fn every_number_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<String> = (0..2_000).map(short_name).collect();
        assert_eq!(names.len(), 2_000);
        assert_eq!(
            ["a", "z", "aa", "az", "ba"],
            [0, 25, 26, 51, 52].map(short_name).each_ref().map(String::as_str)
        );
    }
}
