//! The small programs of a Unix shell that people pipe Kafka's tools into and out of.
//!
//! Each does what the lines of tutorials need of it, with the options that occur there. They work on bytes. Those
//! that can, work line by line, so that a consumer's output flows through them while it runs.

mod awk;
mod bytes;
mod decimal;
mod filter;
mod grep;
mod jq;
mod place;
mod print;
mod sed;
mod sort;
mod test;
mod tree;

use super::files::Files;
use crate::sorted::SortedMap;
use serde::Serialize;

/// What a program may do.
pub trait Pipes {
    /// Everything that came on standard input since the last call.
    fn take_input(&mut self) -> Vec<u8>;
    /// Whether nothing more will come.
    fn input_ended(&self) -> bool;
    /// Writes to standard output.
    fn write(&mut self, bytes: &[u8]);
    /// Writes to standard error.
    fn write_error(&mut self, text: &str);
    /// A hint for people at a terminal.
    fn hint(&mut self, text: &str);
    /// The small file system.
    fn files(&mut self) -> &mut Files;
    /// Milliseconds since 1970.
    fn wall_ms(&self) -> i64 {
        0
    }
    /// A file in the data directory of a broker.
    fn data_file(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }
    /// The files in and below a folder there, with their sizes.
    fn data_files(&self, _folder: &str) -> Vec<(String, u64)> {
        Vec::new()
    }
}

/// The most bytes that a program holds until its input ends.
const HELD_MAX: usize = 16 << 20;

/// A running program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Program {
    name: &'static str,
    args: Vec<String>,
    held: Vec<u8>,
    count: u64,
    begun: bool,
    /// What awk's variables hold.
    memo: SortedMap<String, String>,
}

/// Whether a program goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for more input.
    More,
    /// It is over, with this exit code.
    Done(i32),
}

/// One program of the table.
pub struct About {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// How it is called.
    pub usage: &'static str,
    /// An example that works.
    pub example: &'static str,
    run: fn(&mut Program, &mut dyn Pipes) -> Progress,
    /// Whether it reads standard input, given its arguments.
    reads: fn(&[String]) -> bool,
}

fn never(_: &[String]) -> bool {
    false
}

fn always(_: &[String]) -> bool {
    true
}

/// Whether no argument is a file name.
fn without_files(args: &[String]) -> bool {
    filter::operands(args, &["-n", "-k", "-t", "-c", "-d", "-f", "-s", "-w"]).iter().all(|name| *name == "-")
}

macro_rules! table {
    ($($name:literal $run:path, $reads:path, $summary:literal, $usage:literal, $example:literal;)*) => {
        /// All programs, by name.
        pub const PROGRAMS: &[About] = &[$(About {
            name: $name, summary: $summary, usage: $usage, example: $example, run: $run, reads: $reads,
        },)*];
        /// Their names alone: most lines are no call of a program, and the page need not have more to tell.
        static NAMES: &[&str] = &[$($name,)*];
    };
}

table! {
    ":" print::yes, never, "do nothing, and succeed", ": [WORD …]", ": ignored";
    "[" test::test, never, "tell whether a condition holds", "[ CONDITION ]", "[ 3 -gt 2 ]";
    "[[" test::test, never, "tell whether a condition holds", "[[ CONDITION ]]", "[[ abc == a* ]]";
    "awk" awk::awk, awk::reads, "print fields of lines, and sums", "awk [-F C] [-v NAME=VALUE] '[PATTERN] {print $N} [END {…}]' [FILE]", "echo a b | awk '{print $2}'";
    "base64" bytes::base64, without_files, "write bytes as letters, or read such letters", "base64 [-d] [-w N] [FILE]", "echo a | base64";
    "cat" filter::cat, without_files, "print files, or what is piped in", "cat [FILE …]", "echo hello | cat";
    "cd" place::cd, never, "accepted; there is one folder", "cd [FOLDER]", "cd kafka";
    "cp" place::cp, never, "copy a file", "cp FROM TO", "echo a > a.txt; cp a.txt b.txt";
    "cut" filter::cut, without_files, "print parts of each line", "cut -d SEPARATOR -f N[,N…] [FILE]", "echo a:b | cut -d : -f 2";
    "date" print::date, never, "print the time of the simulation", "date [+FORMAT]", "date +%s";
    "du" tree::du, never, "tell how much space folders take", "du [-s] [-h] [FOLDER]", "du -sh config";
    "echo" print::echo, never, "print words", "echo [-n] [-e] [WORD …]", "echo hello";
    "expr" print::expr, never, "reckon with whole numbers", "expr N + N", "expr 3 + 4";
    "false" print::no, never, "do nothing, and fail", "false", "false || echo so";
    "find" tree::find, never, "list files in and below a folder", "find [FOLDER] [-name PATTERN] [-type f|d] [-maxdepth N]", "find config -name '*.properties'";
    "grep" grep::grep, grep::reads, "print the lines that match", "grep [-v] [-i] [-c] [-E] [-o] PATTERN [FILE …]", "seq 3 | grep 2";
    "head" filter::head, without_files, "print the first lines", "head [-n N] [FILE]", "seq 100 | head -n 3";
    "hexdump" bytes::hexdump, without_files, "show bytes as numbers", "hexdump [-C] [FILE]", "echo a | hexdump -C";
    "hostname" print::hostname, never, "print the name of this machine", "hostname", "hostname";
    "jq" jq::jq, jq::reads, "show JSON, or a part of it", "jq [-r] [-c] [FILTER] [FILE]", "echo '{\"a\":1}' | jq .a";
    "less" filter::cat, without_files, "print a file", "less FILE", "echo a | less";
    "ls" place::ls, never, "list files", "ls [-l] [FOLDER]", "ls";
    "mkdir" place::mkdir, never, "accepted; folders come with their files", "mkdir [-p] FOLDER", "mkdir -p data";
    "more" filter::cat, without_files, "print a file", "more FILE", "echo a | more";
    "mv" place::mv, never, "rename a file", "mv FROM TO", "echo a > a.txt; mv a.txt b.txt";
    "nano" place::edit, never, "there is no editor; says how to change a file", "nano FILE", "nano a.txt";
    "nl" filter::nl, without_files, "number the lines", "nl [FILE]", "seq 3 | nl";
    "printf" print::printf, never, "print by a format", "printf FORMAT [WORD …]", "printf '%s:%s\\n' truck-1 Berlin";
    "pwd" place::pwd, never, "print the folder", "pwd", "pwd";
    "rm" place::rm, never, "delete files", "rm [-r] [-f] FILE …", "rm -f notes.txt";
    "sed" sed::sed, sed::reads, "replace and drop parts of lines", "sed [-i] [-n] [-e] 's/A/B/[g]' [FILE]", "echo a | sed s/a/b/";
    "seq" print::seq, never, "print numbers", "seq [FIRST [STEP]] LAST", "seq 3";
    "sort" sort::sort, without_files, "sort lines", "sort [-n] [-r] [-u] [-k N] [-t C] [FILE …]", "printf 'b\\na\\n' | sort";
    "tail" filter::tail, without_files, "print the last lines", "tail [-n N] [FILE]", "seq 100 | tail -n 3";
    "tee" filter::tee, always, "print what is piped in and keep it in a file", "tee [-a] FILE …", "echo a | tee a.txt";
    "test" test::test, never, "tell whether a condition holds", "test CONDITION", "test -n word";
    "touch" place::touch, never, "make an empty file", "touch FILE …", "touch empty.txt";
    "tr" filter::tr, always, "replace or delete characters", "tr [-d] FROM [TO]", "echo abc | tr a-c A-C";
    "tree" tree::tree, never, "draw what is in and below a folder", "tree [-L DEPTH] [FOLDER]", "tree config";
    "true" print::yes, never, "do nothing, and succeed", "true", "true && echo so";
    "uniq" sort::uniq, without_files, "join equal lines that follow each other", "uniq [-c] [FILE]", "printf 'a\\na\\n' | uniq -c";
    "vi" place::edit, never, "there is no editor; says how to change a file", "vi FILE", "vi a.txt";
    "vim" place::edit, never, "there is no editor; says how to change a file", "vim FILE", "vim a.txt";
    "wc" filter::wc, without_files, "count lines, words and bytes", "wc [-l] [-w] [-c] [FILE]", "seq 3 | wc -l";
    "whoami" print::whoami, never, "print who you are", "whoami", "whoami";
    "xxd" bytes::xxd, without_files, "show bytes as numbers", "xxd [-p] [-l N] [FILE]", "echo a | xxd";
}

/// The row of a program.
#[must_use]
pub fn find(name: &str) -> Option<&'static About> {
    if NAMES.contains(&name) { row(name) } else { None }
}

#[inline(never)]
fn row(name: &str) -> Option<&'static About> {
    PROGRAMS.iter().find(|about| about.name == name)
}

impl Program {
    /// The program of this name with these arguments.
    #[must_use]
    pub fn new(name: &str, args: &[String]) -> Option<Program> {
        let about = find(name)?;
        Some(Program {
            name: about.name,
            args: args.to_vec(),
            held: Vec::new(),
            count: 0,
            begun: false,
            memo: SortedMap::new(),
        })
    }

    /// Whether it reads standard input.
    #[must_use]
    pub fn reads_input(&self) -> bool {
        find(self.name).is_some_and(|about| (about.reads)(&self.args))
    }

    /// Called at the start, and when more input came or it ended.
    pub fn advance(&mut self, pipes: &mut dyn Pipes) -> Progress {
        let Some(about) = find(self.name) else { return Progress::Done(127) };
        let progress = (about.run)(self, pipes);
        self.begun = true;
        progress
    }

    /// Complains as Unix programs do, and is over.
    fn fail(&self, pipes: &mut dyn Pipes, message: &str) -> Progress {
        pipes.write_error(&format!("{}: {message}\n", self.name));
        Progress::Done(if self.name == "grep" { 2 } else { 1 })
    }

    /// Gathers standard input, or the files named; `None` until all of it is there.
    fn gather(&mut self, pipes: &mut dyn Pipes, files: &[String]) -> Result<Option<Vec<u8>>, Progress> {
        if files.iter().all(|name| name == "-") {
            let more = pipes.take_input();
            self.held.extend(more);
            if self.held.len() > HELD_MAX {
                return Err(self.fail(pipes, "memory exhausted"));
            }
            return Ok(pipes.input_ended().then(|| std::mem::take(&mut self.held)));
        }
        let mut all = Vec::new();
        for name in files {
            let file = pipes.files().get(name).map(<[u8]>::to_vec).or_else(|| pipes.data_file(name));
            match file {
                Some(mut bytes) => all.append(&mut bytes),
                None => return Err(self.fail(pipes, &format!("{name}: No such file or directory"))),
            }
        }
        Ok(Some(all))
    }

    /// Complete lines that are there by now; at the end also a last one without line break. The flag says
    /// whether this is the end.
    fn lines(&mut self, pipes: &mut dyn Pipes, files: &[String]) -> Result<(Vec<Vec<u8>>, bool), Progress> {
        if !files.iter().all(|name| name == "-") {
            let all = self.gather(pipes, files)?.unwrap_or_default();
            return Ok((split_lines(&all), true));
        }
        let more = pipes.take_input();
        self.held.extend(more);
        if pipes.input_ended() {
            return Ok((split_lines(&std::mem::take(&mut self.held)), true));
        }
        let Some(last) = self.held.iter().rposition(|byte| *byte == b'\n') else {
            return Ok((Vec::new(), false));
        };
        let rest = self.held.split_off(last + 1);
        let whole = std::mem::replace(&mut self.held, rest);
        Ok((split_lines(&whole), false))
    }
}

/// Lines without their line breaks.
fn split_lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    if !bytes.is_empty() {
        let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        for line in whole.split(|byte| *byte == b'\n') {
            lines.push(line.to_vec());
        }
    }
    lines
}

/// Writes a line with its line break.
fn put_line(pipes: &mut dyn Pipes, line: &[u8]) {
    pipes.write(line);
    pipes.write(b"\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    pub(super) struct Desk {
        pub input: Vec<u8>,
        pub out: Vec<u8>,
        pub err: String,
        pub files: Files,
    }

    impl Pipes for Desk {
        fn take_input(&mut self) -> Vec<u8> {
            std::mem::take(&mut self.input)
        }
        fn input_ended(&self) -> bool {
            true
        }
        fn write(&mut self, bytes: &[u8]) {
            self.out.extend_from_slice(bytes);
        }
        fn write_error(&mut self, text: &str) {
            self.err.push_str(text);
        }
        fn hint(&mut self, _: &str) {}
        fn files(&mut self) -> &mut Files {
            &mut self.files
        }
    }

    fn run(words: &[&str], input: &str) -> (String, i32) {
        let args: Vec<String> = words[1..].iter().map(|word| (*word).to_owned()).collect();
        let mut desk = Desk { input: input.as_bytes().to_vec(), ..Desk::default() };
        desk.files.put("f", b"1\n2\n3\n".to_vec()).unwrap();
        let progress = Program::new(words[0], &args).unwrap().advance(&mut desk);
        let Progress::Done(code) = progress else { panic!("{words:?} did not end") };
        (String::from_utf8(desk.out).unwrap() + &desk.err, code)
    }

    #[test]
    fn each_program_does_its_work() {
        let cases: &[(&[&str], &str, &str)] = &[
            (&["echo", "a", "b  c"], "", "a b  c\n"),
            (&["echo", "-n", "a"], "", "a"),
            (&["echo", "-e", "a\\nb"], "", "a\nb\n"),
            (&["printf", "%s-%d\\n", "a", "1", "b", "2"], "", "a-1\nb-2\n"),
            (&["printf", "a\\tb%%\\n"], "", "a\tb%\n"),
            (&["printf", "%05.1f|%-3s|\\x41\\n", "2", "x"], "", "002.0|x  |A\n"),
            (&["cat"], "x\ny", "x\ny"),
            (&["cat", "f"], "", "1\n2\n3\n"),
            (&["sort", "-rn"], "2\n10\n1", "10\n2\n1\n"),
            (&["sort", "-t", ":", "-k", "2"], "a:2\nb:1\n", "b:1\na:2\n"),
            (&["sort", "-u"], "b\na\nb\n", "a\nb\n"),
            (&["uniq", "-c"], "a\na\nb\n", "      2 a\n      1 b\n"),
            (&["head", "-2"], "a\nb\nc\n", "a\nb\n"),
            (&["head", "-n", "-2"], "a\nb\nc\n", "a\n"),
            (&["head", "-n", "1", "f"], "", "1\n"),
            (&["head", "-c", "3", "f"], "", "1\n2"),
            (&["head", "-c2"], "abc", "ab"),
            (&["head", "-c", "2", "/dev/zero"], "", "\0\0"),
            (&["tail", "-c", "2", "f"], "", "3\n"),
            (&["tail", "-c", "+3"], "abcd", "cd"),
            (&["tail", "-n", "1"], "a\nb\n", "b\n"),
            (&["tail", "-n", "+2", "f"], "", "2\n3\n"),
            (&["wc", "-l"], "a\nb\n", "2\n"),
            (&["seq", "2", "4"], "", "2\n3\n4\n"),
            (&["seq", "5", "-2", "1"], "", "5\n3\n1\n"),
            (&["grep", "-v", "b"], "a\nb\n", "a\n"),
            (&["grep", "-E", "a|c", "-c"], "a\nb\nc\n", "2\n"),
            (&["grep", "-oP", r#"(?<=size":)\d+"#], "{\"size\":12,\"size\":3}\n", "12\n3\n"),
            (&["grep", "-oP", r"id=\K\d+(?=;)"], "id=7;x id=8\n", "7\n"),
            (&["cut", "-d:", "-f2"], "a:b:c\n", "b\n"),
            (&["tr", "a-z", "A-Z"], "abc\n", "ABC\n"),
            (&["tr", "-d", "b"], "abc\n", "ac\n"),
            (&["nl"], "a\n", "     1\ta\n"),
            (&["ls"], "", "f\n"),
            (&["awk", "-F", ":", "{sum += $3} END {print sum}"], "t:0:2\nt:1:5\n", "7\n"),
            (&["awk", "{print $2 \"-\" $NF, NR}"], "a b c\n", "b-c 1\n"),
            (&["awk", "NR>1 && /x/ {print}"], "x\nx1\ny\n", "x1\n"),
            (&["awk", "$2 == 0 {print $1}"], "a 0\nb 1\n", "a\n"),
            (&["sed", "s/\\(a\\)b/<\\1>/g; s#c#&&#"], "abab c\n", "<a><a> cc\n"),
            (&["sed", "-n", "2p"], "a\nb\nc\n", "b\n"),
            (&["sed", "1d"], "a\nb\n", "b\n"),
            (&["sed", "-E", "s/^#?(x)=.*/\\1=2/", "f"], "", "1\n2\n3\n"),
            (&["jq", "[ ..|.size? | numbers ] | add"], "{\"a\":[{\"size\":2},{\"size\":3}]}", "5\n"),
            (&["jq", "-c", "."], "{\"a\": [1, {\"b\":2.50}]}", "{\"a\":[1,{\"b\":2.50}]}\n"),
            (&["jq", ".a[1].b"], "{\"a\": [1, {\"b\":\"x\"}]}", "\"x\"\n"),
            (&["jq", "-r", ".a[]"], "{\"a\": [1, \"y\"]} {\"a\":[]}", "1\ny\n"),
            (&["jq"], "{\"a\":{}}", "{\n  \"a\": {}\n}\n"),
            (&["expr", "72 * 60 * (2+1) - 7 % 4"], "", "12957\n"),
            (&["tee", "g"], "a\n", "a\n"),
            (&["[", "-f", "f", "-a", "3", "-gt", "2", "]"], "", ""),
            (&["[", "!", "-e", "g", "]"], "", ""),
            (&["[[", "abc", "==", "a*", "&&", "abc", "=~", "^a.c$", "]]"], "", ""),
            (&["test", "x", "=", "x", "-o", ""], "", ""),
        ];
        for (words, input, wanted) in cases {
            assert_eq!(run(words, input), ((*wanted).to_owned(), 0), "{words:?}");
        }
    }

    #[test]
    fn mistakes_are_answered() {
        assert_eq!(run(&["cat", "no"], ""), ("cat: no: No such file or directory\n".into(), 1));
        assert_eq!(run(&["grep", "x"], "a\n"), (String::new(), 1));
        assert_eq!(run(&["grep", "-E", "("], "a\n").1, 2);
        assert!(run(&["seq", "1", "100000000"], "").0.contains("1000000"));
        assert_eq!(run(&["seq", "x"], "").1, 1);
        assert_eq!(run(&["[", "-z", "a", "]"], "").1, 1);
        assert_eq!(
            run(&["[", "a", "-eq", "1", "]"], ""),
            ("bash: [: a: integer expression expected\n".into(), 2)
        );
    }
}
