//! Commands of the shell itself: jobs, fg, bg, kill, export, unset, which; and names that nobody knows.

use super::desk::Hand;
use super::process::{Job, Running};
use super::terminal::SCRIPT;
use crate::command::process::{Io, Signal};
use crate::command::{lab, programs, registry, tools};
use crate::node::StopHow;

/// What `builtins` runs; some of these are verbs of the laboratory too.
pub(super) const BUILTINS: [&str; 24] = [
    "break", "continue", "return", "exit", "shift", "let", "local", "declare", "typeset", "readonly", "set",
    "trap", "ulimit", "umask", "shopt", "stty", "disown", "hash", "read", "wait", "yes", "tail", "alias",
    "unalias",
];

/// Runs one.
pub(super) fn run(program: &mut Running, hand: &mut Hand<'_>, name: &str, args: &[String]) {
    if super::machine::run(program, hand, name, args) {
        return;
    }
    match name {
        "jobs" => jobs(hand),
        "fg" => fg(program, hand, args),
        "bg" => bg(hand, args),
        "kill" => kill(program, hand, args),
        "export" | "unset" => variables(hand, name, args),
        "which" => which(hand, args),
        "env" | "printenv" => environment(hand, args),
        "kafka-server-start" => super::servers::start(program, hand, args),
        "kafka-server-stop" => super::servers::stop(hand, args),
        "zookeeper-server-start" | "zookeeper-server-stop" => super::servers::zookeeper(hand, name, args),
        "docker" | "podman" | "docker-compose" | "nerdctl" => super::containers::run(hand, name, args),
        "kubectl" | "oc" if args.first().is_some_and(|verb| verb == "cp") => {
            super::containers::run(hand, name, args);
        }
        name if FOREIGN.iter().any(|part| name.contains(part)) => {
            hand.fail_with(&format!("{name}: not simulated: {}", about_foreign(name)));
        }
        name if registry::RUNNERS.contains(&name) => hand.fail_with(&format!(
            "{name}: not simulated: programs of your own do not run here; Kafka's tools do, and `help` lists more"
        )),
        name if registry::NEEDLESS.contains(&name) => {
            hand.note(&format!(
                "`{name}` is not needed here: the cluster runs already, and the tools are at hand"
            ));
            hand.exit(0);
        }
        name => unknown(hand, name),
    }
}

/// Parts of the names of programs around Kafka that are not part of this.
const FOREIGN: [&str; 9] = [
    "-avro-",
    "-protobuf-",
    "-json-schema-",
    "mirror-maker",
    "schema-registry",
    "ksql",
    "confluent",
    "connect-",
    "kafka-rest",
];

fn about_foreign(name: &str) -> &'static str {
    if name.contains("console") {
        "its records are written by the schema registry of Confluent; kafka-console-producer and \
         kafka-console-consumer do the same with plain text"
    } else {
        "it is a system of its own beside Kafka's brokers, and only they are simulated"
    }
}

fn unknown(hand: &mut Hand<'_>, name: &str) {
    hand.err(&format!("{name}: command not found\n"));
    if registry::nearest(&crate::language::canonical(name), registry::names()).is_none() {
        hand.note("`help` tells what can be typed.");
    }
    hand.exit(127);
}

/// The jobs of this terminal that have a number.
fn numbered<'a>(hand: &'a Hand<'_>) -> Vec<(u32, &'a Job)> {
    let terminal = hand.terminal();
    let mut list = Vec::new();
    for (id, job) in &hand.session.jobs {
        if job.terminal == terminal && job.number.is_some() {
            list.push((*id, job));
        }
    }
    crate::sorted::sort_by_key(&mut list, |(_, job)| job.number);
    list
}

fn jobs(hand: &mut Hand<'_>) {
    let mut lines = String::new();
    for (_, job) in numbered(hand) {
        let state = if job.over { format!("Done ({})", job.code) } else { "Running".to_owned() };
        lines.push_str(&format!("[{}]  {state:<10} {} &\n", job.number.unwrap_or(0), job.text));
    }
    hand.out(&lines);
    hand.exit(0);
}

/// The job meant by `%1`, `1`, `%+`, or the newest one.
fn find(hand: &Hand<'_>, word: Option<&str>) -> Result<u32, String> {
    let list = numbered(hand);
    let found = match word.map(|word| word.trim_start_matches('%')) {
        None | Some("" | "+" | "%") => list.last(),
        Some(number) => list.iter().find(|(_, job)| job.number.is_some_and(|n| n.to_string() == number)),
    };
    let shown = word.unwrap_or("current");
    found.map(|(id, _)| *id).ok_or_else(|| format!("{shown}: no such job"))
}

fn fail(hand: &mut Hand<'_>, name: &str, why: &str) {
    hand.err(&format!("{name}: {why}\n"));
    hand.exit(1);
}

fn fg(program: &mut Running, hand: &mut Hand<'_>, args: &[String]) {
    let id = match find(hand, args.first().map(String::as_str)) {
        Ok(id) => id,
        Err(why) => return fail(hand, "fg", &why),
    };
    let terminal = hand.terminal();
    let Some(job) = hand.session.jobs.get_mut(&id) else { return };
    job.background = false;
    let (text, over, code) = (job.text.clone(), job.over, job.code);
    if terminal != SCRIPT {
        hand.out(&format!("{text}\n"));
    }
    if over {
        hand.session.claim(id);
        return hand.exit(code);
    }
    *program = Running::Joining(id, true);
    // In a script nobody can press Ctrl-C or Ctrl-D: what streams stops by itself from now on, what reads has read all.
    if terminal == SCRIPT {
        let mut first = true;
        for process in hand.session.processes.values_mut().filter(|process| process.desk.job == id) {
            process.desk.stops_itself = true;
            // Behind a pipe the input ends with the process before it.
            if std::mem::take(&mut first) {
                process.desk.input_ended = true;
                hand.session.ready.insert(process.desk.pid);
            }
        }
    }
}

fn bg(hand: &mut Hand<'_>, args: &[String]) {
    // Nothing is ever suspended here, so what is named runs in the background already.
    match find(hand, args.first().map(String::as_str)) {
        Ok(_) => hand.exit(0),
        Err(why) => fail(hand, "bg", &why),
    }
}

fn kill(program: &mut Running, hand: &mut Hand<'_>, args: &[String]) {
    let mut signal = Signal::Terminate;
    let mut target = None;
    if args.iter().filter(|arg| arg.starts_with('%')).count() > 1 {
        return kill_all(program, hand, args);
    }
    for arg in args {
        match arg.as_str() {
            "-9" | "-KILL" | "-SIGKILL" => signal = Signal::Kill,
            "-15" | "-TERM" | "-SIGTERM" => signal = Signal::Terminate,
            "-2" | "-INT" | "-SIGINT" => signal = Signal::Interrupt,
            "-s" => {}
            word if word.starts_with('-') => {
                return fail(hand, "kill", &format!("{word}: only -9, -15 and -2 are known"));
            }
            word => target = Some(word.to_owned()),
        }
    }
    let Some(target) = target else { return fail(hand, "kill", "usage: kill [-9] %N") };
    let pid = target.parse::<u32>().ok().and_then(|pid| pid.checked_sub(super::variables::PID_FIRST));
    if let Some(pid) = pid {
        let job = hand.session.jobs.iter().find(|(_, job)| job.last == pid && job.number.is_some());
        let Some((_, job)) = job else { return fail(hand, "kill", &format!("({target}) - No such process")) };
        let shown = format!("%{}", job.number.unwrap_or(0));
        let rest = args.iter().filter(|arg| **arg != target).cloned();
        let args: Vec<String> = rest.chain([shown]).collect();
        return kill(program, hand, &args);
    }
    let how = if signal == Signal::Kill { StopHow::Crash } else { StopHow::Clean };
    match super::machine::stop(hand, &target, how) {
        Ok(true) => return hand.exit(0),
        Ok(false) => {}
        Err(why) => return fail(hand, "kill", &why),
    }
    if !target.starts_with('%') {
        hand.note("jobs are named with a percent sign: `kill %1`; brokers are stopped with `broker stop ID`");
        return fail(hand, "kill", &format!("{target}: no such process"));
    }
    let id = match find(hand, Some(&target)) {
        Ok(id) => id,
        Err(why) => return fail(hand, "kill", &why),
    };
    if hand.terminal() != SCRIPT {
        hand.exit(0);
        return hand.session.signal_job(id, signal);
    }
    // In a script the line waits for the end of the job and takes over its output.
    hand.session.signal_job(id, signal);
    if hand.session.jobs.get(&id).is_none_or(|job| job.over) {
        hand.session.claim(id);
        hand.exit(0);
    } else {
        *program = Running::Joining(id, false);
    }
}

/// `kill %1 %2`
fn kill_all(program: &mut Running, hand: &mut Hand<'_>, args: &[String]) {
    let has = |names: &[&str]| args.iter().any(|arg| names.contains(&arg.as_str()));
    let signal = if has(&["-9", "-KILL", "-SIGKILL"]) {
        Signal::Kill
    } else if has(&["-2", "-INT", "-SIGINT"]) {
        Signal::Interrupt
    } else {
        Signal::Terminate
    };
    let mut ended = Vec::new();
    let mut code = 0;
    for target in args.iter().filter(|arg| !arg.starts_with('-')) {
        match find(hand, Some(target)) {
            Ok(id) => {
                hand.session.signal_job(id, signal);
                ended.push(id);
            }
            Err(why) => {
                hand.err(&format!("kill: {why}\n"));
                code = 1;
            }
        }
    }
    if hand.terminal() == SCRIPT && !ended.is_empty() {
        *program = Running::Builtin(super::builtins::Builtin::Wait(ended));
        hand.desk.alarm = Some(hand.session.sim.now());
    } else {
        hand.exit(code);
    }
}

fn variables(hand: &mut Hand<'_>, name: &str, args: &[String]) {
    let job = hand.desk.job;
    for arg in args {
        match arg.split_once('=') {
            _ if name == "unset" => {
                if let Some(own) = hand.session.own_variables(job, None) {
                    own.remove(arg);
                }
            }
            Some((name, value)) => hand.session.assign(job, None, name, value.to_owned()),
            None => {}
        }
    }
    hand.exit(0);
}

/// `env`, `printenv NAME`
fn environment(hand: &mut Hand<'_>, args: &[String]) {
    let job = hand.desk.job;
    let mut text = String::new();
    match args.first() {
        Some(name) => {
            let value = hand.session.variable(job, name);
            if value.is_empty() {
                return hand.exit(1);
            }
            text.push_str(&format!("{value}\n"));
        }
        None => {
            for name in ["HOME", "KAFKA_HOME", "PWD", "SHELL", "USER"] {
                text.push_str(&format!("{name}={}\n", hand.session.variable(job, name)));
            }
            for (name, value) in hand.session.variables(job) {
                if name != "!" {
                    text.push_str(&format!("{name}={}\n", value.replace(crate::language::BETWEEN, " ")));
                }
            }
        }
    }
    hand.out(&text);
    hand.exit(0);
}

fn which(hand: &mut Hand<'_>, args: &[String]) {
    let mut code = 0;
    for name in args {
        let name = crate::language::canonical(name);
        let what = if tools::Tool::names().contains(&name.as_str()) {
            format!("/opt/kafka/bin/{name}.sh")
        } else if lab::find(&name).is_some() {
            format!("{name}: verb of the laboratory")
        } else if programs::find(&name).is_some() {
            format!("/usr/bin/{name}")
        } else if registry::SHELL.iter().any(|(other, ..)| *other == name) {
            format!("{name}: shell builtin")
        } else {
            code = 1;
            continue;
        };
        hand.out(&format!("{what}\n"));
    }
    hand.exit(code);
}
