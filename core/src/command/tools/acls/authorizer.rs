//! Lists of access in ZooKeeper, up to Kafka 3.9: the tool was an authorizer itself and wrote them into znodes, whether
//! a broker looked at them or not (Kafka: `AclAuthorizer`, `ZkAclStore`).

use super::entries::{Entries, Entry, Pattern, constant, listed};
use crate::client::{ClientCall, ClientEvent, ClientSpec, ZooKeeperConfig};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::kit::{Thrown, ZkServers};
use crate::json::{self, Reader};
use crate::node::{ClientId, Span};
use crate::protocol::{ZkOp, ZkOutcome, ZkValue};
use crate::sorted::SortedMap;
use crate::zookeeper::ZkNews;
use serde::Serialize;

const TIMEOUT_MS: i32 = 18_000;
/// How long the tool waits for a server.
const PATIENCE: Span = Span::secs(18);
/// Nobody nests deeper in a znode.
const DEPTH: u32 = 16;
/// Where entries stand and where changes are told, for names that are meant literally and for beginnings.
const FOLDERS: [(&str, &str, &str); 2] = [
    ("LITERAL", "/kafka-acl", "/kafka-acl-changes"),
    ("PREFIXED", "/kafka-acl-extended/prefixed", "/kafka-acl-extended-changes"),
];
/// Kinds of resources as znodes are called; the last one is there since 3.3.
const KINDS: [&str; 6] = ["Cluster", "DelegationToken", "Group", "Topic", "TransactionalId", "User"];

/// What has been reached.
pub enum Progress {
    /// Everything that stands there is known.
    Loaded,
    /// Everything that was changed is written.
    Written,
}

/// A session with ZooKeeper about lists of access.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Authorizer {
    pub(super) servers: ZkServers,
    client: ClientId,
    asked: u64,
    /// What is still to be asked, the next one last, with the folder or the resource it is about.
    todo: Vec<(ZkOp, Option<Pattern>)>,
    about: Option<Pattern>,
    loading: bool,
    lists: SortedMap<Pattern, Vec<Entry>>,
}

impl Authorizer {
    /// Calls the servers of a connect string.
    pub fn open(io: &mut dyn Io, connect: &str) -> Result<Authorizer, Thrown> {
        let (servers, resolved) =
            ZkServers::of(io, connect).map_err(|why| Thrown::new("java.lang.NumberFormatException", why))?;
        let config = ZooKeeperConfig { servers: resolved, place: servers.place, timeout_ms: TIMEOUT_MS };
        let client = io.open_client(ClientSpec::ZooKeeper(config));
        io.wake_after(PATIENCE);
        let mut authorizer = Authorizer {
            servers,
            client,
            asked: 0,
            todo: Vec::new(),
            about: None,
            loading: true,
            lists: SortedMap::new(),
        };
        authorizer.plan(io.release());
        Ok(authorizer)
    }

    /// The folders are made, where they are not there, and then read.
    fn plan(&mut self, release: Release) {
        let kinds = if release < Release::V3 { KINDS.split_at(5).0 } else { &KINDS[..] };
        let mut steps = Vec::new();
        for (meaning, folder, changes) in FOLDERS {
            for (at, _) in folder.match_indices('/').skip(1) {
                steps.push((self.create(folder.get(..at).unwrap_or_default(), None), None));
            }
            steps.push((self.create(folder, None), None));
            for kind in kinds {
                let path = format!("{folder}/{kind}");
                steps.push((self.create(&path, None), None));
                let about =
                    Pattern { kind: constant(kind), meaning: meaning.to_owned(), name: String::new() };
                steps.push((ZkOp::Children(self.path(&path), false), Some(about)));
            }
            steps.push((self.create(changes, None), None));
        }
        steps.reverse();
        self.todo = steps;
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.servers.chroot)
    }

    fn create(&self, path: &str, data: Option<String>) -> ZkOp {
        ZkOp::create(self.path(path), data)
    }

    /// What the client has to tell.
    pub fn news(&mut self, io: &mut dyn Io, event: ClientEvent) -> Option<Progress> {
        match event {
            ClientEvent::ZooKeeper(ZkNews::Connected(_)) if self.asked == 0 => self.go_on(io),
            ClientEvent::ZooKeeper(ZkNews::Lost(loss)) if self.asked == 0 => {
                self.servers.missed(io, loss);
                None
            }
            ClientEvent::ZooKeeper(ZkNews::Answered(number, outcomes)) if number == self.asked => {
                if let Some(outcome) = outcomes.into_iter().next() {
                    self.take(outcome);
                }
                self.go_on(io)
            }
            _ => None,
        }
    }

    /// Whether a server has answered the call.
    pub fn is_connected(&self) -> bool {
        self.asked > 0
    }

    /// Asks the next thing, or tells what has been reached.
    pub fn go_on(&mut self, io: &mut dyn Io) -> Option<Progress> {
        let Some((op, about)) = self.todo.pop() else {
            let was_loading = std::mem::replace(&mut self.loading, false);
            return Some(if was_loading { Progress::Loaded } else { Progress::Written });
        };
        self.about = about;
        self.asked += 1;
        io.call(self.client, ClientCall::ZooKeeper(self.asked, op));
        None
    }

    fn take(&mut self, outcome: ZkOutcome) {
        let Some(about) = self.about.take() else { return };
        match outcome {
            Ok(ZkValue::Names(names, _)) => {
                for name in names.into_iter().rev() {
                    let pattern = Pattern { name, ..about.clone() };
                    let op = ZkOp::Get(self.path(&znode(&pattern)), false);
                    self.todo.push((op, Some(pattern)));
                }
            }
            Ok(ZkValue::Data(data, _)) => {
                let entries = read(data.as_deref().unwrap_or_default());
                self.lists.insert(about, entries);
            }
            _ => {}
        }
    }

    /// Adds entries.
    pub fn add(&mut self, release: Release, named: Entries) {
        for (pattern, entries) in named {
            let old = self.lists.get(&pattern).cloned().unwrap_or_default();
            let mut new = old.clone();
            for entry in entries {
                if !new.contains(&entry) {
                    new.push(entry);
                }
            }
            if new != old {
                self.write(release, pattern, new);
            }
        }
    }

    /// Takes entries away: those that are named, or all of a resource.
    pub fn remove(&mut self, release: Release, named: Entries) {
        for (filter, entries) in named {
            let mut changed = Vec::new();
            for (pattern, old) in &self.lists {
                if !fits(pattern, &filter) {
                    continue;
                }
                let mut new = old.clone();
                new.retain(|entry| !entries.is_empty() && !entries.contains(entry));
                if new != *old {
                    changed.push((pattern.clone(), new));
                }
            }
            for (pattern, new) in changed {
                self.write(release, pattern, new);
            }
        }
    }

    /// Plans a list and the notification of its change.
    fn write(&mut self, release: Release, pattern: Pattern, entries: Vec<Entry>) {
        let path = znode(&pattern);
        let data = Some(written(&entries, release));
        let op = match (self.lists.contains_key(&pattern), entries.is_empty()) {
            (true, true) => ZkOp::Delete(self.path(&path), -1),
            (true, false) => ZkOp::Set(self.path(&path), data, -1),
            (false, _) => self.create(&path, data),
        };
        self.todo.insert(0, (op, None));
        let changes = folders(&pattern.meaning).2;
        let told = if pattern.meaning == "LITERAL" {
            format!("{}:{}", pattern.kind, pattern.name)
        } else {
            let mut text = format!("{{\"version\":1,\"resourceType\":\"{}\",\"name\":", pattern.kind);
            json::quote(&mut text, &pattern.name);
            text.push_str(&format!(",\"patternType\":\"{}\"}}", pattern.meaning));
            text
        };
        let path = self.path(&format!("{changes}/acl_changes_"));
        let op = ZkOp::Create { path, data: Some(told), ephemeral: false, sequential: true, acl: Vec::new() };
        self.todo.insert(0, (op, None));
        if entries.is_empty() {
            self.lists.remove(&pattern);
        } else {
            self.lists.insert(pattern, entries);
        }
    }

    /// Prints the lists of the resources that fit a filter, of all without one.
    pub fn show(&self, io: &mut dyn Io, filters: &[Pattern], principal: Option<&String>) {
        for (pattern, entries) in &self.lists {
            if !filters.is_empty() && !filters.iter().any(|filter| fits(pattern, filter)) {
                continue;
            }
            let mut entries = entries.clone();
            entries.retain(|entry| principal.is_none_or(|principal| entry.principal == *principal));
            if !entries.is_empty() {
                io.print(format_args!("Current ACLs for resource `{pattern}`: \n {} \n\n", listed(&entries)));
            }
        }
    }

    /// Leaves.
    pub fn close(&self, io: &mut dyn Io) {
        io.drop_client(self.client);
    }
}

fn folders(meaning: &str) -> (&'static str, &'static str, &'static str) {
    let [literal, prefixed] = FOLDERS;
    if meaning == "LITERAL" { literal } else { prefixed }
}

/// `TRANSACTIONAL_ID` as znodes have it.
fn camel(constant: &str) -> String {
    let mut out = String::new();
    for word in constant.split('_') {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        out.push_str(first);
        out.push_str(&rest.to_ascii_lowercase());
    }
    out
}

fn znode(pattern: &Pattern) -> String {
    format!("{}/{}/{}", folders(&pattern.meaning).1, camel(&pattern.kind), pattern.name)
}

/// Whether a resource is one of those that a filter means.
fn fits(pattern: &Pattern, filter: &Pattern) -> bool {
    if pattern.kind != filter.kind {
        return false;
    }
    match filter.meaning.as_str() {
        "ANY" => pattern.name == filter.name,
        "MATCH" if pattern.meaning == "PREFIXED" => filter.name.starts_with(&pattern.name),
        "MATCH" => pattern.name == filter.name || pattern.name == "*",
        meaning => pattern.meaning == meaning && pattern.name == filter.name,
    }
}

/// A list as its znode has it.
fn written(entries: &[Entry], release: Release) -> String {
    let is_2_8 = release < Release::V3;
    let mut out = String::from(if is_2_8 { "{\"version\":1,\"acls\":" } else { "{\"acls\":" });
    json::list(&mut out, entries, |out, entry| {
        out.push_str("{\"principal\":");
        json::quote(out, &entry.principal);
        out.push_str(&format!(",\"permissionType\":\"{}\"", camel(&entry.permission)));
        let operation = format!(",\"operation\":\"{}\"", camel(&entry.operation));
        if is_2_8 {
            out.push_str(&operation);
        }
        out.push_str(",\"host\":");
        json::quote(out, &entry.host);
        if !is_2_8 {
            out.push_str(&operation);
        }
        out.push('}');
    });
    out.push_str(if is_2_8 { "}" } else { ",\"version\":1}" });
    out
}

/// The list that a znode has.
fn read(data: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let outcome = Reader::new(data).object(&mut |reader, field| {
        if field != "acls" {
            return reader.skip(DEPTH);
        }
        reader.list(&mut |reader| {
            let mut entry = Entry {
                principal: String::new(),
                host: String::new(),
                operation: String::new(),
                permission: String::new(),
            };
            reader.object(&mut |reader, field| {
                match field {
                    "principal" => entry.principal = reader.text()?,
                    "host" => entry.host = reader.text()?,
                    "operation" => entry.operation = constant(&reader.text()?),
                    "permissionType" => entry.permission = constant(&reader.text()?),
                    _ => reader.skip(DEPTH)?,
                }
                Ok(())
            })?;
            entries.push(entry);
            Ok(())
        })
    });
    if outcome.is_err() { Vec::new() } else { entries }
}
