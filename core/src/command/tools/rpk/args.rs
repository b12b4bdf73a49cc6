//! rpk's command lines: subcommands, and options as Go's pflag reads them.

/// Options of a subcommand: short letter (or none), long name, whether it takes a value.
pub type Flags = &'static [(char, &'static str, bool)];

/// A subcommand that is simulated: its words, its options, and the least number of arguments.
pub struct Verb {
    /// `topic create`.
    pub words: &'static str,
    /// Its options.
    pub flags: Flags,
    /// How many arguments it takes at least and at most.
    pub arity: (usize, usize),
}

const ANY: usize = usize::MAX;

/// Options that every subcommand takes.
const COMMON: Flags = &[
    ('X', "config-opt", true),
    ('v', "verbose", false),
    (' ', "brokers", true),
    (' ', "config", true),
    (' ', "profile", true),
    (' ', "tls-enabled", false),
    (' ', "tls-cert", true),
    (' ', "tls-key", true),
    (' ', "tls-truststore", true),
    (' ', "user", true),
    (' ', "password", true),
    (' ', "sasl-mechanism", true),
    ('h', "help", false),
];

/// What is simulated.
pub static VERBS: &[Verb] = &[
    Verb {
        words: "topic create",
        flags: &[
            ('c', "topic-config", true),
            ('p', "partitions", true),
            ('r', "replicas", true),
            ('d', "dry", false),
            (' ', "compact", false),
        ],
        arity: (1, ANY),
    },
    Verb {
        words: "topic list",
        flags: &[
            ('d', "detailed", false),
            ('i', "internal", false),
            ('r', "regex", false),
            (' ', "format", true),
        ],
        arity: (0, ANY),
    },
    Verb {
        words: "topic describe",
        flags: &[
            ('s', "print-summary", false),
            ('c', "print-configs", false),
            ('p', "print-partitions", false),
            ('a', "print-all", false),
            ('r', "regex", false),
            (' ', "stable", false),
            (' ', "format", true),
        ],
        arity: (1, ANY),
    },
    Verb { words: "topic delete", flags: &[('r', "regex", false)], arity: (1, ANY) },
    Verb {
        words: "topic alter-config",
        flags: &[
            ('s', "set", true),
            ('d', "delete", true),
            (' ', "append", true),
            (' ', "subtract", true),
            (' ', "dry", false),
        ],
        arity: (1, ANY),
    },
    Verb {
        words: "topic add-partitions",
        flags: &[('n', "num", true), ('f', "force", false)],
        arity: (1, ANY),
    },
    Verb {
        words: "topic trim-prefix",
        flags: &[
            ('o', "offset", true),
            ('p', "partitions", true),
            ('f', "from-file", true),
            (' ', "no-confirm", false),
        ],
        arity: (0, 1),
    },
    Verb {
        words: "topic produce",
        flags: &[
            ('f', "format", true),
            ('o', "output-format", true),
            ('k', "key", true),
            ('H', "header", true),
            ('p', "partition", true),
            ('z', "compression", true),
            ('Z', "tombstone", false),
            (' ', "acks", true),
            (' ', "delivery-timeout", true),
            (' ', "max-message-bytes", true),
            (' ', "allow-auto-topic-creation", false),
            (' ', "schema-id", true),
            (' ', "schema-key-id", true),
            (' ', "schema-type", true),
            (' ', "schema-key-type", true),
        ],
        arity: (0, 1),
    },
    Verb {
        words: "topic consume",
        flags: &[
            ('o', "offset", true),
            ('p', "partitions", true),
            ('r', "regex", false),
            ('g', "group", true),
            ('b', "balancer", true),
            ('f', "format", true),
            ('n', "num", true),
            (' ', "pretty-print", false),
            (' ', "meta-only", false),
            (' ', "read-committed", false),
            (' ', "print-control-records", false),
            (' ', "fetch-max-bytes", true),
            (' ', "fetch-max-wait", true),
            (' ', "fetch-max-partition-bytes", true),
            (' ', "rack", true),
            (' ', "use-schema-registry", false),
        ],
        arity: (1, ANY),
    },
    Verb { words: "group list", flags: &[('s', "states", true)], arity: (0, 0) },
    Verb {
        words: "group describe",
        flags: &[
            ('s', "print-summary", false),
            ('c', "print-commits", false),
            ('t', "print-lag-per-topic", false),
            ('r', "regex", false),
        ],
        arity: (1, ANY),
    },
    Verb { words: "group delete", flags: &[], arity: (1, ANY) },
    Verb {
        words: "group offset-delete",
        flags: &[('f', "from-file", true), ('t', "topic", true)],
        arity: (1, 1),
    },
    Verb {
        words: "group seek",
        flags: &[
            (' ', "to", true),
            (' ', "to-group", true),
            (' ', "to-file", true),
            (' ', "topics", true),
            (' ', "allow-new-topics", false),
        ],
        arity: (1, 1),
    },
    Verb {
        words: "cluster info",
        flags: &[
            ('c', "print-cluster", false),
            ('b', "print-brokers", false),
            ('t', "print-topics", false),
            ('i', "print-internal-topics", false),
            ('d', "print-detailed-topics", false),
            (' ', "detailed", false),
            (' ', "include-decommissioned", false),
        ],
        arity: (0, ANY),
    },
    Verb {
        words: "cluster health",
        flags: &[('w', "watch", false), ('e', "exit-when-healthy", false)],
        arity: (0, 0),
    },
];

/// Other names of subcommands.
const ALIASES: &[(&str, &str)] = &[
    ("topic ls", "topic list"),
    ("topic info", "topic describe"),
    ("topic trim", "topic trim-prefix"),
    ("group ls", "group list"),
    ("group info", "group describe"),
    ("cluster metadata", "cluster info"),
    ("cluster status", "cluster info"),
];

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Asked {
    /// The subcommand.
    pub words: &'static str,
    /// Options by their long names, in the order given.
    pub given: Vec<(&'static str, String)>,
    /// Arguments.
    pub args: Vec<String>,
}

impl Asked {
    /// The last value of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// Whether an option is given and not false.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "false")
    }

    /// All values of an option.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.given.iter().filter(|(other, _)| *other == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The partitions that `--partitions` names; none if all are meant.
    pub fn partitions(&self) -> Vec<i32> {
        let lists = self.all("partitions");
        let numbers = lists.iter().flat_map(|list| list.split(','));
        numbers.filter_map(|number| number.trim().parse().ok()).collect()
    }

    /// A whole number, or this one.
    pub fn number<N: std::str::FromStr>(&self, name: &str, default: N) -> N {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }
}

/// The subcommand that the first two words name. The error is a sentence; an empty one asks for help.
fn verb_of(words: &[String]) -> Result<&'static Verb, String> {
    let mut names: Vec<&str> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next().filter(|_| names.len() < 2) {
        match word.strip_prefix('-') {
            None => names.push(word),
            // Options before the subcommand may have a value behind them.
            Some(option) if common_takes(option) => {
                rest.next();
            }
            Some(_) => {}
        }
    }
    let name = names.join(" ");
    let name = ALIASES.iter().find(|(other, _)| *other == name).map_or(name.as_str(), |(_, name)| *name);
    if let Some(verb) = VERBS.iter().find(|verb| verb.words == name) {
        return Ok(verb);
    }
    Err(match names.as_slice() {
        [] | ["topic" | "group" | "cluster"] => String::new(),
        [first @ ("topic" | "group" | "cluster"), second] => {
            format!("unknown command \"{second}\" for \"rpk {first}\"")
        }
        [first, ..] => format!("unknown command \"{first}\" for \"rpk\""),
    })
}

/// Whether an option that every subcommand takes has its value in the next word.
fn common_takes(option: &str) -> bool {
    let letter = option.chars().next().filter(|_| option.len() == 1);
    COMMON.iter().any(|(short, name, takes)| {
        *takes && (option.strip_prefix('-') == Some(*name) || letter.is_some_and(|letter| letter == *short))
    })
}

/// Reads the words. The error is a sentence; an empty one asks for help.
pub fn parse(words: &[String]) -> Result<Asked, String> {
    let verb = verb_of(words)?;
    let mut asked = Asked { words: verb.words, ..Asked::default() };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
            asked.args.push(word.clone());
            continue;
        };
        match option.strip_prefix('-') {
            Some("") => {
                asked.args.extend(rest.by_ref().cloned());
                break;
            }
            Some(name) => long(&mut asked, verb, name, &mut rest)?,
            None => short(&mut asked, verb, option, &mut rest)?,
        }
    }
    if asked.has("help") {
        return Err(String::new());
    }
    // The first two words name the subcommand.
    asked.args.drain(..asked.args.len().min(2));
    let (least, most) = verb.arity;
    let count = asked.args.len();
    if count < least || count > most {
        return Err(match (least, most) {
            (0, most) if most > 0 => format!("accepts at most {most} arg(s), received {count}"),
            (least, most) if least == most => format!("accepts {most} arg(s), received {count}"),
            (least, _) => format!("requires at least {least} arg(s), only received {count}"),
        });
    }
    Ok(asked)
}

/// `--name`, `--name value`, `--name=value`.
fn long(
    asked: &mut Asked,
    verb: &Verb,
    text: &str,
    rest: &mut std::slice::Iter<'_, String>,
) -> Result<(), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    let Some((_, known, takes)) = find(verb, |flag| flag.1 == name) else {
        return Err(format!("unknown flag: --{name}"));
    };
    let value = match (value, takes) {
        (Some(value), _) => value,
        (None, false) => "true".to_owned(),
        (None, true) => rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
    };
    asked.given.push((known, value));
    Ok(())
}

/// `-abc`, `-n3`, `-n 3`, `-n=3`.
fn short(
    asked: &mut Asked,
    verb: &Verb,
    text: &str,
    rest: &mut std::slice::Iter<'_, String>,
) -> Result<(), String> {
    let mut letters = text;
    while let Some(letter) = letters.chars().next() {
        letters = letters.get(letter.len_utf8()..).unwrap_or_default();
        let Some((_, name, takes)) = find(verb, |flag| flag.0 == letter && letter != ' ') else {
            return Err(format!("unknown shorthand flag: '{letter}' in -{text}"));
        };
        if !takes {
            asked.given.push((name, "true".to_owned()));
            continue;
        }
        let attached = std::mem::take(&mut letters);
        let value = match attached.strip_prefix('=').unwrap_or(attached) {
            "" => rest
                .next()
                .cloned()
                .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{text}"))?,
            attached => attached.to_owned(),
        };
        asked.given.push((name, value));
    }
    Ok(())
}

fn find(
    verb: &Verb,
    fits: impl Fn(&(char, &'static str, bool)) -> bool,
) -> Option<(char, &'static str, bool)> {
    verb.flags.iter().chain(COMMON).find(|flag| fits(flag)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Asked, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn options_may_stand_anywhere_and_be_attached() {
        let asked = parsed("topic create a -p3 b --replicas=1 -c x=y -c z=w").unwrap();
        assert_eq!((asked.words, asked.args.len()), ("topic create", 2));
        assert_eq!((asked.number("partitions", -1), asked.get("replicas")), (3, Some("1")));
        assert_eq!(asked.all("topic-config"), ["x=y", "z=w"]);
        assert_eq!(parsed("topic ls").unwrap().words, "topic list");
        let asked = parsed("--profile prod -X brokers=h:1 -v topic --user=u consume a -n1").unwrap();
        assert_eq!(
            (asked.words, asked.get("profile"), asked.get("num")),
            ("topic consume", Some("prod"), Some("1"))
        );
        assert_eq!(asked.args, ["a"]);
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_cobra() {
        assert_eq!(parsed("topic create -q a").unwrap_err(), "unknown shorthand flag: 'q' in -q");
        assert_eq!(parsed("topic create --foo a").unwrap_err(), "unknown flag: --foo");
        assert_eq!(parsed("topic create").unwrap_err(), "requires at least 1 arg(s), only received 0");
        assert_eq!(parsed("topic fly").unwrap_err(), "unknown command \"fly\" for \"rpk topic\"");
        assert_eq!(parsed("topic create a -p").unwrap_err(), "flag needs an argument: 'p' in -p");
    }
}
