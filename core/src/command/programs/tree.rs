//! Programs that walk through folders: find, tree, du.

use super::filter::{has, operands, value};
use super::{Pipes, Program, Progress, put_line};
use crate::language::pattern;
use crate::sorted::SortedMap;

/// Everything in and below a folder: paths with sizes, folders with `None`; none if it is not there.
fn walk(pipes: &mut dyn Pipes, root: &str) -> SortedMap<String, Option<u64>> {
    let mut found = SortedMap::new();
    let folder = if root == "." { "" } else { root.trim_end_matches('/') };
    let mut inside = Vec::new();
    for (name, size) in pipes.files().list(folder) {
        inside.push((name.to_owned(), u64::try_from(size).unwrap_or(0)));
    }
    inside.append(&mut pipes.data_files(folder));
    for (path, size) in inside {
        let within = path.strip_prefix(folder).unwrap_or(&path).trim_start_matches('/').to_owned();
        if within.is_empty() {
            found.insert(root.to_owned(), Some(size));
            continue;
        }
        found.insert(root.to_owned(), None);
        let top = if root.ends_with('/') { root.to_owned() } else { format!("{root}/") };
        for (at, _) in within.match_indices('/') {
            found.insert(format!("{top}{}", within.get(..at).unwrap_or_default()), None);
        }
        found.insert(format!("{top}{within}"), Some(size));
    }
    found
}

pub(super) fn find(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    const VALUED: [&str; 5] = ["-name", "-iname", "-type", "-maxdepth", "-mindepth"];
    let args = program.args.clone();
    if let Some(other) =
        args.iter().find(|arg| arg.starts_with('-') && !VALUED.contains(&arg.as_str()) && *arg != "-print")
    {
        return program
            .fail(pipes, &format!("{other} is not understood here: -name, -type and -maxdepth are"));
    }
    let mut roots = operands(&args, &VALUED);
    if roots.is_empty() {
        roots.push(".");
    }
    let kind = value(&args, "-type");
    let depth: usize = value(&args, "-maxdepth").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let least: usize = value(&args, "-mindepth").and_then(|text| text.parse().ok()).unwrap_or(0);
    let name = value(&args, "-name");
    let any_case = value(&args, "-iname").map(str::to_lowercase);
    let mut code = 0;
    for root in roots {
        let found = walk(pipes, root);
        if found.is_empty() && root != "." {
            pipes.write_error(&format!("find: ‘{root}’: No such file or directory\n"));
            code = 1;
        }
        for (path, size) in &found {
            let last = path.rsplit('/').next().unwrap_or_default();
            let below = path.strip_prefix(root).unwrap_or_default().trim_start_matches('/');
            let deep = if below.is_empty() { 0 } else { below.split('/').count() };
            let fits = kind.is_none_or(|kind| (kind == "d") == size.is_none())
                && name.is_none_or(|wanted| pattern::fits(last, wanted))
                && any_case.as_deref().is_none_or(|wanted| pattern::fits(&last.to_lowercase(), wanted))
                && (least..=depth).contains(&deep);
            if fits {
                put_line(pipes, path.as_bytes());
            }
        }
    }
    Progress::Done(code)
}

pub(super) fn tree(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    if let Some(other) = args.iter().find(|arg| ["-I", "-P"].contains(&arg.as_str())) {
        return program.fail(pipes, &format!("{other} is not understood here: -L is"));
    }
    let deepest: usize = value(&args, "-L").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let root = operands(&args, &["-L"]).first().map_or(".", |root| *root).to_owned();
    let found = walk(pipes, &root);
    if found.is_empty() && root != "." {
        put_line(pipes, format!("{root}  [error opening dir]").as_bytes());
    } else {
        put_line(pipes, root.as_bytes());
    }
    let below: Vec<(Vec<&str>, bool)> = found
        .iter()
        .filter_map(|(path, size)| {
            let rest = path.strip_prefix(root.as_str())?.trim_start_matches('/');
            (!rest.is_empty()).then(|| (rest.split('/').collect(), size.is_none()))
        })
        .filter(|(parts, _): &(Vec<&str>, bool)| parts.len() <= deepest)
        .collect();
    let mut counts = [0_u64, 0];
    for (at, (parts, is_folder)) in below.iter().enumerate() {
        if let Some(count) = counts.get_mut(usize::from(!is_folder)) {
            *count += 1;
        }
        let mut line = String::new();
        for depth in 1..=parts.len() {
            // Whether something follows in the same folder.
            let goes_on = below.iter().skip(at + 1).any(|(other, _)| {
                other.len() >= depth
                    && other.get(..depth - 1) == parts.get(..depth - 1)
                    && other.get(depth - 1) != parts.get(depth - 1)
            });
            line.push_str(match (depth == parts.len(), goes_on) {
                (true, true) => "├── ",
                (true, false) => "└── ",
                (false, true) => "│   ",
                (false, false) => "    ",
            });
        }
        line.push_str(parts.last().copied().unwrap_or_default());
        put_line(pipes, line.as_bytes());
    }
    let plural =
        |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let [folders, files] = counts;
    let sums =
        format!("\n{}, {}", plural(folders, "directory", "directories"), plural(files, "file", "files"));
    put_line(pipes, sums.as_bytes());
    Progress::Done(0)
}

/// What a folder takes itself.
const FOLDER: u64 = 4_096;
/// Files take whole blocks of so many bytes.
const BLOCK: u64 = 4_096;

pub(super) fn du(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let (sums, human) = (has(&args, 's'), has(&args, 'h'));
    let mut roots = operands(&args, &["-d"]);
    if roots.is_empty() {
        roots.push(".");
    }
    let mut code = 0;
    for root in roots {
        let found = walk(pipes, root);
        if found.is_empty() && root != "." {
            pipes.write_error(&format!("du: cannot access '{root}': No such file or directory\n"));
            code = 1;
        }
        for (path, size) in found.iter().rev() {
            if path != root && (sums || size.is_some()) {
                continue;
            }
            let within = format!("{}/", path.trim_end_matches('/'));
            let mut total = 0;
            for (other, size) in &found {
                if other == path || other.starts_with(&within) {
                    total += size.map_or(FOLDER, |size| size.div_ceil(BLOCK) * BLOCK);
                }
            }
            put_line(pipes, format!("{}\t{path}", told(total, human)).as_bytes());
        }
    }
    Progress::Done(code)
}

/// Kilobytes; `4.0K`, `12M` for people.
fn told(bytes: u64, human: bool) -> String {
    if !human {
        return bytes.div_ceil(1_024).to_string();
    }
    let (mut tenths, mut unit) = (bytes.saturating_mul(10).div_ceil(1_024), 'K');
    for next in ['M', 'G'] {
        if tenths >= 10_240 {
            (tenths, unit) = (tenths.div_ceil(1_024), next);
        }
    }
    if tenths < 100 {
        format!("{}.{}{unit}", tenths / 10, tenths % 10)
    } else {
        format!("{}{unit}", tenths.div_ceil(10))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Desk;
    use super::*;

    fn run(words: &[&str]) -> String {
        let args: Vec<String> = words[1..].iter().map(|word| (*word).to_owned()).collect();
        let mut desk = Desk::default();
        for (path, bytes) in [("/d/a-0/0.log", 5_000), ("/d/a-0/0.index", 1), ("/d/meta", 2)] {
            desk.files.put(path, vec![b'x'; bytes]).unwrap();
        }
        let progress = Program::new(words[0], &args).unwrap().advance(&mut desk);
        assert!(matches!(progress, Progress::Done(_)));
        String::from_utf8(desk.out).unwrap() + &desk.err
    }

    #[test]
    fn folders_are_walked_through() {
        assert_eq!(run(&["find", "/d"]), "/d\n/d/a-0\n/d/a-0/0.index\n/d/a-0/0.log\n/d/meta\n");
        assert_eq!(run(&["find", "/d", "-name", "*.log"]), "/d/a-0/0.log\n");
        assert_eq!(run(&["find", "/d", "-type", "d", "-maxdepth", "1"]), "/d\n/d/a-0\n");
        assert_eq!(run(&["find", "/no"]), "find: ‘/no’: No such file or directory\n");
        assert_eq!(
            run(&["tree", "/d"]),
            "/d\n├── a-0\n│   ├── 0.index\n│   └── 0.log\n└── meta\n\n1 directory, 3 files\n"
        );
        assert_eq!(run(&["du", "-sh", "/d"]), "24K\t/d\n");
        assert_eq!(run(&["du", "/d"]), "16\t/d/a-0\n24\t/d\n");
    }
}
