//! The processes of a real cluster: brokers 101 …, controllers or ZooKeeper servers 1 ….

use super::java::Kafka;
use kafkascope_core::session::Header;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const CLUSTER_ID: &str = "4L6g3nShT-eMCtK--X86sw";

/// A running cluster; it ends with the value.
pub struct Cluster {
    /// Where everything is kept: data by node, and the folder in which lines are run.
    pub folder: PathBuf,
    java: Vec<String>,
    zookeeper: bool,
    nodes: Mutex<BTreeMap<i32, Child>>,
}

/// The port of a node.
fn port(id: i32, zookeeper: bool) -> i32 {
    match id {
        101.. => 9092 + id - 101,
        _ if zookeeper => 2180 + id,
        _ => 9191 + id,
    }
}

impl Cluster {
    /// Starts what a script's header asks for, and waits until it listens.
    pub fn start(kafka: &Kafka, script: &str, folder: &Path) -> Result<Cluster, String> {
        let header = Header::of(script)?;
        let brokers = header.brokers.unwrap_or_else(|| vec![101, 102, 103]);
        let nodes: Vec<i32> = (1..).take(header.nodes.unwrap_or(1) as usize).collect();
        fs::create_dir_all(folder.join("work")).map_err(|error| error.to_string())?;
        let zookeeper = kafka.has_zookeeper();
        let java = ["-Xmx512m", "-XX:+UseSerialGC"]
            .map(str::to_owned)
            .into_iter()
            .chain([kafka.logging(folder, "INFO")?, "-cp".into(), kafka.class_path()])
            .collect();
        let cluster =
            Cluster { folder: folder.to_owned(), java, zookeeper, nodes: Mutex::new(BTreeMap::new()) };
        for id in nodes.iter().chain(&brokers) {
            let file = cluster.settings(*id, &brokers, &nodes, &header.properties);
            fs::create_dir_all(cluster.data(*id)).map_err(|error| error.to_string())?;
            fs::write(cluster.folder.join(format!("{id}.properties")), file)
                .map_err(|error| error.to_string())?;
            if zookeeper && *id < 101 {
                fs::write(cluster.data(*id).join("myid"), id.to_string())
                    .map_err(|error| error.to_string())?;
            }
            if !zookeeper {
                cluster.format(*id)?;
            }
        }
        for id in &nodes {
            cluster.launch(*id)?;
        }
        for id in &nodes {
            cluster.listens(*id)?;
        }
        for id in &brokers {
            cluster.launch(*id)?;
            // Broker 101 first: it is always the first controller of a cluster with ZooKeeper.
            if zookeeper {
                cluster.listens(*id)?;
            }
        }
        for id in &brokers {
            cluster.listens(*id)?;
        }
        std::thread::sleep(Duration::from_secs(3));
        Ok(cluster)
    }

    /// Where a node keeps its data.
    pub fn data(&self, id: i32) -> PathBuf {
        self.folder.join("data").join(id.to_string())
    }

    fn settings(&self, id: i32, brokers: &[i32], nodes: &[i32], more: &[(String, String)]) -> String {
        let data = self.data(id);
        let listener = port(id, self.zookeeper);
        let mut lines = Vec::new();
        let list = |of: &dyn Fn(&i32) -> String| nodes.iter().map(of).collect::<Vec<_>>().join(",");
        if self.zookeeper && id < 101 {
            lines.push(format!(
                "dataDir={}\nclientPort={listener}\ntickTime=2000\ninitLimit=5",
                data.display()
            ));
            lines.push("syncLimit=5\nadmin.enableServer=false\n4lw.commands.whitelist=*".into());
            if nodes.len() > 1 {
                lines.extend(nodes.iter().map(|n| format!("server.{n}=127.0.0.1:{}:{}", 2887 + n, 3887 + n)));
            }
            return lines.join("\n") + "\n";
        }
        lines.push(format!("log.dirs={}", data.display()));
        if self.zookeeper {
            lines.push(format!("broker.id={id}\nlisteners=PLAINTEXT://127.0.0.1:{listener}"));
            lines.push(format!("zookeeper.connect={}", list(&|n| format!("127.0.0.1:{}", port(*n, true)))));
        } else {
            let voters = list(&|n| format!("{n}@127.0.0.1:{}", port(*n, false)));
            let (role, name) = if id < 101 { ("controller", "CONTROLLER") } else { ("broker", "PLAINTEXT") };
            lines
                .push(format!("node.id={id}\nprocess.roles={role}\nlisteners={name}://127.0.0.1:{listener}"));
            lines.push(format!("controller.quorum.voters={voters}\ncontroller.listener.names=CONTROLLER"));
            lines.push("listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT".into());
        }
        lines.push("offsets.topic.num.partitions=50\ntransaction.state.log.num.partitions=10".into());
        if brokers.len() < 3 {
            let n = brokers.len();
            lines.push(format!("offsets.topic.replication.factor={n}\ntransaction.state.log.min.isr=1"));
            lines.push(format!("transaction.state.log.replication.factor={n}"));
            lines.push(format!("share.coordinator.state.topic.replication.factor={n}"));
            lines.push("share.coordinator.state.topic.min.isr=1".into());
        }
        lines.extend(more.iter().map(|(name, value)| format!("{name}={value}")));
        lines.join("\n") + "\n"
    }

    fn file(&self, id: i32) -> PathBuf {
        self.folder.join(format!("{id}.properties"))
    }

    fn format(&self, id: i32) -> Result<(), String> {
        let output = Command::new("java")
            .args(&self.java)
            .args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"])
            .arg(self.file(id))
            .output()
            .map_err(|error| format!("java: {error}"))?;
        match output.status.success() {
            true => Ok(()),
            false => {
                Err(format!("node {id} cannot be formatted: {}", String::from_utf8_lossy(&output.stderr)))
            }
        }
    }

    fn launch(&self, id: i32) -> Result<(), String> {
        let class = match self.zookeeper && id < 101 {
            true => "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            false => "kafka.Kafka",
        };
        let log = File::options().create(true).append(true).open(self.folder.join(format!("{id}.log")));
        let log = log.map_err(|error| error.to_string())?;
        let both = log.try_clone().map_err(|error| error.to_string())?;
        let child = Command::new("java")
            .args(&self.java)
            .arg(class)
            .arg(self.file(id))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(both)
            .spawn()
            .map_err(|error| format!("java: {error}"))?;
        self.nodes.lock().map_err(|error| error.to_string())?.insert(id, child);
        Ok(())
    }

    fn listens(&self, id: i32) -> Result<(), String> {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(60) {
            if TcpStream::connect(format!("127.0.0.1:{}", port(id, self.zookeeper))).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        let log = fs::read_to_string(self.folder.join(format!("{id}.log"))).unwrap_or_default();
        let end: Vec<&str> = log.lines().rev().take(20).collect();
        Err(format!("node {id} does not listen:\n{}", end.into_iter().rev().collect::<Vec<_>>().join("\n")))
    }

    /// `broker crash 102` and the like: what the laboratory's verbs do, done to real processes.
    pub fn act(&self, what: &str, id: i32) -> Result<(), String> {
        if what == "start" {
            return self.launch(id);
        }
        let mut nodes = self.nodes.lock().map_err(|error| error.to_string())?;
        let child = nodes.get_mut(&id).ok_or_else(|| format!("there is no node {id}"))?;
        let signal = match what {
            "crash" => "-KILL",
            "stop" => "-TERM",
            "pause" => "-STOP",
            "resume" => "-CONT",
            _ => return Err(format!("nodes are not told to {what}")),
        };
        send(signal, i64::from(child.id()));
        if matches!(what, "crash" | "stop") {
            child.wait().map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Sends a signal to a process, or to a group of processes if the id is negative.
pub fn send(signal: &str, process: i64) {
    let _ = Command::new("kill").args([signal, "--", &process.to_string()]).status();
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(mut nodes) = self.nodes.lock() {
            for child in nodes.values_mut() {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}
