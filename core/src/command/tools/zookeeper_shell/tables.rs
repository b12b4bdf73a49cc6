//! The commands of both shells, and how their words are read.

use serde::Serialize;

/// Name, usage behind it, how many words it needs, options without and with a value.
pub(super) type About = (&'static str, &'static str, usize, &'static str, &'static str);

/// The commands of ZooKeeper 3.8, in the order of the usage.
const NEW: &[About] = &[
    (
        "addWatch",
        "[-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is \
         PERSISTENT_RECURSIVE",
        1,
        "",
        "m",
    ),
    ("addauth", "scheme auth", 1, "", ""),
    ("close", "", 0, "", ""),
    ("config", "[-c] [-w] [-s]", 0, "cws", ""),
    ("connect", "host:port", 0, "", ""),
    ("create", "[-s] [-e] [-c] [-t ttl] path [data] [acl]", 1, "sec", "t"),
    ("delete", "[-v version] path", 1, "", "v"),
    ("deleteall", "path [-b batch size]", 1, "", "b"),
    ("delquota", "[-n|-b|-N|-B] path", 1, "nbNB", ""),
    ("get", "[-s] [-w] path", 1, "sw", ""),
    ("getAcl", "[-s] path", 1, "s", ""),
    ("getAllChildrenNumber", "path", 1, "", ""),
    ("getEphemerals", "path", 0, "", ""),
    ("history", "", 0, "", ""),
    ("listquota", "path", 1, "", ""),
    ("ls", "[-s] [-w] [-R] path", 1, "swR", ""),
    ("printwatches", "on|off", 0, "", ""),
    ("quit", "", 0, "", ""),
    (
        "reconfig",
        "[-s] [-v version] [[-file path] | [-members serverID=host:port1:port2;port3[,...]*]] | [-add \
         serverId=host:port1:port2;port3[,...]]* [-remove serverId[,...]*]",
        0,
        "s",
        "v",
    ),
    ("redo", "cmdno", 0, "", ""),
    ("removewatches", "path [-c|-d|-a] [-l]", 1, "cdal", ""),
    ("set", "[-s] [-v version] path data", 2, "s", "v"),
    ("setAcl", "[-s] [-v version] [-R] path acl", 2, "sR", "v"),
    ("setquota", "-n|-b|-N|-B val path", 1, "", "nbNB"),
    ("stat", "[-w] path", 1, "w", ""),
    ("sync", "path", 1, "", ""),
    ("version", "", 0, "", ""),
    ("whoami", "", 0, "", ""),
];

/// Those that ZooKeeper 3.5 does not have.
const ONLY_NEW: &[&str] = &["addWatch", "getAllChildrenNumber", "getEphemerals", "version", "whoami"];

/// Those that it has otherwise, or alone.
const OLD: &[About] = &[
    ("deleteall", "path", 1, "", ""),
    ("delquota", "[-n|-b] path", 1, "nb", ""),
    ("ls2", "path [watch]", 1, "", ""),
    ("rmr", "path", 1, "", ""),
    ("setquota", "-n|-b val path", 1, "", "nb"),
];

/// Those that read their words themselves: what looks like an option is none.
const PLAIN: &[&str] = &["connect", "history", "printwatches", "quit", "reconfig", "redo"];

/// All commands of a shell, in the order of the usage.
pub(super) fn commands(is_old: bool) -> Vec<&'static About> {
    if !is_old {
        return NEW.iter().collect();
    }
    let changed = |about: &&About| !OLD.iter().any(|old| old.0 == about.0);
    let stays = NEW.iter().filter(|about| !ONLY_NEW.contains(&about.0)).filter(changed);
    let mut all: Vec<&About> = stays.chain(OLD).collect();
    crate::sorted::sort_by_cached_key(&mut all, |about| about.0);
    all
}

/// A command of a shell.
pub(super) fn command(is_old: bool, name: &str) -> Option<&'static About> {
    commands(is_old).into_iter().find(|about| about.0 == name)
}

/// A command that waits for the server: its name, its options, its words.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Command {
    pub name: String,
    pub flags: String,
    /// The value of `-v`, `-m` ….
    pub value: Option<String>,
    pub words: Vec<String>,
}

impl Command {
    pub fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    pub fn path(&self) -> &str {
        self.words.first().map_or("/", String::as_str)
    }
}

/// The words of a line, with quotes.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = (first == '"' || first == '\'').then(|| rest.get(1..)?.split_once(first)).flatten();
        let (word, after) =
            quoted.unwrap_or_else(|| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Reads a command's words; the error is what is printed.
pub(super) fn parse(about: &About, given: &[String], is_old: bool) -> Result<Command, String> {
    let mut command = Command { name: about.0.to_owned(), ..Command::default() };
    if PLAIN.contains(&about.0) {
        command.words = given.to_vec();
        return Ok(command);
    }
    let mut words = given.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            command.words.push(word.clone());
            continue;
        };
        let takes_value = |letter: char| about.4.contains(letter);
        let known = letters.chars().all(|letter| about.3.contains(letter));
        match letters.chars().next() {
            Some(letter) if takes_value(letter) => {
                choose(&mut command, letter)?;
                let glued = letters.get(1..).filter(|rest| !rest.is_empty()).map(str::to_owned);
                let value = glued.or_else(|| words.next().cloned());
                command.value = Some(value.ok_or_else(|| {
                    format!("org.apache.commons.cli.MissingArgumentException: Missing argument for option: {letter}")
                })?);
            }
            Some(_) if known => {
                for letter in letters.chars() {
                    choose(&mut command, letter)?;
                }
            }
            _ => {
                return Err(format!(
                    "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: {word}"
                ));
            }
        }
    }
    if about.0 == "setquota" && command.flags.is_empty() {
        let those = match is_old {
            true => "-b bytes quota, -n num quota",
            false => "-n num soft quota, -b bytes soft quota, -N num hard quota, -B bytes hard quota",
        };
        return Err(format!(
            "org.apache.commons.cli.MissingOptionException: Missing required option: [{those}]"
        ));
    }
    let exactly = matches!(about.0, "addWatch" | "version") && command.words.len() != about.2;
    if command.words.len() < about.2 || exactly {
        return Err(usage(about));
    }
    Ok(command)
}

/// Notes an option. Of quotas there is one at a time.
fn choose(command: &mut Command, letter: char) -> Result<(), String> {
    if let Some(chosen) = command.flags.chars().next().filter(|chosen| *chosen != letter)
        && command.name.ends_with("quota")
    {
        return Err(format!(
            "org.apache.commons.cli.AlreadySelectedException: The option '{letter}' was specified but an option from \
             this group has already been selected: '{chosen}'"
        ));
    }
    command.flags.push(letter);
    Ok(())
}

/// The form of a command that is not to be used any more, and the one to use; whether the word behind the path is the
/// option for a watch.
pub(super) fn deprecated(command: &Command) -> Option<(&'static str, &'static str, bool)> {
    let (form, instead, watches) = match command.name.as_str() {
        "delete" => ("delete path [version]", "delete [-v version] path", false),
        "get" => ("get path [watch]", "get [-s] [-w] path", true),
        "ls" => ("ls path [watch]", "ls [-w] path", true),
        "stat" => ("stat path [watch]", "stat [-w] path", true),
        _ => return None,
    };
    (command.words.len() > 1).then_some((form, instead, watches))
}

/// A command and its words.
pub(super) fn usage(about: &About) -> String {
    format!("{} {}", about.0, about.1)
}

/// Why a path cannot be one, in ZooKeeper's words.
pub(super) fn wrong_path(path: &str) -> Option<String> {
    if path.is_empty() {
        return Some("Path length must be > 0".to_owned());
    }
    if !path.starts_with('/') {
        return Some("Path must start with / character".to_owned());
    }
    if path.len() > 1 && path.ends_with('/') {
        return Some("Path must not end with / character".to_owned());
    }
    let mut at = 1;
    for name in path.split('/').skip(1) {
        let reason = match name {
            "" if path.len() > 1 => Some("empty node name specified"),
            "." | ".." => Some("relative paths not allowed"),
            _ if name.chars().any(char::is_control) => Some("invalid character"),
            _ => None,
        };
        if let Some(reason) = reason {
            let at = at + name.len().saturating_sub(1);
            return Some(format!("Invalid path string \"{path}\" caused by {reason} @{at}"));
        }
        at += name.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_be_quoted() {
        assert_eq!(words("  set /a 'two words' \"x y\" z"), ["set", "/a", "two words", "x y", "z"]);
        assert_eq!(words("create /a it's"), ["create", "/a", "it's"]);
    }

    #[test]
    fn paths_are_checked_in_zookeepers_words() {
        assert_eq!(wrong_path("/a/b"), None);
        assert_eq!(wrong_path("/"), None);
        assert_eq!(wrong_path("a").as_deref(), Some("Path must start with / character"));
        assert_eq!(wrong_path("/a/").as_deref(), Some("Path must not end with / character"));
        let empty = wrong_path("/a//b").unwrap();
        assert_eq!(empty, "Invalid path string \"/a//b\" caused by empty node name specified @3");
    }

    #[test]
    fn options_are_read_anywhere() {
        let about = command(false, "create").unwrap();
        let given = |line: &str| parse(about, &words(line), false);
        assert_eq!(given("/a x -e -s").map(|c| (c.flags, c.words.len())), Ok(("es".to_owned(), 2)));
        assert_eq!(
            given("-x /a").unwrap_err(),
            "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: -x"
        );
        assert_eq!(given("-s").unwrap_err(), "create [-s] [-e] [-c] [-t ttl] path [data] [acl]");
    }

    #[test]
    fn the_older_shell_has_other_commands() {
        assert!(command(true, "rmr").is_some() && command(false, "rmr").is_none());
        assert!(command(true, "whoami").is_none() && command(false, "whoami").is_some());
        let names: Vec<&str> = commands(true).iter().map(|about| about.0).collect();
        assert_eq!(names.len(), 25);
        assert_eq!(names.get(13..15), Some(["ls2", "printwatches"].as_slice()), "as the usage has them");
    }

    #[test]
    fn quotas_are_set_one_at_a_time() {
        let given = |line: &str| parse(command(false, "setquota").unwrap(), &words(line), false);
        assert!(given("-n 2 -b 3 /a").unwrap_err().ends_with("already been selected: 'n'"));
        assert!(given("/a").unwrap_err().starts_with("org.apache.commons.cli.MissingOptionException"));
        assert_eq!(given("-n 2").unwrap_err(), "setquota -n|-b|-N|-B val path");
        assert_eq!(given("-n -5 /a").map(|command| command.value), Ok(Some("-5".to_owned())));
    }
}
