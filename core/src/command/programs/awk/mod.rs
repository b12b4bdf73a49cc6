//! `awk`: rules for lines, as people put them behind Kafka's tools; each line is taken as it comes.

mod eval;
mod tree;

use super::{Pipes, Program, Progress};
use eval::{Flow, Machine};
use tree::When;

/// The program, its files, and the variables that options set.
fn parts(args: &[String]) -> (Option<&String>, Vec<String>, Vec<(&str, &str)>) {
    let (mut words, mut variables) = (Vec::new(), Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-F" => variables.push(("FS", rest.next().map_or(" ", String::as_str))),
            "-v" => variables.extend(rest.next().and_then(|pair| pair.split_once('='))),
            _ => match (arg.strip_prefix("-F"), arg.strip_prefix("-v")) {
                (Some(separator), _) => variables.push(("FS", separator)),
                (_, Some(pair)) if words.is_empty() => variables.extend(pair.split_once('=')),
                _ => words.push(arg),
            },
        }
    }
    let mut files = Vec::new();
    for name in words.iter().skip(1) {
        match name.split_once('=') {
            Some(pair) => variables.push(pair),
            None => files.push((*name).clone()),
        }
    }
    (words.first().copied(), files, variables)
}

pub(super) fn reads(args: &[String]) -> bool {
    parts(args).1.is_empty()
}

pub(super) fn awk(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let (Some(script), files, given) = parts(&args) else {
        return program.fail(pipes, "usage: awk [-F C] [-v NAME=VALUE] PROGRAM [FILE]");
    };
    if let Some(at) = script.find("\\$") {
        let line = script.get(..at).unwrap_or_default().matches('\n').count() + 1;
        pipes.write_error(&format!(
            "awk: cmd. line:{line}: {script}\nawk: cmd. line:{line}: ^ backslash not last character on line\n"
        ));
        return Progress::Done(1);
    }
    let Some(rules) = tree::read(script) else {
        return program.fail(
            pipes,
            &format!("not simulated: `{script}`; patterns, print, printf, if, for and arrays are"),
        );
    };
    let mut over = if program.begun { None } else { begin(program, pipes, &rules, &given) };
    // Without other rules nothing is read.
    if over.is_none() && rules.iter().all(|(when, _)| *when == When::Begin) {
        return Progress::Done(0);
    }
    let mut ended = true;
    let bytes = if files.is_empty() {
        let mut bytes = std::mem::take(&mut program.held);
        bytes.extend(pipes.take_input());
        ended = pipes.input_ended();
        bytes
    } else {
        match program.gather(pipes, &files) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(over) => return over,
        }
    };
    let whole = if ended {
        bytes.len()
    } else {
        bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
    };
    let (lines, rest) = bytes.split_at(whole);
    program.held = rest.to_vec();
    let mut machine = Machine::new(&mut program.memo);
    for line in String::from_utf8_lossy(lines).lines() {
        if over.is_some() {
            break;
        }
        machine.record(line);
        over = code(machine.run(&rules, |when| matches!(when, When::Always | When::If(_))));
    }
    if ended || over.is_some() {
        let last = machine.run(&rules, |when| *when == When::End);
        over = Some(over.or(code(last)).unwrap_or(0));
    }
    let out = machine.out;
    pipes.write(out.as_bytes());
    over.map_or(Progress::More, Progress::Done)
}

/// What is done before the first line.
fn begin(
    program: &mut Program,
    pipes: &mut dyn Pipes,
    rules: &tree::Rules,
    given: &[(&str, &str)],
) -> Option<i32> {
    for (name, value) in given {
        let value = String::from_utf8_lossy(&super::print::unescape(value)).into_owned();
        let value = if *name == "FS" && value == "t" { "\t".to_owned() } else { value };
        program.memo.insert((*name).to_owned(), value);
    }
    let mut machine = Machine::new(&mut program.memo);
    let flow = machine.run(rules, |when| *when == When::Begin);
    let out = machine.out;
    pipes.write(out.as_bytes());
    code(flow)
}

fn code(flow: Flow) -> Option<i32> {
    match flow {
        Flow::Exit(code) => Some(code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sorted::SortedMap;

    fn run(script: &str, input: &str, separator: Option<&str>) -> String {
        let Some(rules) = tree::read(script) else { return "?".to_owned() };
        let mut memo = SortedMap::new();
        memo.extend(separator.map(|text| ("FS".to_owned(), text.to_owned())));
        let mut machine = Machine::new(&mut memo);
        machine.run(&rules, |when| *when == When::Begin);
        for line in input.lines() {
            machine.record(line);
            machine.run(&rules, |when| matches!(when, When::Always | When::If(_)));
        }
        machine.run(&rules, |when| *when == When::End);
        machine.out
    }

    #[test]
    fn programs_of_tutorials_do_what_awk_does() {
        const OFFSETS: &str = "t:0:5\nt:1:7\nu:0:30";
        for (script, separator, made) in [
            ("{sum += $3} END {print sum}", Some(":"), "42\n"),
            (
                "{ s+=$3 } END { printf \"%d records, %.1f each\\n\", s, s/NR }",
                Some(":"),
                "42 records, 14.0 each\n",
            ),
            ("$1 == \"t\" {print $2 \"=\" $NF}", Some(":"), "0=5\n1=7\n"),
            ("{if ($3 > 6) print $1, $2; else print \"-\"}", Some(":"), "-\nt 1\nu 0\n"),
            ("NR>1 {print $1}", None, "t:1:7\nu:0:30\n"),
            ("/^u/", None, "u:0:30\n"),
            ("!/^u/ {n++} END {print n+0}", None, "2\n"),
            ("{a[$1]+=$3} END {for (k in a) print k, a[k]}", Some(":"), "t 12\nu 30\n"),
            (
                "BEGIN {OFS=\",\"; print \"topic\", \"n\"} {print $1, $3 * 2}",
                Some(":"),
                "topic,n\nt,10\nt,14\nu,60\n",
            ),
            (
                "{split($0, p, \":\"); print p[2], length(p[3]), substr($0, 3, 2)}",
                None,
                "0 1 0:\n1 1 1:\n0 2 0:\n",
            ),
            ("{gsub(\":\", \"-\"); print toupper($0)}", None, "T-0-5\nT-1-7\nU-0-30\n"),
            ("$1 ~ /t/ && $3 >= 7 {print $(NF-1)}", Some(":"), "1\n"),
            ("END {for (i = 1; i <= 3; i++) printf \"%s\", i; print \"\"}", None, "123\n"),
            ("{print $0; system(\"sleep 1\");}", None, "t:0:5\nt:1:7\nu:0:30\n"),
            ("{ $2 = \"x\"; print }", Some(":"), "t x 5\nt x 7\nu x 30\n"),
            ("{print ($3 > 6 ? \"many\" : \"few\")}", Some(":"), "few\nmany\nmany\n"),
            ("{printf(\"%-3s|%3d\\n\", $1, $3)}", Some(":"), "t  |  5\nt  |  7\nu  | 30\n"),
            ("{print > \"file\"}", None, "?"),
            ("{getline x}", None, "?"),
        ] {
            assert_eq!(run(script, OFFSETS, separator), made, "{script}");
        }
    }
}
