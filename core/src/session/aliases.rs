//! `alias kt='kafka-topics --bootstrap-server localhost:9092'`: a word that stands for others. It is kept as the
//! function that runs them with the arguments behind them.

use super::desk::Hand;
use crate::command::process::Io;
use crate::language::{self, Item};

/// What an alias ends with: the words that are typed behind it.
const REST: &str = " \"$@\"";

/// `alias NAME=TEXT …` sets, `alias NAME` tells, `alias` lists. The exit code.
pub(super) fn set(hand: &mut Hand<'_>, args: &[String]) -> i32 {
    let number = hand.terminal();
    let mut code = 0;
    let mut told = String::new();
    for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
        let Some((name, text)) = arg.split_once('=') else {
            match text_of(hand, number, arg) {
                Some(text) => told.push_str(&line(arg, &text)),
                None => {
                    Io::err(hand, &format!("bash: alias: {arg}: not found\n"));
                    code = 1;
                }
            }
            continue;
        };
        // A command of the same name is meant by it, not the alias again.
        let own = if text.split(' ').next() == Some(name) { "command " } else { "" };
        let parsed = language::parse(&format!("{own}{}{REST}", text.trim_end()));
        if let Some(diagnostic) = parsed.diagnostics.first() {
            Io::err(hand, &format!("bash: alias: {name}: {}\n", diagnostic.message));
            code = 1;
        } else if let Some(terminal) = hand.session.terminals.get_mut(&number) {
            terminal.functions.insert(name.to_owned(), parsed.items);
        }
    }
    if args.iter().all(|arg| arg.starts_with('-')) {
        let names: Vec<String> =
            hand.session.terminals.get(&number).map_or(Vec::new(), |t| t.functions.keys().cloned().collect());
        for name in names {
            if let Some(text) = text_of(hand, number, &name) {
                told.push_str(&line(&name, &text));
            }
        }
    }
    Io::out(hand, &told);
    code
}

/// `unalias NAME …`, `unalias -a`
pub(super) fn forget(hand: &mut Hand<'_>, args: &[String]) -> i32 {
    let number = hand.terminal();
    let mut code = 0;
    let all = args.iter().any(|arg| arg == "-a");
    let Some(terminal) = hand.session.terminals.get_mut(&number) else { return 1 };
    if all {
        terminal.functions.retain(|_, body| text(body).is_none());
    }
    let mut unknown = Vec::new();
    for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
        if terminal.functions.remove(arg).is_none() {
            unknown.push(arg.clone());
            code = 1;
        }
    }
    for name in unknown {
        Io::err(hand, &format!("bash: unalias: {name}: not found\n"));
    }
    code
}

fn text_of(hand: &Hand<'_>, number: u32, name: &str) -> Option<String> {
    text(hand.session.terminals.get(&number)?.functions.get(name)?)
}

/// What an alias was set to; `None` if it is a function.
fn text(body: &[Item]) -> Option<String> {
    let text = body.last()?.text.strip_suffix(REST)?;
    Some(text.strip_prefix("command ").unwrap_or(text).to_owned())
}

fn line(name: &str, text: &str) -> String {
    format!("alias {name}='{text}'\n")
}
