//! `zookeeper`: processes of the servers of the ensemble.

use super::{Lab, Reply, Verb, print_table};
use crate::node::{NodeId, StopHow};
use crate::simulation::{Act, ServerAct};

pub(super) const VERB: Verb = Verb {
    name: "zookeeper",
    summary: "list, stop, start, crash and freeze ZooKeeper servers",
    usage: "zookeeper list\nzookeeper stop|start|restart|crash|pause|resume N …",
    subverbs: &["list", "stop", "start", "restart", "crash", "pause", "resume"],
    examples: &["zookeeper list"],
    refused: "zookeeper stop 9",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let view = lab.view();
    if view.zookeepers.is_empty() {
        const WHY: &str =
            "this cluster has no ZooKeeper: its controllers keep the metadata themselves (KRaft)";
        if matches!(args, ["list"] | []) {
            lab.note(WHY);
            return Reply::DONE;
        }
        return VERB.refuse(lab, WHY);
    }
    let (verb, ids) = match args {
        ["list"] | [] => {
            let rows: Vec<Vec<String>> = view
                .zookeepers
                .iter()
                .map(|server| {
                    vec![
                        server.id.to_string(),
                        server.endpoint.clone(),
                        server.role.to_owned(),
                        server.since.to_string(),
                        server.epoch.to_string(),
                        format!("0x{:x}", server.zxid),
                        server.sessions.to_string(),
                    ]
                })
                .collect();
            let head = ["SERVER", "ENDPOINT", "ROLE", "SINCE", "EPOCH", "ZXID", "CONNECTIONS"];
            print_table(lab, &head, &rows);
            return Reply::DONE;
        }
        [verb, ids @ ..] => (*verb, ids),
    };
    let (act, what) = match verb {
        "stop" => (Some(ServerAct::Stop(StopHow::Clean)), "stopped"),
        "start" => (Some(ServerAct::Start), "starts"),
        "restart" => (None, "stopped, and starts again"),
        "crash" => (Some(ServerAct::Stop(StopHow::Crash)), "crashed"),
        "pause" => (Some(ServerAct::Pause), "is frozen"),
        "resume" => (Some(ServerAct::Resume), "goes on"),
        other => return VERB.misused(lab, &format!("`{other}` is unknown")),
    };
    if ids.is_empty() {
        return VERB.misused(lab, &format!("which server? `zookeeper {verb} 1`"));
    }
    for word in ids.iter().flat_map(|word| word.split(',')) {
        let Ok(id) = word.parse::<i32>() else {
            return VERB.misused(lab, &format!("`{word}` is no number of a server"));
        };
        if let Err(why) =
            lab.act(act.map_or(Act::Restart(NodeId::ZooKeeper(id)), |act| Act::ZooKeeper(id, act)))
        {
            return VERB.refuse(lab, &why);
        }
        let now = lab.now();
        lab.remark(format_args!("ZooKeeper server {id} {what} at {now}"));
    }
    Reply::DONE
}
