//! `xargs`: what comes in becomes arguments of a command.

use crate::language::{AndOr, Command, Item, Pipeline, Word};
use serde::Serialize;

/// The most commands that one `xargs` runs.
const COMMANDS_MAX: usize = 10_000;

/// How `xargs` was called.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Xargs {
    command: Vec<String>,
    /// `-n`: at most so many arguments for each command.
    most: Option<usize>,
    /// `-I`: the text that is replaced by a line.
    replace: Option<String>,
    /// `-L`: so many lines for each command.
    lines: Option<usize>,
    /// `-d`: what separates arguments.
    delimiter: Option<char>,
    /// `-r`: nothing is run without arguments.
    skips_empty: bool,
}

impl Xargs {
    /// Reads its options. The error is what it says.
    pub fn new(args: &[String]) -> Result<Xargs, String> {
        let mut xargs = Xargs::default();
        let mut at = 0;
        while let Some(arg) = args.get(at).filter(|arg| arg.starts_with('-') && arg.len() > 1) {
            // A dash from a web page may stand behind the first one.
            let (option, glued) = arg.split_at_checked(2).unwrap_or((arg, ""));
            let takes = matches!(option, "-n" | "-I" | "-L" | "-P" | "-d" | "-s" | "-a");
            let value = if takes && glued.is_empty() {
                at += 1;
                args.get(at).map_or("", String::as_str)
            } else {
                glued
            };
            let number = || value.parse::<usize>().ok().filter(|n| *n > 0);
            match option {
                "-n" => xargs.most = Some(number().ok_or(bad(value, "n"))?),
                "-L" => xargs.lines = Some(number().ok_or(bad(value, "L"))?),
                "-I" => xargs.replace = Some(value.to_owned()),
                "-d" => {
                    xargs.delimiter =
                        if value == "\\n" { Some('\n') } else { value.chars().next().or(Some('\n')) };
                }
                "-0" => xargs.delimiter = Some('\0'),
                "-r" | "--" => xargs.skips_empty |= option == "-r",
                "-P" | "-t" | "-x" => {}
                _ => return Err(format!("xargs: not simulated: the option `{arg}`")),
            }
            at += 1;
            if arg == "--" {
                break;
            }
        }
        xargs.command = args.get(at..).unwrap_or_default().to_vec();
        if xargs.command.is_empty() {
            xargs.command.push("echo".to_owned());
        }
        Ok(xargs)
    }

    /// The commands for an input.
    pub fn items(&self, input: &str) -> Vec<Item> {
        let mut groups: Vec<Vec<String>> = Vec::new();
        if let Some(mark) = self.replace.as_deref().filter(|mark| !mark.is_empty()) {
            let lines =
                input.split(self.delimiter.unwrap_or('\n')).map(str::trim).filter(|line| !line.is_empty());
            for line in lines.take(COMMANDS_MAX) {
                groups.push(self.command.iter().map(|word| word.replace(mark, line)).collect());
            }
            return groups.iter().map(|words| item(words)).collect();
        }
        let mut at = Vec::new();
        match (self.delimiter, self.lines) {
            (Some(delimiter), _) => {
                at.extend(input.split(delimiter).filter(|word| !word.is_empty()).map(str::to_owned));
                groups = chunks(&at, self.most);
            }
            (None, Some(lines)) => {
                let all: Vec<&str> = input.lines().filter(|line| !line.trim().is_empty()).collect();
                for some in all.chunks(lines.max(1)) {
                    groups.push(some.iter().flat_map(|line| words(line)).collect());
                }
            }
            (None, None) => groups = chunks(&words(input), self.most),
        }
        if groups.is_empty() && !self.skips_empty {
            groups.push(Vec::new());
        }
        let all = groups.into_iter().take(COMMANDS_MAX);
        all.map(|group| item(&[self.command.clone(), group].concat())).collect()
    }
}

fn bad(value: &str, option: &str) -> String {
    format!("xargs: invalid number \"{value}\" for -{option} option")
}

fn chunks(words: &[String], most: Option<usize>) -> Vec<Vec<String>> {
    words.chunks(most.unwrap_or(5_000).max(1)).map(<[String]>::to_vec).collect()
}

/// Words by blanks; quotes keep blanks.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(letters.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn item(words: &[String]) -> Item {
    let command = Command { words: words.iter().map(|word| Word::of(word)).collect(), ..Command::default() };
    let first = Pipeline { commands: vec![command], ..Pipeline::default() };
    Item { list: AndOr { first, rest: Vec::new() }, background: false, text: words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str], input: &str) -> Vec<String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        Xargs::new(&args).unwrap().items(input).into_iter().map(|item| item.text).collect()
    }

    #[test]
    fn an_option_of_other_letters_is_refused() {
        for option in ["-\u{2013}n2", "-\u{e9}n2", "-z"] {
            let why = Xargs::new(&[option.to_owned(), "echo".to_owned()]).unwrap_err();
            assert!(why.contains(option), "{why}");
        }
    }

    #[test]
    fn input_becomes_arguments() {
        assert_eq!(run(&["-n1", "x"], "a b\nc\n"), ["x a", "x b", "x c"]);
        assert_eq!(run(&["-n", "2"], "a 'b c' d"), ["echo a b c", "echo d"]);
        assert_eq!(
            run(&["-I{}", "x", "--topic", "{}", "y{}"], "a b\nc\n"),
            ["x --topic a b ya b", "x --topic c yc"]
        );
        assert_eq!(run(&["-I", "T", "x", "T"], "a\n"), ["x a"]);
        assert_eq!(run(&["-L1", "x"], "a b\nc\n"), ["x a b", "x c"]);
        assert_eq!(run(&["-d,", "x"], "a,b"), ["x a b"]);
        assert_eq!(run(&["-r", "x"], ""), Vec::<String>::new());
        assert_eq!(run(&["x"], ""), ["x"]);
    }
}
