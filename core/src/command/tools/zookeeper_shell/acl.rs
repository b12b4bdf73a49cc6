//! Access lists, as the shell reads and writes them.

use crate::command::process::Io;
use crate::protocol::ZkAcl;
use crate::protocol::zk_perms::{ADMIN, CREATE, DELETE, READ, WRITE};

/// The letters of permissions, in the order in which they are shown.
const LETTERS: [(char, i32); 5] = [('c', CREATE), ('d', DELETE), ('r', READ), ('w', WRITE), ('a', ADMIN)];

/// Reads `scheme:id:perms,…`; what is wrong with it is told, and left out.
pub(super) fn parse(io: &mut dyn Io, text: &str) -> Vec<ZkAcl> {
    let mut acl = Vec::new();
    for line in text.trim_end_matches(',').split(',') {
        let parts = line.split_once(':').and_then(|(scheme, rest)| {
            let (id, perms) = rest.rsplit_once(':')?;
            Some((scheme, id, perms))
        });
        let Some((scheme, id, letters)) = parts else {
            io.complain(format_args!("{line} does not have the form scheme:id:perm\n"));
            continue;
        };
        let mut perms = 0;
        for letter in letters.chars() {
            match LETTERS.iter().find(|known| known.0 == letter) {
                Some((_, bit)) => perms |= bit,
                None => io.complain(format_args!("Unknown perm type: {letter}\n")),
            }
        }
        acl.push(ZkAcl { who: (scheme.to_owned(), id.to_owned()), perms });
    }
    acl
}

/// Prints an access list.
pub(super) fn show(io: &mut dyn Io, acl: &[ZkAcl]) {
    for line in acl {
        let (scheme, id) = &line.who;
        let perms: String =
            LETTERS.iter().filter(|(_, bit)| line.perms & bit != 0).map(|(letter, _)| *letter).collect();
        io.print(format_args!("'{scheme},'{id}\n: {perms}\n"));
    }
}
