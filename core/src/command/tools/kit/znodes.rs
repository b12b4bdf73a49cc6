//! What tools with `--zookeeper` did up to 3.9: they read znodes and wrote them themselves, whether brokers ran or not.

use super::{Thrown, ZkServers};
use crate::client::{ClientCall, ClientEvent, ClientSpec, ZooKeeperConfig};
use crate::command::process::Io;
use crate::node::{ClientId, Span};
use crate::protocol::{ZkOp, ZkValue};
use crate::sorted::SortedMap;
use crate::zookeeper::ZkNews;
use serde::Serialize;

/// How long the tools wait for a server, in milliseconds and as a span.
const TIMEOUT_MS: i32 = 30_000;
const PATIENCE: Span = Span::secs(30);

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ZkRead {
    /// The data of a znode.
    Data(String),
    /// The names of its children.
    Names(String),
    /// It and everything below it.
    Below(String),
}

/// A session with ZooKeeper and what has been read there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Znodes {
    servers: ZkServers,
    client: ClientId,
    asked: u64,
    /// What is still to be read and then to be written, the next one last.
    reads: Vec<ZkRead>,
    writes: Vec<ZkOp>,
    /// What was asked for last.
    reading: Option<ZkRead>,
    data: SortedMap<String, String>,
    names: SortedMap<String, Vec<String>>,
    /// The transactions that made them.
    made: SortedMap<String, i64>,
}

impl Znodes {
    /// Calls the servers of a connect string, to read this first.
    pub fn open(io: &mut dyn Io, connect: &str, reads: Vec<ZkRead>) -> Result<Znodes, Thrown> {
        let (servers, resolved) =
            ZkServers::of(io, connect).map_err(|why| Thrown::new("java.lang.NumberFormatException", why))?;
        let config = ZooKeeperConfig { servers: resolved, place: servers.place, timeout_ms: TIMEOUT_MS };
        let client = io.open_client(ClientSpec::ZooKeeper(config));
        io.wake_after(PATIENCE);
        Ok(Znodes {
            servers,
            client,
            asked: 0,
            reads,
            writes: Vec::new(),
            reading: None,
            data: SortedMap::new(),
            names: SortedMap::new(),
            made: SortedMap::new(),
        })
    }

    /// What is written once a server has answered.
    pub fn write_first(&mut self, mut writes: Vec<ZkOp>) {
        writes.reverse();
        self.writes = writes;
    }

    /// Whether a server has answered the call.
    pub fn is_connected(&self) -> bool {
        self.asked > 0
    }

    /// Nobody opened in time.
    pub fn too_late(&self, io: &mut dyn Io) -> Thrown {
        io.drop_client(self.client);
        self.servers.clone().too_late(io)
    }

    /// What the client has to tell; whether everything is read and written now.
    pub fn news(&mut self, io: &mut dyn Io, event: ClientEvent) -> bool {
        let ClientEvent::ZooKeeper(news) = event else { return false };
        match news {
            ZkNews::Connected(_) if self.asked == 0 => self.go_on(io),
            ZkNews::Lost(loss) if self.asked == 0 => {
                self.servers.missed(io, loss);
                false
            }
            ZkNews::Answered(number, outcomes) if number == self.asked => {
                if let (Some(read), Some(Ok(value))) = (self.reading.take(), outcomes.into_iter().next()) {
                    self.take(read, value);
                }
                self.go_on(io)
            }
            _ => false,
        }
    }

    fn take(&mut self, read: ZkRead, value: ZkValue) {
        match (read, value) {
            (ZkRead::Data(path), ZkValue::Data(data, _)) => {
                self.data.insert(path, data.unwrap_or_default());
            }
            (ZkRead::Names(path), ZkValue::Names(names, _)) => {
                self.names.insert(path, names);
            }
            (ZkRead::Below(path), ZkValue::Names(names, stat)) => {
                self.made.insert(path.clone(), stat.zxids.first().copied().unwrap_or(0));
                for name in names.iter().rev() {
                    self.reads.push(ZkRead::Below(format!("{path}/{name}")));
                }
                self.reads.push(ZkRead::Data(path.clone()));
                self.names.insert(path, names);
            }
            _ => {}
        }
    }

    /// Reads more, or writes: nothing is left to do if it says so.
    pub fn ask(&mut self, io: &mut dyn Io, reads: Vec<ZkRead>, mut writes: Vec<ZkOp>) -> bool {
        self.reads = reads;
        writes.reverse();
        self.writes = writes;
        self.go_on(io)
    }

    fn go_on(&mut self, io: &mut dyn Io) -> bool {
        self.reading = self.reads.pop();
        let op = match &self.reading {
            Some(ZkRead::Data(path)) => ZkOp::Get(self.path(path), false),
            Some(ZkRead::Names(path) | ZkRead::Below(path)) => ZkOp::Children(self.path(path), false),
            None => match self.writes.pop() {
                Some(op) => self.placed(op),
                None => return true,
            },
        };
        self.asked += 1;
        io.call(self.client, ClientCall::ZooKeeper(self.asked, op));
        false
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.servers.chroot)
    }

    /// What is to be written, below the path of the connect string.
    fn placed(&self, mut op: ZkOp) -> ZkOp {
        if let ZkOp::Create { path, .. } | ZkOp::Delete(path, _) | ZkOp::Set(path, ..) = &mut op {
            *path = self.path(path);
        }
        op
    }

    /// The data of a znode, if it was there to be read.
    pub fn data(&self, path: &str) -> Option<&str> {
        self.data.get(path).map(String::as_str)
    }

    /// The children of a znode.
    pub fn names(&self, path: &str) -> &[String] {
        self.names.get(path).map_or(&[], Vec::as_slice)
    }

    /// The children of a znode in the order in which a server has them: that of a Java set that began with eight places,
    /// into which they were put as they were made.
    pub fn in_order(&self, path: &str) -> Vec<String> {
        let mut names = self.names(path).to_vec();
        crate::sorted::sort_by_cached_key(&mut names, |name| {
            self.made.get(&format!("{path}/{name}")).copied().unwrap_or(0)
        });
        let mut buckets = 8_u32;
        while u32::try_from(names.len()).is_ok_and(|count| count > buckets / 4 * 3) && buckets < 1 << 20 {
            buckets *= 2;
        }
        crate::java::hash_order_in(buckets, names)
    }

    /// Leaves.
    pub fn close(&self, io: &mut dyn Io) {
        io.drop_client(self.client);
    }
}

/// A znode that stays, with all that stand above it below the third name.
pub fn create(ops: &mut Vec<ZkOp>, path: String, data: Option<String>) {
    for (at, _) in path.match_indices('/').skip(3) {
        ops.push(ZkOp::create(path.get(..at).unwrap_or_default(), None));
    }
    ops.push(ZkOp::create(path, data));
}

/// Settings of somebody, `topics/t`, are written, and a notification of it.
pub fn write_settings(
    ops: &mut Vec<ZkOp>,
    whose: &str,
    is_there: bool,
    settings: &SortedMap<String, String>,
) {
    use crate::controller::zookeeper::payload;
    let path = format!("/config/{whose}");
    let data = Some(payload::settings(settings));
    if is_there {
        ops.push(ZkOp::Set(path, data, -1));
    } else {
        create(ops, path, data);
    }
    notify(ops, whose);
}

/// Leaves a notification that somebody's settings changed.
pub fn notify(ops: &mut Vec<ZkOp>, whose: &str) {
    ops.push(ZkOp::Create {
        path: "/config/changes/config_change_".to_owned(),
        data: Some(crate::controller::zookeeper::payload::change(whose)),
        ephemeral: false,
        sequential: true,
        acl: Vec::new(),
    });
}
