//! Verbs about the sitting itself: clear, exit, reset, snapshot, source.

use super::{Ask, Lab, Reply, Verb};

pub(super) const CLEAR: Verb = Verb {
    name: "clear",
    summary: "clear this terminal",
    usage: "clear",
    subverbs: &[],
    examples: &["clear"],
    refused: "clear all",
    run: |lab, args| plain(&CLEAR, lab, args, Ask::Clear),
};

pub(super) const EXIT: Verb = Verb {
    name: "exit",
    summary: "leave",
    usage: "exit",
    subverbs: &[],
    examples: &["exit"],
    refused: "exit now",
    run: |lab, args| plain(&EXIT, lab, args, Ask::Exit),
};

pub(super) const RESET: Verb = Verb {
    name: "reset",
    summary: "begin again with a fresh cluster",
    usage: "reset",
    subverbs: &[],
    examples: &["reset"],
    refused: "reset everything",
    run: |lab, args| plain(&RESET, lab, args, Ask::Reset),
};

pub(super) const SNAPSHOT: Verb = Verb {
    name: "snapshot",
    summary: "save the whole sitting to a file, or replay one",
    usage: "snapshot save FILE\nsnapshot load FILE",
    subverbs: &["save", "load"],
    examples: &["snapshot save before.json"],
    refused: "snapshot load missing.json",
    run: snapshot,
};

pub(super) const SOURCE: Verb = Verb {
    name: "source",
    summary: "run the lines of a file",
    usage: "source FILE",
    subverbs: &[],
    examples: &["echo 'broker list' > look.ks; source look.ks"],
    refused: "source missing.ks",
    run: source,
};

fn plain(verb: &Verb, lab: &mut dyn Lab, args: &[&str], ask: Ask) -> Reply {
    if args.is_empty() { verb.ask(lab, ask) } else { verb.misused(lab, "nothing may follow") }
}

fn snapshot(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["save", file] => SNAPSHOT.ask(lab, Ask::Save((*file).to_owned())),
        ["load", file] => SNAPSHOT.ask(lab, Ask::Load((*file).to_owned())),
        _ => SNAPSHOT.misused(lab, "save or load, and a file name"),
    }
}

fn source(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        [file] => SOURCE.ask(lab, Ask::Source((*file).to_owned())),
        _ => SOURCE.misused(lab, "one file must be named"),
    }
}
