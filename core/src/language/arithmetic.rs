//! `$((…))`: whole numbers of 64 bits, with the signs and the order of a shell.

use super::expand::Lookup;

/// How deep parentheses and signs may stand in each other.
const DEPTH_MAX: u32 = 64;
/// The longest expression.
const LENGTH_MAX: usize = 4_096;

/// Signs between two operands, with how strongly they bind; longer ones first.
const BINARY: [(&str, u8); 18] = [
    ("**", 11),
    ("<<", 8),
    (">>", 8),
    ("<=", 7),
    (">=", 7),
    ("==", 6),
    ("!=", 6),
    ("&&", 2),
    ("||", 1),
    ("*", 10),
    ("/", 10),
    ("%", 10),
    ("+", 9),
    ("-", 9),
    ("<", 7),
    (">", 7),
    ("&", 5),
    ("|", 3),
];

/// Signs that set a variable.
const SETTING: [&str; 6] = ["+=", "-=", "*=", "/=", "%=", "="];

/// A value, and the variables that were set on the way. The error is what a shell says.
pub fn evaluate(text: &str, lookup: Lookup<'_>) -> Result<(i64, Vec<(String, i64)>), String> {
    if text.len() > LENGTH_MAX {
        return Err(format!("an expression may have at most {LENGTH_MAX} bytes"));
    }
    let mut reader = Reader { text, rest: text, lookup, set: Vec::new(), depth: 0 };
    let mut value = 0;
    reader.blanks();
    if !reader.rest.is_empty() {
        value = reader.choice()?;
        while reader.eat(",") {
            value = reader.choice()?;
        }
    }
    if !reader.rest.is_empty() {
        return Err(reader.wrong());
    }
    Ok((value, reader.set))
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    lookup: Lookup<'a>,
    set: Vec<(String, i64)>,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn wrong(&self) -> String {
        let token = self.rest.trim_start();
        format!("{}: syntax error: operand expected (error token is \"{token}\")", self.text)
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, sign: &str) -> bool {
        self.blanks();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                self.blanks();
                true
            }
            None => false,
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.depth >= DEPTH_MAX {
            return Err(format!("{}: expression recursion level exceeded", self.text));
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }

    /// `A ? B : C`
    fn choice(&mut self) -> Result<i64, String> {
        let condition = self.operation(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.deeper(Self::choice)?;
        if !self.eat(":") {
            return Err(self.wrong());
        }
        let no = self.deeper(Self::choice)?;
        Ok(if condition == 0 { no } else { yes })
    }

    fn operation(&mut self, least: u8) -> Result<i64, String> {
        let mut left = self.operand()?;
        loop {
            self.blanks();
            let found = BINARY.iter().find(|(sign, _)| self.rest.starts_with(sign));
            let Some((sign, strength)) = found.filter(|(_, strength)| *strength > least) else {
                return Ok(left);
            };
            self.eat(sign);
            // Powers are read from the right.
            let bound = if *sign == "**" { strength - 1 } else { *strength };
            let right = self.deeper(|reader| reader.operation(bound))?;
            left = apply(left, sign, right)
                .ok_or_else(|| format!("{}: division by 0 (error token is \"{right}\")", self.text))?;
        }
    }

    fn operand(&mut self) -> Result<i64, String> {
        for (sign, step) in [("++", 1), ("--", -1)] {
            if self.rest.starts_with(sign) {
                self.eat(sign);
                let name = self.name().ok_or_else(|| self.wrong())?;
                let value = self.variable(&name)?.wrapping_add(step);
                self.set.push((name, value));
                return Ok(value);
            }
        }
        for sign in ["-", "+", "!", "~"] {
            if self.eat(sign) {
                let value = self.deeper(Self::operand)?;
                return Ok(match sign {
                    "-" => value.wrapping_neg(),
                    "!" => i64::from(value == 0),
                    "~" => !value,
                    _ => value,
                });
            }
        }
        if self.eat("(") {
            let value = self.deeper(Self::choice)?;
            return if self.eat(")") { Ok(value) } else { Err(self.wrong()) };
        }
        match self.name() {
            Some(name) => self.named(name),
            None => self.number(),
        }
    }

    /// A variable, or what sets it.
    fn named(&mut self, name: String) -> Result<i64, String> {
        self.blanks();
        for (sign, step) in [("++", 1), ("--", -1)] {
            if self.eat(sign) {
                let value = self.variable(&name)?;
                self.set.push((name, value.wrapping_add(step)));
                return Ok(value);
            }
        }
        let sets = SETTING.iter().find(|sign| self.rest.starts_with(**sign));
        let Some(sign) = sets.filter(|_| !self.rest.starts_with("==")) else { return self.variable(&name) };
        self.eat(sign);
        let right = self.deeper(Self::choice)?;
        let value = match sign.strip_suffix('=').filter(|sign| !sign.is_empty()) {
            Some(sign) => apply(self.variable(&name)?, sign, right)
                .ok_or_else(|| format!("{}: division by 0 (error token is \"{right}\")", self.text))?,
            None => right,
        };
        self.set.push((name, value));
        Ok(value)
    }

    fn name(&mut self) -> Option<String> {
        self.blanks();
        let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !self.rest.starts_with(begins) {
            return None;
        }
        let length = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(name.to_owned())
    }

    fn variable(&self, name: &str) -> Result<i64, String> {
        if let Some((_, value)) = self.set.iter().rev().find(|(set, _)| set == name) {
            return Ok(*value);
        }
        let text = (self.lookup)(name);
        match text.trim() {
            "" => Ok(0),
            text => parse(text).ok_or_else(|| {
                format!("{text}: syntax error: invalid arithmetic operator (error token is \"{text}\")")
            }),
        }
    }

    fn number(&mut self) -> Result<i64, String> {
        let length = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(length);
        let value = parse(digits).ok_or_else(|| self.wrong())?;
        self.rest = rest;
        Ok(value)
    }
}

fn parse(text: &str) -> Option<i64> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return i64::from_str_radix(digits, 16).ok();
    }
    match text.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => i64::from_str_radix(digits, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// `None`: division by zero.
fn apply(left: i64, sign: &str, right: i64) -> Option<i64> {
    Some(match sign {
        "**" => left.wrapping_pow(u32::try_from(right).unwrap_or(0)),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right).or((right != 0).then_some(left))?,
        "%" => left.checked_rem(right).or((right != 0).then_some(0))?,
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "<<" => left.wrapping_shl(u32::try_from(right & 63).unwrap_or(0)),
        ">>" => left.wrapping_shr(u32::try_from(right & 63).unwrap_or(0)),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "&" => left & right,
        "|" => left | right,
        "&&" => i64::from(left != 0 && right != 0),
        _ => i64::from(left != 0 || right != 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_reckoned_in_a_shells_order() {
        let lookup = |name: &str| if name == "i" { "5".to_owned() } else { String::new() };
        for (text, wanted) in [
            ("1 + 2 * 3", 7),
            ("(1+2)*3 - -1", 10),
            ("10 / 3 % 2", 1),
            ("2 ** 3 ** 2", 512),
            ("i + j", 5),
            ("i > 3 && i <= 5", 1),
            ("i == 5 ? 1 : 2", 1),
            ("i++ + i", 11),
            ("x = 3, x * 2", 6),
            ("0x10 + 010", 24),
            ("!0 + ~0", 0),
            ("7 - 2 - 1", 4),
            ("", 0),
        ] {
            assert_eq!(evaluate(text, &lookup).map(|(n, _)| n), Ok(wanted), "{text}");
        }
        assert_eq!(evaluate("i += 2", &lookup), Ok((7, vec![("i".to_owned(), 7)])));
        assert!(evaluate("1 / 0", &lookup).is_err_and(|why| why.contains("division by 0")));
        assert!(evaluate("1 +", &lookup).is_err());
        assert!(evaluate(&"(".repeat(1_000), &lookup).is_err());
        assert!(evaluate(&"-".repeat(1_001), &lookup).is_err());
    }
}
