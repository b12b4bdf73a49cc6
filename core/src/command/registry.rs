//! Everything that can be typed, in one list: for help, completion, colours and "did you mean".

use super::tools::{Tool, about};
use super::{lab, programs};

pub use super::options::nearest;

/// Commands of the shell itself: name, what it does, how it is called.
pub const SHELL: &[(&str, &str, &str)] = &[
    ("bg", "let a job go on in the background", "bg [%N]"),
    ("export", "set a variable", "export NAME=VALUE"),
    ("fg", "bring a job to the foreground", "fg [%N]"),
    ("break", "end a loop", "break [N]"),
    ("continue", "go on with the next pass of a loop", "continue [N]"),
    ("eval", "run words as a line", "eval WORD …"),
    ("jobs", "list the jobs of this terminal", "jobs"),
    ("kill", "end a job", "kill [-9] %N"),
    ("jps", "list the Java processes of this machine", "jps [-l]"),
    ("let", "reckon with variables", "let NAME=N+N"),
    ("lsof", "tell who listens on a port", "lsof -i :PORT"),
    ("nc", "try whether a port is open", "nc -zv HOST PORT"),
    ("netstat", "list the ports that somebody listens on", "netstat -tlnp"),
    ("pgrep", "find processes of servers by name", "pgrep [-f] WORD"),
    ("pkill", "end processes of servers by name", "pkill [-9] [-f] WORD"),
    ("ps", "list the processes of servers", "ps [aux]"),
    ("read", "read a line into variables", "read NAME …"),
    ("return", "leave a function", "return [N]"),
    ("shift", "drop the first arguments", "shift [N]"),
    ("ss", "list the ports that somebody listens on", "ss -ltnp"),
    (
        "systemctl",
        "start and stop the first broker, or tell whether it runs",
        "systemctl start|stop|status kafka",
    ),
    ("unset", "forget a variable", "unset NAME …"),
    ("watch", "run a command again and again", "watch [-n SECONDS] COMMAND"),
    ("which", "tell what a command is", "which NAME …"),
    ("xargs", "make arguments of what is piped in", "xargs [-n N] [-I TEXT] COMMAND"),
    ("yes", "print a word again and again", "yes [WORD]"),
];

/// Commands of tutorials that prepare what is here already.
pub const NEEDLESS: &[&str] = &[
    "apt",
    "apt-get",
    "brew",
    "chmod",
    "curl",
    "docker",
    "docker-compose",
    "git",
    "java",
    "kubectl",
    "make",
    "mvn",
    "open",
    "podman",
    "source-env",
    "declare",
    "disown",
    "env",
    "hash",
    "killall",
    "local",
    "ncat",
    "netcat",
    "printenv",
    "readonly",
    "service",
    "set",
    "shopt",
    "stty",
    "taskkill",
    "telnet",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "tar",
    "unalias",
    "unzip",
    "wget",
    "yum",
    "zkServer",
    "http",
    "https",
    "xq",
    "yq",
    "gunzip",
    "gzip",
    "ssh",
    "scp",
    "pip",
    "pip3",
    "minikube",
    "kind",
    "helm",
    "sdk",
    "dnf",
    "snap",
    "keytool",
    "openssl",
    "javac",
    "ansible-playbook",
    "apk",
    "asdf",
    "aws",
    "az",
    "choco",
    "chown",
    "conda",
    "df",
    "eksctl",
    "firewall-cmd",
    "free",
    "gcloud",
    "jenv",
    "journalctl",
    "k3d",
    "nvm",
    "oc",
    "pacman",
    "ping",
    "pipx",
    "sysctl",
    "terraform",
    "ufw",
    "update-alternatives",
    "useradd",
    "usermod",
    "adduser",
    "groupadd",
    "vcpkg",
    "winget",
    "zypper",
];

/// What people start their own programs with.
pub const RUNNERS: &[&str] = &[
    "cargo",
    "dotnet",
    "duckdb",
    "flask",
    "go",
    "gradle",
    "gradlew",
    "jar",
    "mongosh",
    "msbuild",
    "mvnw",
    "mysql",
    "node",
    "npm",
    "npx",
    "nuget",
    "php",
    "pnpm",
    "poetry",
    "psql",
    "pyspark",
    "pytest",
    "python",
    "python3",
    "redis-cli",
    "ruby",
    "sbt",
    "spark-shell",
    "spark-submit",
    "uvicorn",
    "yarn",
];

/// The longest name of a topic.
const TOPIC_MAX: usize = 249;

/// All commands, tools first.
pub fn names() -> Vec<&'static str> {
    let mut names = Tool::names().to_vec();
    names.extend(lab::VERBS.iter().map(|verb| verb.name));
    names.extend(SHELL.iter().map(|(name, ..)| *name));
    names.extend(programs::PROGRAMS.iter().map(|about| about.name));
    names
}

/// Whether this can be typed.
#[must_use]
pub fn is_known(name: &str) -> bool {
    lab::find(name).is_some()
        || names().contains(&name)
        || NEEDLESS.contains(&name)
        || RUNNERS.contains(&name)
}

/// A few words about a command.
#[must_use]
pub fn summary(name: &str) -> &'static str {
    if let Some(verb) = lab::find(name) {
        return verb.summary;
    }
    if let Some(about) = programs::find(name) {
        return about.summary;
    }
    match SHELL.iter().find(|(other, ..)| *other == name) {
        Some((_, summary, _)) => summary,
        None => about::info(name).map_or("", |tool| tool.about),
    }
}

/// Whether this can be a topic's name; if not, why.
pub fn legal_topic(name: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name == "." || name == ".." || name.len() > TOPIC_MAX || !name.chars().all(legal) {
        return Err(format!("`{name}` cannot be the name of a topic"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sorted::SortedSet;

    #[test]
    fn every_name_is_there_once_and_explained() {
        let mut seen = SortedSet::new();
        for name in names() {
            assert!(seen.insert(name), "{name} twice");
            assert!(!summary(name).is_empty(), "{name} without summary");
            assert!(summary(name).len() <= 80 && !summary(name).ends_with('.'), "{name}");
        }
        for verb in lab::VERBS {
            assert!(!verb.examples.is_empty() && !verb.refused.is_empty(), "{}", verb.name);
            assert!(verb.usage.starts_with(verb.name), "{}", verb.name);
        }
        let sorted = |names: Vec<&str>| names.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted(programs::PROGRAMS.iter().map(|about| about.name).collect()));
    }
}
