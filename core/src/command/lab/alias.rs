//! `alias`: names that a tutorial uses for servers.

use super::{Lab, Reply, Verb};
use crate::simulation::Act;

pub(super) const VERB: Verb = Verb {
    name: "alias",
    summary: "let a host name of a tutorial mean a server of this cluster",
    usage: "alias host NAME[:PORT] HOST:PORT",
    subverbs: &["host"],
    examples: &["alias host my-broker:19092 localhost:9092"],
    refused: "alias host my-broker nowhere:9092",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let ["host", name, target] = args else {
        return VERB.misused(lab, "`host`, a name and the server that it shall mean");
    };
    let known = target.rsplit_once(':').and_then(|(host, port)| {
        let server = lab.simulation().resolve(host, port.parse().ok()?)?;
        server.node
    });
    let Some(node) = known else { return VERB.refuse(lab, &format!("nobody listens at {target}")) };
    let (name, port) = match name.rsplit_once(':') {
        Some((name, port)) => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => return VERB.misused(lab, &format!("`{port}` is no port")),
        },
        None => (*name, None),
    };
    match lab.act(Act::Alias(name.to_owned(), port, node)) {
        Ok(_) => Reply::DONE,
        Err(why) => VERB.refuse(lab, &why),
    }
}
