//! `test`, `[ … ]` and `[[ … ]]`: conditions about files, texts and numbers.

use super::{Pipes, Program, Progress};
use crate::language::pattern;

/// How deep `!` and parentheses may stand in each other.
const DEPTH_MAX: u32 = 32;

pub(super) fn test(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let mut words: Vec<String> = program.args.clone();
    let closes = match program.name {
        "[" => "]",
        "[[" => "]]",
        _ => "",
    };
    if !closes.is_empty() && words.pop().as_deref() != Some(closes) {
        return refuse(program, pipes, &format!("missing `{closes}'"));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut reader = Reader { rest: &words, double: closes == "]]", depth: 0, pipes };
    let done = if words.is_empty() { Ok(false) } else { reader.either() };
    match done {
        Ok(holds) if reader.rest.is_empty() => Progress::Done(i32::from(!holds)),
        Ok(_) => refuse(program, pipes, "too many arguments"),
        Err(why) => refuse(program, pipes, &why),
    }
}

fn refuse(program: &Program, pipes: &mut dyn Pipes, why: &str) -> Progress {
    pipes.write_error(&format!("bash: {}: {why}\n", program.name));
    Progress::Done(2)
}

struct Reader<'a> {
    rest: &'a [&'a str],
    double: bool,
    depth: u32,
    pipes: &'a mut dyn Pipes,
}

impl Reader<'_> {
    fn eat(&mut self, words: &[&str]) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if words.contains(first) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn either(&mut self) -> Result<bool, String> {
        let mut holds = self.both()?;
        while self.eat(if self.double { &["||"] } else { &["-o"] }) {
            holds |= self.both()?;
        }
        Ok(holds)
    }

    fn both(&mut self) -> Result<bool, String> {
        let mut holds = self.one()?;
        while self.eat(if self.double { &["&&"] } else { &["-a"] }) {
            holds &= self.one()?;
        }
        Ok(holds)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.depth >= DEPTH_MAX {
            return Err("too many arguments".to_owned());
        }
        if self.rest.len() > 1 && self.eat(&["!"]) {
            self.depth += 1;
            let holds = self.one();
            self.depth -= 1;
            return holds.map(|holds| !holds);
        }
        if self.rest.len() > 2 && self.eat(&["("]) {
            self.depth += 1;
            let holds = self.either();
            self.depth -= 1;
            return if self.eat(&[")"]) { holds } else { Err("`)' expected".to_owned()) };
        }
        match *self.rest {
            [left, sign, right, ..] if is_binary(sign) => {
                self.rest = self.rest.get(3..).unwrap_or_default();
                self.compare(left, sign, right)
            }
            [sign, value, ..] if sign.len() == 2 && sign.starts_with('-') => {
                self.rest = self.rest.get(2..).unwrap_or_default();
                self.about(sign, value)
            }
            [word, ..] => {
                self.rest = self.rest.get(1..).unwrap_or_default();
                Ok(!word.is_empty())
            }
            [] => Err("argument expected".to_owned()),
        }
    }

    fn about(&mut self, sign: &str, value: &str) -> Result<bool, String> {
        let files = self.pipes.files();
        let size = files.get(value).map(<[u8]>::len);
        let folder = files.list(value).any(|(name, _)| name.len() > value.trim_end_matches('/').len());
        let data = || -> (Option<usize>, bool) {
            (self.pipes.data_file(value).map(|bytes| bytes.len()), !self.pipes.data_files(value).is_empty())
        };
        Ok(match sign {
            "-z" => value.is_empty(),
            "-n" => !value.is_empty(),
            "-e" | "-r" | "-w" | "-x" | "-a" => {
                let (file, inside) = data();
                size.is_some() || folder || file.is_some() || inside
            }
            "-f" => size.is_some() || data().0.is_some(),
            "-d" => folder || data().0.is_none() && data().1,
            "-s" => size.or(data().0).is_some_and(|size| size > 0),
            "-L" | "-h" | "-p" | "-S" => false,
            "-t" => true,
            _ => return Err(format!("{sign}: unary operator expected")),
        })
    }

    fn compare(&self, left: &str, sign: &str, right: &str) -> Result<bool, String> {
        let number = |text: &str| {
            text.trim().parse::<i64>().map_err(|_| format!("{text}: integer expression expected"))
        };
        Ok(match sign {
            "=" | "==" if self.double => pattern::fits(left, right),
            "!=" if self.double => !pattern::fits(left, right),
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            "=~" => {
                let regex = regex_lite::RegexBuilder::new(right).size_limit(1 << 16).build();
                regex.map_err(|_| format!("{right}: not understood as a regular expression"))?.is_match(left)
            }
            "-eq" => number(left)? == number(right)?,
            "-ne" => number(left)? != number(right)?,
            "-lt" => number(left)? < number(right)?,
            "-le" => number(left)? <= number(right)?,
            "-gt" => number(left)? > number(right)?,
            _ => number(left)? >= number(right)?,
        })
    }
}

fn is_binary(sign: &str) -> bool {
    ["=", "==", "!=", "<", ">", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge"].contains(&sign)
}
