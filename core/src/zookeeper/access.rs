//! Who may do what with a znode: the schemes `world`, `ip`, `digest` and `auth`.

use super::sha1;
use crate::java::string_hash;
use crate::protocol::{ZkAcl, ZkError, ZkId};

/// Where every client of the simulated machine comes from.
const ADDRESS: &str = "127.0.0.1";

/// A digest's id is a name and what follows the colon.
fn name_of(id: &str) -> &str {
    id.split(':').next().unwrap_or(id)
}

/// What a client has shown to be: the error of who cannot show it.
pub(super) fn authenticate(scheme: &str, words: Option<&str>) -> Result<Option<ZkId>, ZkError> {
    match (scheme, words) {
        ("ip", _) => Ok(None),
        ("digest", Some(words)) => {
            Ok(Some((scheme.to_owned(), format!("{}:{}", name_of(words), sha1::digest(words)))))
        }
        _ => Err(ZkError::AuthFailed),
    }
}

/// All that a client is: what it has shown, and where it comes from, in the order in which the server's set has them.
pub(super) fn identities(shown: &[ZkId]) -> Vec<ZkId> {
    let mut all = vec![("ip".to_owned(), ADDRESS.to_owned())];
    for id in shown {
        if !all.contains(id) {
            all.push(id.clone());
        }
    }
    let bucket = |(scheme, id): &ZkId| {
        let hash = 17_i32.wrapping_mul(37).wrapping_add(string_hash(scheme));
        let hash = hash.wrapping_mul(37).wrapping_add(string_hash(id)).cast_unsigned();
        (hash ^ hash >> 16) & 15
    };
    crate::sorted::sort_by_cached_key(&mut all, bucket);
    all
}

/// What `whoami` tells of them.
pub(super) fn names(shown: &[ZkId]) -> Vec<String> {
    identities(shown).iter().map(|(scheme, id)| format!("{scheme}: {}", name_of(id))).collect()
}

/// An access list as it is kept: without what is said twice, and with those who are meant by `auth`.
pub(super) fn settled(acl: &[ZkAcl], shown: &[ZkId]) -> Result<Vec<ZkAcl>, ZkError> {
    let mut once: Vec<&ZkAcl> = Vec::new();
    for line in acl {
        if !once.contains(&line) {
            once.push(line);
        }
    }
    let mut settled = Vec::new();
    for line in once {
        let (scheme, id) = (line.who.0.as_str(), line.who.1.as_str());
        match scheme {
            "world" if id == "anyone" => settled.push(line.clone()),
            "auth" => {
                let known = identities(shown).into_iter().filter(|(scheme, _)| scheme == "digest");
                let before = settled.len();
                settled.extend(known.map(|who| ZkAcl { who, perms: line.perms }));
                if settled.len() == before {
                    return Err(ZkError::InvalidAcl);
                }
            }
            "digest" if is_digest(id) => settled.push(line.clone()),
            "ip" if network(id).is_some() => settled.push(line.clone()),
            _ => return Err(ZkError::InvalidAcl),
        }
    }
    if settled.is_empty() { Err(ZkError::InvalidAcl) } else { Ok(settled) }
}

/// Whether Java's `split(":")` makes two of it.
fn is_digest(id: &str) -> bool {
    let parts: Vec<&str> = id.trim_end_matches(':').split(':').collect();
    parts.len() == 2
}

/// An address and how many of its bits count, of `10.0.0.0/8`.
fn network(text: &str) -> Option<(u32, u32)> {
    let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
    let parts: Vec<&str> = address.split('.').collect();
    let numbers: Option<Vec<u32>> =
        parts.iter().map(|part| part.parse::<u32>().ok().filter(|number| *number < 256)).collect();
    let numbers = numbers.filter(|numbers| numbers.len() == 4)?;
    let bits = bits.parse::<u32>().ok().filter(|bits| *bits <= 32)?;
    Some((numbers.iter().fold(0, |all, number| all << 8 | number), bits))
}

fn is_within(address: &str, expression: &str) -> bool {
    let (Some((here, _)), Some((there, bits))) = (network(address), network(expression)) else {
        return false;
    };
    (here ^ there).checked_shr(32 - bits).unwrap_or(0) == 0
}

/// Whether somebody has one of these permissions. Who is not told of lets anybody do anything.
pub(super) fn permits(acl: &[ZkAcl], perms: i32, shown: &[ZkId]) -> bool {
    acl.is_empty()
        || acl.iter().filter(|line| line.perms & perms != 0).any(|line| {
            let (scheme, id) = (line.who.0.as_str(), line.who.1.as_str());
            match scheme {
                "world" => id == "anyone",
                "ip" => is_within(ADDRESS, id),
                _ => shown.iter().any(|(theirs, name)| theirs == scheme && name == id),
            }
        })
}

/// An access list for who may not change it: digests are not shown.
pub(super) fn masked(acl: &[ZkAcl]) -> Vec<ZkAcl> {
    let mut shown = acl.to_vec();
    for line in &mut shown {
        if line.who.0 == "digest" {
            line.who.1 = format!("{}:x", name_of(&line.who.1));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::zk_perms::{ALL, READ, WRITE};

    fn line(scheme: &str, id: &str, perms: i32) -> ZkAcl {
        ZkAcl { who: (scheme.to_owned(), id.to_owned()), perms }
    }

    #[test]
    fn networks_let_in_who_is_within() {
        assert!(permits(&[line("ip", "127.0.0.0/8", READ)], READ, &[]));
        assert!(permits(&[line("ip", "0.0.0.0/0", READ)], READ, &[]));
        assert!(!permits(&[line("ip", "127.0.0.2", READ)], READ, &[]));
        assert!(!permits(&[line("ip", "127.0.0.1", READ)], WRITE, &[]));
        for wrong in ["1.2.3.400", "10.0.0.0/40", "bad", "1.2.3"] {
            assert_eq!(settled(&[line("ip", wrong, READ)], &[]), Err(ZkError::InvalidAcl), "{wrong}");
        }
    }

    #[test]
    fn those_who_have_said_who_they_are_stand_for_auth() {
        let shown: Vec<ZkId> = ["bert:one", "carl:two"]
            .iter()
            .filter_map(|words| authenticate("digest", Some(words)).ok().flatten())
            .collect();
        assert_eq!(names(&shown), ["digest: carl", "digest: bert", "ip: 127.0.0.1"]);
        let acl = settled(&[line("auth", "", ALL)], &shown).unwrap();
        assert_eq!(acl.first().map(|line| line.who.1.as_str()), Some("carl:S7nz9YPGgfT1ivSLIPpot9Qzt9Q="));
        assert_eq!(settled(&[line("auth", "", ALL)], &[]), Err(ZkError::InvalidAcl));
        assert!(permits(&acl, WRITE, &shown) && !permits(&acl, WRITE, &[]));
        assert_eq!(masked(&acl).first().map(|line| line.who.1.as_str()), Some("carl:x"));
    }
}
