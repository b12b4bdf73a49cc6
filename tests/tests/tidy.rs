//! House rules that a reader can rely on: short files, short functions, a first paragraph in each module, and
//! nothing in the core that could panic or differ between machines.

use kafkascope_tests::root;
use kafkascope_tests::source::{SourceFile, rust_files};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// No file is longer.
const FILE_LINES_MAX: usize = 600;
/// Half of the files are shorter.
const FILE_LINES_MEDIAN_MAX: usize = 200;
/// No function is longer, from its name to its closing brace, without comments and empty lines.
const FUNCTION_LINES_MAX: usize = 70;

/// What code of the core never says, and what it says instead.
const BANNED_IN_CORE: &[(&str, &str)] = &[
    (".unwrap()", "handle the missing case: the core never panics"),
    (".expect(", "handle the missing case: the core never panics"),
    ("panic!(", "return an error"),
    ("unreachable!(", "make the type say so, or return an error"),
    ("unimplemented!(", "leave it out"),
    ("println!(", "shells print; the core returns"),
    ("HashMap", "its order is random: use BTreeMap"),
    ("HashSet", "its order is random: use BTreeSet"),
    ("Instant", "time is an argument: use SimTime"),
    ("SystemTime", "time is an argument: use SimTime"),
    ("f32", "floats differ between machines: count in integers"),
    ("f64", "floats differ between machines: count in integers"),
    ("std::env", "the core is told everything by its inputs"),
    ("std::fs", "the core does no input or output"),
    ("std::thread", "the core has one thread"),
    (":?}", "the page is compiled without debug texts: write what a learner reads"),
];

/// What no code says.
const BANNED: &[(&str, &str)] = &[
    ("todo!(", "finish it or leave it out"),
    ("dbg!(", "a trace of debugging"),
    ("unsafe ", "forbidden in the whole workspace"),
    ("FIXME", "fix it"),
    ("XXX", "say what is meant"),
];

/// Where such a word is right: the file, the word, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("core/src/sorted/map.rs", "panic!(", "indexing, as the standard map does it; only tests use it"),
    ("core/src/simulation/digest.rs", "f32", "a serializer must say that floats are refused"),
    ("core/src/simulation/digest.rs", "f64", "a serializer must say that floats are refused"),
];

/// Folders of the core whose types are state: 32 bits in a browser must not change them.
const STATE: &[&str] = &[
    "node",
    "protocol",
    "log",
    "metadata",
    "controller",
    "broker",
    "coordinator",
    "client",
    "simulation",
    "ledger",
];

#[test]
fn files_are_short() {
    let files = files();
    let mut problems = String::new();
    for file in files.iter().filter(|file| file.lines.len() > FILE_LINES_MAX) {
        let _ = writeln!(problems, "{}: {} lines, at most {FILE_LINES_MAX}", file.path, file.lines.len());
    }
    let mut packages: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for file in &files {
        packages.entry(file.path.split('/').next().unwrap_or_default()).or_default().push(file.lines.len());
    }
    for (package, mut lengths) in packages {
        lengths.sort_unstable();
        let median = lengths[lengths.len() / 2];
        println!(
            "{package}: {} files, median {median}, longest {}",
            lengths.len(),
            lengths[lengths.len() - 1]
        );
        if median >= FILE_LINES_MEDIAN_MAX {
            let _ = writeln!(
                problems,
                "{package}: the median file has {median} lines, under {FILE_LINES_MEDIAN_MAX} wanted"
            );
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn functions_are_short() {
    let mut problems = String::new();
    for file in files() {
        for (name, line, length) in file.functions().iter().filter(|function| function.2 > FUNCTION_LINES_MAX)
        {
            let _ = writeln!(
                problems,
                "{}:{line}: {name} has {length} lines, at most {FUNCTION_LINES_MAX}",
                file.path
            );
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn every_module_says_what_it_is() {
    let mut problems = String::new();
    for file in files().iter().filter(|file| file.code > 0) {
        let first = file.lines.iter().find(|line| !line.trim().is_empty());
        if !first.is_some_and(|line| line.starts_with("//! ") && line.len() > 10) {
            let _ = writeln!(problems, "{}: begins without a paragraph about what it is (//!)", file.path);
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn words_that_are_not_said() {
    let mut problems = String::new();
    for file in files().iter().filter(|file| file.path != "tests/tests/tidy.rs") {
        let in_core = file.path.starts_with("core/src/");
        let banned = BANNED.iter().chain(BANNED_IN_CORE.iter().filter(|_| in_core));
        for (word, instead) in banned {
            if ALLOWED.iter().any(|allowed| (allowed.0, allowed.1) == (file.path.as_str(), *word)) {
                continue;
            }
            for (line, _) in file.code_lines().filter(|(_, line)| says(line, word)) {
                let _ = writeln!(problems, "{}:{line}: {word} ({instead})", file.path);
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn state_is_the_same_with_32_bits() {
    let mut problems = String::new();
    for file in files().iter().filter(|file| file.core_module().is_some_and(|module| STATE.contains(&module)))
    {
        for (line, text) in fields(file) {
            let of_type = text.split_once(": ").map_or("", |(_, of_type)| of_type);
            if of_type.split(|c: char| !c.is_alphanumeric()).any(|word| word == "usize" || word == "isize") {
                let _ = writeln!(problems, "{}:{line}: {} (u32 or u64)", file.path, text.trim());
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn clippy_settings_of_the_core_repeat_the_shared_ones() {
    // A clippy.toml inside a package replaces the one at the root.
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("the file is there");
    let core = read("core/clippy.toml");
    for line in read("clippy.toml").lines().filter(|line| line.contains('=')) {
        assert!(core.lines().any(|other| other == line), "core/clippy.toml lacks `{line}`");
    }
}

#[test]
fn the_architecture_names_every_folder_of_the_core() {
    let Ok(text) = fs::read_to_string(root().join("docs/architecture.md")) else {
        panic!("docs/architecture.md is missing");
    };
    for file in files() {
        if let Some(module) = file.core_module() {
            assert!(
                text.contains(&format!("{module}/")),
                "docs/architecture.md does not name core/src/{module}/"
            );
        }
    }
}

fn files() -> Vec<SourceFile> {
    let files = rust_files(&root());
    assert!(files.len() > 40, "the source was not found");
    files
}

/// Whether a line has a word outside of its string literals and not as a part of another word.
fn says(line: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let begins_a_word = word.starts_with(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let is_quoted = before.matches('"').count() % 2 == 1;
        let is_inner = begins_a_word && is_part(before.chars().next_back())
            || word.ends_with(char::is_alphanumeric) && is_part(after.chars().next());
        let is_comment = before.contains("// ");
        !is_quoted && !is_inner && !is_comment
    })
}

/// Fields of the types that are saved and compared, with their line numbers.
fn fields(file: &SourceFile) -> Vec<(usize, &str)> {
    let mut fields = Vec::new();
    let (mut inside, mut is_state) = (false, false);
    for (line, text) in file.code_lines() {
        is_state |= text.starts_with("#[derive(") && text.contains("Serialize");
        let starts =
            ["pub struct ", "struct ", "pub enum ", "enum ", "pub(crate) struct ", "pub(super) struct "];
        if starts.iter().any(|start| text.starts_with(start)) {
            inside = is_state && text.ends_with('{');
            is_state = false;
        } else if text == "}" {
            inside = false;
        } else if inside && text.contains(": ") {
            fields.push((line, text));
        }
    }
    fields
}

#[test]
fn the_fidelity_document_is_the_table_of_the_core() {
    let path = root().join("docs/fidelity.md");
    let wanted = kafkascope_core::fidelity::markdown();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &wanted).expect("docs can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/fidelity.md is not what core/src/fidelity.txt says: BLESS=1 writes it anew"
    );
}
