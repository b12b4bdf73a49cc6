//! The help table of a tool: jopt-simple's two columns in 80.

use super::{Kind, OptionSpec, Takes, VALID_CONFIGS};
use crate::command::release::Release;
use crate::metadata::config::{CLIENT_QUOTAS, IP_QUOTAS, SCRAM_MECHANISMS, Table, UpdateMode};

const WIDTH: usize = 80;
const GAP: usize = 2;

/// The table, every line padded with blanks and ended.
#[must_use]
pub fn render(specs: &[OptionSpec], release: Release) -> String {
    let mut sorted: Vec<&OptionSpec> = specs.iter().filter(|spec| spec.is_in(release)).collect();
    crate::sorted::sort_by_key(&mut sorted, |spec| spec.name);
    let mut rows = Vec::new();
    let mut widest = 0;
    for spec in sorted {
        let option = left(spec);
        widest = widest.max(option.chars().count());
        rows.push((option, right(spec)));
    }
    let width = widest.min((WIDTH - GAP) / 2);
    let is_any_required = specs.iter().any(|spec| spec.required);
    let head = if is_any_required { "Option (* = required)" } else { "Option" };
    let mut lines =
        vec![(head.to_owned(), "Description".to_owned()), ("-".repeat(head.len()), "-----------".into())];
    for (option, description) in &rows {
        let option = wrap(option, width);
        let description = wrap(description, WIDTH - GAP - width);
        for index in 0..option.len().max(description.len()) {
            let piece = |pieces: &[String]| pieces.get(index).cloned().unwrap_or_default();
            lines.push((piece(&option), piece(&description)));
        }
    }
    let (mut first, mut second) = (0, 0);
    for (option, description) in &lines {
        first = first.max(option.chars().count() + GAP);
        second = second.max(description.chars().count());
    }
    let mut table = String::new();
    for (option, description) in lines {
        table.push_str(&format!("{option:first$}{description:second$}\n"));
    }
    table
}

fn left(spec: &OptionSpec) -> String {
    let inside = |kind: Kind| {
        let kind = match kind {
            Kind::Text => "String",
            Kind::Integer => "Integer",
            Kind::Long => "Long",
            Kind::Pattern(pattern) => pattern,
        };
        if spec.label.is_empty() { kind.to_owned() } else { format!("{kind}: {}", spec.label) }
    };
    let mark = if spec.required { "* " } else { "" };
    match spec.takes {
        Takes::Nothing => format!("{mark}--{}", spec.name),
        Takes::Argument(kind) => format!("{mark}--{} <{}>", spec.name, inside(kind)),
        Takes::Optional(kind) => format!("{mark}--{} [{}]", spec.name, inside(kind)),
    }
}

fn right(spec: &OptionSpec) -> String {
    match spec.default {
        Some(default) => format!("{} (default: {default})", spec.about),
        None if spec.about == VALID_CONFIGS => valid_configs(),
        None => spec.about.to_owned(),
    }
}

/// What may be set, by what has it.
fn valid_configs() -> String {
    let mut text = String::from(
        "Settings to set: 'k1=v1,k2=[v1,v2,v2],k3=v3'. Brackets hold values with commas together. These are the valid \
         ones:",
    );
    let mut list = |kind: &str, names: &mut Vec<&str>| {
        crate::sorted::sort(names);
        text.push_str(&format!("\nFor entity-type '{kind}':\n\t{}", names.join("\n\t")));
    };
    for (kind, table) in [
        ("topics", Table::Topic),
        ("brokers", Table::Broker),
        ("users", Table::ClientMetrics),
        ("clients", Table::ClientMetrics),
        ("ips", Table::ClientMetrics),
        ("client-metrics", Table::ClientMetrics),
        ("groups", Table::Group),
    ] {
        let mut names = Vec::new();
        match kind {
            "users" => names.extend(SCRAM_MECHANISMS.iter().chain(&CLIENT_QUOTAS).copied()),
            "clients" => names.extend(CLIENT_QUOTAS),
            "ips" => names.extend(IP_QUOTAS),
            _ => {
                for def in table.all() {
                    let may_change = table != Table::Broker || def.mode != UpdateMode::ReadOnly;
                    if may_change && (table == Table::Broker || !def.is_internal) {
                        names.push(def.name);
                    }
                }
            }
        }
        list(kind, &mut names);
    }
    text.push_str("\nTypes 'users' and 'clients' together mean clients of one user.");
    text
}

/// Breaks a text after blanks, and after hyphens, dots, colons and commas before a letter; what goes on is indented.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    for line in text.lines() {
        let mut piece = String::new();
        for word in words(line) {
            if piece.chars().count() + word.chars().count() > width {
                pieces.push(piece.trim_end().to_owned());
                piece = "  ".to_owned();
            }
            piece.push_str(word);
        }
        if !piece.is_empty() {
            pieces.push(piece.trim_end().to_owned());
        }
    }
    pieces
}

/// A line in pieces between which it may be broken.
fn words(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        let after_blank = before == ' ' && letter != ' ';
        let inside = matches!(before, '-' | '.' | ':' | ',') && letter.is_ascii_alphabetic()
            || before.is_ascii_digit() && letter == '>';
        if at > begin && (after_blank || inside) {
            pieces.extend(line.get(begin..at));
            begin = at;
        }
        before = letter;
    }
    pieces.extend(line.get(begin..));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_wrap_and_pad_like_those_of_the_tools() {
        let table = render(
            &[
                OptionSpec::text(
                    "bootstrap-server",
                    "server to connect to",
                    "REQUIRED: Where the cluster is.",
                ),
                OptionSpec::flag("all", "Everything."),
                OptionSpec::integer("n", "count", "How many.").or("3"),
                OptionSpec::text("zookeeper", "hosts", "Where ZooKeeper is.").until(Release::V2),
            ],
            Release::V4,
        );
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "Option                                 Description                    ");
        assert_eq!(lines[2], "--all                                  Everything.                    ");
        assert_eq!(lines[3], "--bootstrap-server <String: server to  REQUIRED: Where the cluster is.");
        assert_eq!(lines[4].trim_end(), "  connect to>");
        assert!(lines.iter().all(|line| line.chars().count() == 70), "{lines:?}");
        assert_eq!(lines[5].trim_end(), "--n <Integer: count>                   How many. (default: 3)");
        assert_eq!(lines.len(), 6);
    }
}
