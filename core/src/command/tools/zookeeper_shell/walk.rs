//! Commands that go through everything below a path: `ls -R`, `setAcl -R` and `deleteall`.

use super::tables::{Command, wrong_path};
use super::{ZooKeeperShell, show};
use crate::command::process::Io;
use crate::protocol::{ZkAcl, ZkError, ZkOp, ZkOutcome, ZkValue};

/// How many deletions go together, unless the user says otherwise.
const BATCH: usize = 1_000;

fn below(path: &str, name: &str) -> String {
    format!("{}/{name}", if path == "/" { "" } else { path })
}

impl ZooKeeperShell {
    /// Begins to walk.
    pub(super) fn walk(&mut self, io: &mut dyn Io, command: Command, path: &str, acl: Vec<ZkAcl>) {
        let deletes = matches!(command.name.as_str(), "deleteall" | "rmr");
        if deletes
            && command.has('b')
            && command.value.as_deref().is_none_or(|size| size.parse::<i32>().is_err())
        {
            return self.misused(io, "-b argument must be an int value");
        }
        if command.name == "rmr" {
            io.err("The command 'rmr' has been deprecated. Please use 'deleteall' instead.\n");
        }
        self.found.clear();
        self.plan.clear();
        if deletes {
            self.found.push(path.to_owned());
        } else {
            self.plan.push_back(ZkOp::Get(path.to_owned(), command.has('w')));
        }
        self.plan.push_back(ZkOp::Children(path.to_owned(), command.has('w')));
        self.acl = acl;
        self.go_on(io, command);
    }

    /// A znode was come upon: `ls` tells it at once, `setAcl` has something to ask.
    fn visit(&self, io: &mut dyn Io, command: &Command, path: &str) -> Option<ZkOp> {
        if command.name == "ls" {
            io.print(format_args!("{}\n", self.unrooted(path)));
            return None;
        }
        if self.acl.is_empty() && !self.is_old {
            // The newer client does not even ask.
            io.out("KeeperErrorCode = InvalidACL");
            return None;
        }
        let version = command.value.as_deref().and_then(|version| version.parse().ok()).unwrap_or(-1);
        Some(ZkOp::SetAcl(path.to_owned(), self.acl.clone(), version))
    }

    /// Asks for the next thing of the plan.
    pub(super) fn go_on(&mut self, io: &mut dyn Io, command: Command) {
        match self.plan.pop_front() {
            Some(op) => {
                self.running = Some(command);
                self.doing = Some(op.clone());
                self.ask(io, op);
            }
            None if !self.found.is_empty() => {
                self.plan_deletions(&command);
                self.go_on(io, command);
            }
            None => self.done(io, 0),
        }
    }

    /// Everything is found: the deepest goes first. The newer shell lets them go together.
    fn plan_deletions(&mut self, command: &Command) {
        let given = command.value.as_deref().and_then(|size| size.parse::<i64>().ok());
        let batch = given.map_or(BATCH, |size| usize::try_from(size).unwrap_or(0));
        let mut ops: Vec<ZkOp> =
            std::mem::take(&mut self.found).into_iter().map(|path| ZkOp::Delete(path, -1)).collect();
        ops.reverse();
        if self.is_old || batch == 0 {
            self.plan.extend(ops);
        } else {
            self.plan.extend(ops.chunks(batch).map(|chunk| ZkOp::Multi(chunk.to_vec())));
        }
    }

    /// An answer on the way.
    pub(super) fn walked(&mut self, io: &mut dyn Io, command: Command, op: ZkOp, outcome: ZkOutcome) {
        match (op, outcome) {
            (ZkOp::Get(path, _), Ok(_)) => {
                if let Some(op) = self.visit(io, &command, &path) {
                    self.plan.push_front(op);
                }
            }
            (ZkOp::SetAcl(path, ..), Err(error)) => {
                io.print(format_args!("{}", show::message(error, self.unrooted(&path))));
            }
            (ZkOp::Children(path, watch), Ok(ZkValue::Names(names, _))) => {
                let deletes = !self.found.is_empty();
                let names = if deletes { show::as_kept(names) } else { names };
                if let Some(name) = names.first().filter(|_| deletes && self.is_old && path == "/") {
                    // The older one puts it together wrongly.
                    let why = wrong_path(&format!("//{name}")).unwrap_or_default();
                    self.found.clear();
                    return self.misused(io, &why);
                }
                let children: Vec<String> = names.iter().map(|name| below(&path, name)).collect();
                self.found_children(io, &command, &children, watch);
            }
            // It was there a moment ago.
            (ZkOp::Children(..), Err(ZkError::NoNode)) if self.found.is_empty() => {}
            (ZkOp::Multi(_), Err(_)) => {
                self.plan.clear();
                io.err("Failed to delete some node(s) in the subtree!\n");
            }
            (ZkOp::Get(path, _) | ZkOp::Children(path, _) | ZkOp::Delete(path, _), Err(error)) => {
                let path = self.unrooted(&path).to_owned();
                self.found.clear();
                return self.failed(io, error, &path);
            }
            _ => {}
        }
        self.go_on(io, command);
    }

    fn found_children(&mut self, io: &mut dyn Io, command: &Command, children: &[String], watch: bool) {
        let visits = children.iter().map(|child| ZkOp::Children(child.clone(), watch));
        if !self.found.is_empty() {
            self.plan.extend(visits);
            self.found.extend(children.iter().cloned());
            return;
        }
        let mut next: Vec<ZkOp> =
            children.iter().filter_map(|child| self.visit(io, command, child)).collect();
        next.extend(visits);
        for op in next.into_iter().rev() {
            self.plan.push_front(op);
        }
    }
}
