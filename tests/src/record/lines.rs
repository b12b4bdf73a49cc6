//! The lines of a script, run one after the other beside a real cluster.

use super::cluster::{Cluster, send};
use super::java::Kafka;
use crate::recording::Recorded;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a line may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// A line that runs in the background.
struct Job {
    number: usize,
    child: Child,
}

/// Runs a script's lines.
pub fn run(kafka: &Kafka, cluster: &Cluster, script: &str) -> Result<Vec<Recorded>, String> {
    programs(kafka, &cluster.folder)?;
    let mut jobs: Vec<Job> = Vec::new();
    let mut results = Vec::new();
    let mut lines =
        script.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).peekable();
    while let Some(line) = lines.next() {
        let mut stdin = Vec::new();
        while let Some(typed) = lines.next_if(|next| next.starts_with('<')) {
            stdin.push(typed.strip_prefix("< ").unwrap_or(&typed[1..]).to_owned());
        }
        results.push(one(cluster, line, stdin, &mut jobs)?);
    }
    for mut job in jobs {
        send("-KILL", -i64::from(job.child.id()));
        let _ = job.child.wait();
    }
    Ok(results)
}

fn one(cluster: &Cluster, line: &str, stdin: Vec<String>, jobs: &mut Vec<Job>) -> Result<Recorded, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut result = Recorded { line: line.to_owned(), stdin, ..Recorded::default() };
    match words.as_slice() {
        ["wait", span] => {
            let seconds = span.trim_end_matches('s').parse().map_err(|_| format!("{line}: how long?"))?;
            std::thread::sleep(Duration::from_secs(seconds));
        }
        ["broker" | "controller" | "zookeeper", what, id] => {
            cluster.act(what, id.parse().map_err(|_| format!("{line}: which?"))?)?;
        }
        ["kill", "%1" | "%2" | "%3" | "%4"] => end(cluster, &mut result, jobs, "-TERM", words[1])?,
        ["kill", signal, job] if job.starts_with('%') => end(cluster, &mut result, jobs, signal, job)?,
        ["fg", job] => end(cluster, &mut result, jobs, "", job)?,
        [.., "&"] => {
            let number = jobs.last().map_or(1, |job| job.number + 1);
            let mut child = spawn(cluster, line.trim_end_matches('&'), &format!("job-{number}"))?;
            let mut input = child.stdin.take().ok_or("a job has no input")?;
            for typed in &result.stdin {
                let _ = writeln!(input, "{typed}");
            }
            child.stdin = Some(input);
            jobs.push(Job { number, child });
        }
        _ => {
            let mut child = spawn(cluster, line, "line")?;
            if let Some(mut input) = child.stdin.take() {
                for typed in &result.stdin {
                    let _ = writeln!(input, "{typed}");
                }
            }
            result.exit_code = code(wait(&mut child)?);
            read(cluster, "line", &mut result);
        }
    }
    Ok(result)
}

fn end(
    cluster: &Cluster,
    result: &mut Recorded,
    jobs: &mut Vec<Job>,
    signal: &str,
    job: &str,
) -> Result<(), String> {
    let number: usize = job.trim_start_matches('%').parse().map_err(|_| format!("{job} is no job"))?;
    let at =
        jobs.iter().position(|job| job.number == number).ok_or_else(|| format!("there is no job {job}"))?;
    let mut job = jobs.remove(at);
    if signal.is_empty() {
        drop(job.child.stdin.take());
    } else {
        send(signal, -i64::from(job.child.id()));
    }
    result.job_exit_code = Some(code(wait(&mut job.child)?));
    read(cluster, &format!("job-{number}"), result);
    Ok(())
}

fn spawn(cluster: &Cluster, line: &str, name: &str) -> Result<Child, String> {
    let data = cluster.folder.join("data");
    let line = line.replace("DATA_DIR", &data.display().to_string());
    let open = |ending: &str| File::create(cluster.folder.join(format!("{name}.{ending}")));
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("bash")
        .args(["-c", &line])
        .current_dir(cluster.folder.join("work"))
        .env("PATH", format!("{}:{path}", cluster.folder.join("bin").display()))
        .stdin(Stdio::piped())
        .stdout(open("out").map_err(|error| error.to_string())?)
        .stderr(open("err").map_err(|error| error.to_string())?)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("bash: {error}"))
}

fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        if begin.elapsed() > PATIENCE {
            send("-KILL", -i64::from(child.id()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

/// What a line printed, without the folders of this machine.
fn read(cluster: &Cluster, name: &str, result: &mut Recorded) {
    let text = |ending: &str| {
        let bytes = fs::read(cluster.folder.join(format!("{name}.{ending}"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes)
            .replace(&cluster.folder.join("data").display().to_string(), "DATA_DIR")
            .replace(&cluster.folder.join("work").display().to_string(), "TMP_DIR")
            .replace(&cluster.folder.display().to_string(), "TMP_DIR")
    };
    result.stdout = text("out");
    result.stderr = text("err");
}

/// One small program for each tool.
fn programs(kafka: &Kafka, folder: &Path) -> Result<(), String> {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).map_err(|error| error.to_string())?;
    let logging = kafka.logging(folder, "WARN")?;
    for (tool, class) in kafka.tools() {
        let text = format!(
            "#!/bin/sh\nexec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 '{logging}' -cp '{}' {class} \"$@\"\n",
            kafka.class_path()
        );
        let file = bin.join(tool);
        fs::write(&file, text).map_err(|error| error.to_string())?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
    }
    Ok(())
}
