//! `help`.

use super::{Lab, Reply, VERBS, Verb};
use crate::command::tools::about;
use crate::command::{programs, registry};
use crate::predicate::GRAMMAR;

pub(super) const VERB: Verb = Verb {
    name: "help",
    summary: "tell what can be typed",
    usage: "help [COMMAND]\nhelp predicate\nhelp fidelity\nhelp settings",
    subverbs: &["predicate", "fidelity", "settings"],
    examples: &["help", "help broker", "help predicate", "help fidelity", "help settings"],
    refused: "help brokre",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        [] => {
            overview(lab);
            Reply::DONE
        }
        ["predicate" | "predicates"] => {
            for (form, about) in GRAMMAR {
                lab.print(format_args!("{form:<36} {about}\n"));
            }
            Reply::DONE
        }
        ["fidelity"] => {
            lab.out("Where this cluster differs from Apache Kafka 4.3.0:\n");
            for d in crate::fidelity::differences() {
                lab.print(format_args!(
                    "{} ({})\n  Kafka: {}\n  here:  {}\n",
                    d.what, d.kind, d.kafka, d.here
                ));
            }
            Reply::DONE
        }
        ["settings"] => {
            for (why, names) in crate::metadata::config::by_effect() {
                match why {
                    "" => lab.out("These settings change something here:\n"),
                    why => lab.print(format_args!("These are checked and kept, but {why}:\n")),
                }
                for name in names {
                    lab.print(format_args!("  {name}\n"));
                }
            }
            Reply::DONE
        }
        [name] => one(lab, &crate::language::canonical(name)),
        _ => VERB.misused(lab, "one command may follow"),
    }
}

fn overview(lab: &mut dyn Lab) {
    lab.out("Kafka's own tools (each with --help):\n");
    for tool in about::all().filter(|tool| about::is_simulated(tool.name)) {
        lab.print(format_args!("  {:<26} {}\n", tool.name, tool.about));
    }
    lab.out("\nThe laboratory (help NAME tells more):\n");
    for verb in VERBS {
        lab.print(format_args!("  {:<12} {}\n", verb.name, verb.summary));
    }
    lab.out("\nThe shell: | < > >> <<EOF & ; && || for while until if case f() { } ( ) Ctrl-C Ctrl-D, and\n");
    for (name, summary, _) in registry::SHELL {
        lab.print(format_args!("  {name:<12} {summary}\n"));
    }
    let names: Vec<&str> = programs::PROGRAMS.iter().map(|about| about.name).collect();
    for row in names.chunks(14) {
        lab.print(format_args!("  {}\n", row.join(" ")));
    }
}

fn one(lab: &mut dyn Lab, name: &str) -> Reply {
    if let Some(found) = super::find(name) {
        verb(lab, found);
    } else if let Some(about) = programs::find(name) {
        lab.print(format_args!(
            "{}: {}\nusage: {}\nexample: {}\n",
            about.name, about.summary, about.usage, about.example
        ));
    } else if let Some((name, summary, usage)) = registry::SHELL.iter().find(|(other, ..)| *other == name) {
        lab.print(format_args!("{name}: {summary}\nusage: {usage}\n"));
    } else if let Some(tool) = about::info(name) {
        lab.print(format_args!("{name}: {}\n", tool.about));
        for example in super::examples::of(name) {
            lab.print(format_args!("example: {example}\n"));
        }
        lab.print(format_args!("`{name} --help` prints its options.\n"));
    } else {
        let near = registry::nearest(name, registry::names());
        let hint = near.map(|near| format!(", do you mean `{near}`?")).unwrap_or_default();
        return VERB.refuse(lab, &format!("there is no command `{name}`{hint}"));
    }
    Reply::DONE
}

/// Everything about one verb.
pub(super) fn verb(lab: &mut dyn Lab, verb: &Verb) {
    lab.print(format_args!("{}: {}\n", verb.name, verb.summary));
    for line in verb.usage.lines() {
        lab.print(format_args!("usage: {line}\n"));
    }
    for example in verb.examples {
        lab.print(format_args!("example: {example}\n"));
    }
}
