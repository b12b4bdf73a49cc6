//! The header of a script: `# cluster: brokers=3 nodes=1 props="a=b c=d"` says on what kind of cluster it runs.
//!
//! It is a comment, so a script with a header is still a list of lines as typed. It counts only above the first
//! command, because a cluster cannot change its kind while it runs.

use super::api::ClusterConfig;
use crate::node::BrokerId;

/// What a script asks of its cluster; what it leaves out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Broker ids: `brokers=3` are 101, 102 and 103; `brokers=7,8` are those two.
    pub brokers: Option<Vec<BrokerId>>,
    /// Number of controllers or of ZooKeeper servers.
    pub nodes: Option<u32>,
    /// Broker properties; racks are one of them.
    pub properties: Vec<(String, String)>,
    /// The seed of chance.
    pub seed: Option<u64>,
    /// `kraft` or `zookeeper`.
    pub mode: Option<String>,
    /// The Kafka that is spoken.
    pub version: Option<String>,
}

impl Header {
    /// The header of a script; an empty one if it has none. The error is a sentence.
    pub fn of(script: &str) -> Result<Header, String> {
        let comments =
            script.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
        let mut found =
            comments.filter_map(|line| line.trim_start_matches('#').trim().strip_prefix("cluster:"));
        match found.next() {
            Some(text) => Header::parse(text),
            None => Ok(Header::default()),
        }
    }

    /// Puts what the header says into a configuration.
    pub fn apply(self, config: &mut ClusterConfig) {
        if let Some(brokers) = self.brokers {
            config.brokers = brokers;
        }
        if let Some(nodes) = self.nodes {
            config.controllers = nodes;
        }
        if let Some(seed) = self.seed {
            config.seed = seed;
        }
        config.properties.extend(self.properties);
        // Both were checked when the header was read.
        if let Some(version) = self.version {
            let _ = config.set_version(&version);
        }
        if let Some(mode) = self.mode {
            let _ = config.set_mode(&mode);
        }
    }

    fn parse(text: &str) -> Result<Header, String> {
        let mut header = Header::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, after) = rest
                .split_once('=')
                .ok_or_else(|| format!("The header's '{rest}' has no value: name=value."))?;
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted
                    .split_once('"')
                    .ok_or_else(|| format!("The header's {name} has no closing quote."))?,
                None => after.split_once(' ').unwrap_or((after, "")),
            };
            header.set(name, value)?;
            rest = after.trim_start();
        }
        Ok(header)
    }

    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let bad = || format!("The header's {name}={value} is not understood.");
        match name {
            "brokers" => self.brokers = Some(broker_ids(value).ok_or_else(bad)?),
            "nodes" => self.nodes = Some(value.parse().map_err(|_| bad())?),
            "seed" => self.seed = Some(value.parse().map_err(|_| bad())?),
            // Broker by broker: `racks=a,b,c`.
            "racks" => self.properties.push(("broker.rack".to_owned(), value.to_owned())),
            "mode" => {
                ClusterConfig::default().set_mode(value)?;
                self.mode = Some(value.to_owned());
            }
            "version" => {
                ClusterConfig::default().set_version(value)?;
                self.version = Some(value.to_owned());
            }
            "props" => {
                for pair in value.split_whitespace() {
                    let (key, value) = pair.split_once('=').ok_or_else(bad)?;
                    self.properties.push((key.to_owned(), value.to_owned()));
                }
            }
            _ => {
                return Err(format!(
                    "The header has no '{name}': brokers, racks, nodes, mode, version, props and seed are known."
                ));
            }
        }
        Ok(())
    }
}

/// `3` counts brokers from 101 (at most 200); `7,8` names them.
fn broker_ids(value: &str) -> Option<Vec<BrokerId>> {
    if value.contains(',') {
        let mut ids = Vec::new();
        for id in value.split(',') {
            ids.push(id.trim().parse().ok()?);
        }
        return Some(ids);
    }
    let count: i32 = value.parse().ok().filter(|count| (1..=200).contains(count))?;
    Some((101..=100 + count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_follow_other_comments() {
        let script = "# What happens.\n# cluster: brokers=2 nodes=3 props=\"a=b c=d=e\" seed=7\nwait 1s\n";
        let header = Header::of(script).unwrap();
        assert_eq!(header.brokers, Some(vec![101, 102]));
        assert_eq!((header.nodes, header.seed), (Some(3), Some(7)));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(header.properties, [pair("a", "b"), pair("c", "d=e")]);
    }

    #[test]
    fn below_a_command_it_is_a_comment() {
        assert_eq!(Header::of("wait 1s\n# cluster: brokers=2\n"), Ok(Header::default()));
        assert_eq!(Header::of(""), Ok(Header::default()));
    }

    #[test]
    fn mistakes_are_told() {
        for bad in
            ["brokers=0", "brokers=many", "brokers", "props=\"a=b", "props=\"a\"", "colour=red", "nodes=-1"]
        {
            assert!(Header::of(&format!("# cluster: {bad}\n")).is_err(), "{bad}");
        }
    }
}
