//! Programs about files: ls, rm, cp, mv, touch, mkdir, pwd, cd.

use super::filter::{has, operands};
use super::{Pipes, Program, Progress, put_line};
use crate::sorted::SortedMap;

/// Where everybody is.
const HOME: &str = "/home/learner";

pub(super) fn pwd(_: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    put_line(pipes, HOME.as_bytes());
    Progress::Done(0)
}

pub(super) fn cd(_: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    pipes.hint("There is one folder here: all tools are found from everywhere.");
    Progress::Done(0)
}

pub(super) fn mkdir(_: &mut Program, _: &mut dyn Pipes) -> Progress {
    Progress::Done(0)
}

/// What `ls -l` says of a folder.
const FOLDER_SIZE: u64 = 4_096;

/// A line of a listing: name, size, and whether it is a folder.
type Entry = (String, u64, bool);

/// What a name is: a file of a size, or a folder of these.
enum Found {
    File(u64),
    Folder(Vec<Entry>),
}

/// `ls [-l] [-h] [-d] [NAME] …`: files first, then each folder under its name, if several are named.
pub(super) fn ls(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let mut names = operands(&args, &[]);
    if names.is_empty() {
        names.push("");
    }
    crate::sorted::sort(&mut names);
    let (mut files, mut folders, mut code) = (Vec::new(), Vec::new(), 0);
    for name in &names {
        match look(pipes, name) {
            Some(Found::File(size)) => files.push(((*name).to_owned(), size, false)),
            Some(Found::Folder(_)) if has(&args, 'd') => {
                let shown = if name.is_empty() { "." } else { name };
                files.push((shown.to_owned(), FOLDER_SIZE, true));
            }
            Some(Found::Folder(entries)) => folders.push((*name, entries)),
            None => {
                pipes.write_error(&format!("ls: cannot access '{name}': No such file or directory\n"));
                code = 2;
            }
        }
    }
    let mut apart = !files.is_empty();
    list(pipes, &args, files);
    for (name, entries) in folders {
        if names.len() > 1 {
            let gap = if std::mem::replace(&mut apart, true) { "\n" } else { "" };
            pipes.write(format!("{gap}{name}:\n").as_bytes());
        }
        if has(&args, 'l') {
            let blocks: u64 = entries.iter().map(|(_, size, _)| size.div_ceil(4_096) * 4).sum();
            put_line(pipes, format!("total {blocks}").as_bytes());
        }
        list(pipes, &args, entries);
    }
    Progress::Done(code)
}

/// What lies under a name; `None` if there is nothing of that name.
fn look(pipes: &mut dyn Pipes, name: &str) -> Option<Found> {
    let mut inside = Vec::new();
    for (path, size) in pipes.files().list(name) {
        inside.push((path.to_owned(), u64::try_from(size).unwrap_or(0)));
    }
    inside.append(&mut pipes.data_files(name));
    if inside.is_empty()
        && let Some(bytes) = pipes.data_file(name)
    {
        return Some(Found::File(u64::try_from(bytes.len()).unwrap_or(0)));
    }
    if inside.is_empty() && !name.is_empty() && name != "." {
        return None;
    }
    // Of what lies deeper only the folder is named.
    let mut found = SortedMap::new();
    for (path, size) in inside {
        let within = path.strip_prefix(name).unwrap_or(&path).trim_start_matches('/');
        match within.split_once('/') {
            Some((child, _)) => found.insert(child.to_owned(), (FOLDER_SIZE, true)),
            None if within.is_empty() => return Some(Found::File(size)),
            None => found.insert(within.to_owned(), (size, false)),
        };
    }
    Some(Found::Folder(found.into_iter().map(|(name, (size, is_folder))| (name, size, is_folder)).collect()))
}

fn list(pipes: &mut dyn Pipes, args: &[String], entries: Vec<Entry>) {
    let size = |size: u64| if has(args, 'h') { human(size) } else { size.to_string() };
    let width = entries.iter().map(|(_, bytes, _)| size(*bytes).len()).max().unwrap_or(0);
    let stamp = crate::command::tools::date_time(pipes.wall_ms());
    let month = stamp.get(5..7).and_then(|month| month.parse::<usize>().ok()).unwrap_or(1);
    let month = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default();
    let day = stamp.get(8..10).unwrap_or_default().trim_start_matches('0').to_owned();
    let time = stamp.get(11..16).unwrap_or_default();
    for (name, bytes, is_folder) in entries {
        let line = if has(args, 'l') {
            let rights = if is_folder { "drwxr-xr-x 2" } else { "-rw-r--r-- 1" };
            format!("{rights} learner learner {:>width$} {month} {day:>2} {time} {name}", size(bytes))
        } else {
            name
        };
        put_line(pipes, line.as_bytes());
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A size as `ls -h` writes it: one place behind the point below ten, rounded up.
fn human(bytes: u64) -> String {
    let mut unit = 1_u64;
    for letter in ["", "K", "M", "G"] {
        if bytes < unit * 1_024 || letter == "G" {
            let tenths = bytes.saturating_mul(10).div_ceil(unit);
            let whole = bytes.div_ceil(unit);
            return match letter {
                "" => bytes.to_string(),
                _ if tenths < 100 => format!("{}.{}{letter}", tenths / 10, tenths % 10),
                _ => format!("{whole}{letter}"),
            };
        }
        unit *= 1_024;
    }
    bytes.to_string()
}

pub(super) fn rm(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let folders = has(&program.args, 'r') || has(&program.args, 'R');
    let mut code = 0;
    for name in operands(&program.args.clone(), &[]) {
        if !pipes.files().remove(name, folders) && !has(&program.args, 'f') {
            program.fail(pipes, &format!("cannot remove '{name}': No such file or directory"));
            code = 1;
        }
    }
    Progress::Done(code)
}

pub(super) fn touch(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    for name in operands(&program.args.clone(), &[]) {
        if let Err(why) = pipes.files().append(name, b"") {
            return program.fail(pipes, &why);
        }
    }
    Progress::Done(0)
}

pub(super) fn cp(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    copy(program, pipes, false)
}

pub(super) fn mv(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    copy(program, pipes, true)
}

fn copy(program: &Program, pipes: &mut dyn Pipes, move_it: bool) -> Progress {
    let [from, to] = operands(&program.args, &[])[..] else {
        return program.fail(pipes, "two file names are needed: FROM TO");
    };
    let Some(bytes) = pipes.files().get(from).map(<[u8]>::to_vec).or_else(|| pipes.data_file(from)) else {
        return program.fail(pipes, &format!("cannot stat '{from}': No such file or directory"));
    };
    if let Err(why) = pipes.files().put(to, bytes) {
        return program.fail(pipes, &why);
    }
    if move_it && from != to {
        pipes.files().remove(from, false);
    }
    Progress::Done(0)
}

pub(super) fn edit(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let name = program.args.first().map_or("FILE", String::as_str);
    pipes.hint(&format!(
        "There is no editor here. `sed -i 's/old/new/' {name}` changes a file, `echo 'name=value' >> {name}` adds a line."
    ));
    Progress::Done(0)
}
