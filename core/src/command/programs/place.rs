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

pub(super) fn ls(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let long = has(&program.args, 'l');
    let mut folders = operands(&program.args, &[]);
    if folders.is_empty() {
        folders.push("");
    }
    let mut code = 0;
    for folder in folders {
        let mut inside = Vec::new();
        for (name, size) in pipes.files().list(folder) {
            inside.push((name.to_owned(), u64::try_from(size).unwrap_or(0)));
        }
        inside.append(&mut pipes.data_files(folder));
        if inside.is_empty()
            && let Some(bytes) = pipes.data_file(folder)
        {
            inside.push((folder.to_owned(), u64::try_from(bytes.len()).unwrap_or(0)));
        }
        if inside.is_empty() && !folder.is_empty() && folder != "." {
            pipes.write_error(&format!("ls: cannot access '{folder}': No such file or directory\n"));
            code = 2;
        }
        // Of what lies deeper only the folder is named.
        let mut found = SortedMap::new();
        for (path, size) in inside {
            let within = path.strip_prefix(folder).unwrap_or(&path).trim_start_matches('/');
            match within.split_once('/') {
                Some((child, _)) => found.insert(child.to_owned(), FOLDER_SIZE),
                None if within.is_empty() => found.insert(path, size),
                None => found.insert(within.to_owned(), size),
            };
        }
        for (name, size) in found {
            let line = if long { format!("{size:>9} {name}") } else { name };
            put_line(pipes, line.as_bytes());
        }
    }
    Progress::Done(code)
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
