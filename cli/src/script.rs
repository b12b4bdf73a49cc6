//! Scripts: read a file of lines, run them on one cluster, show each result as it comes.

use crate::args::Usage;
use crate::host::{HostFiles, keep_exports};
use crate::render::Renderer;
use kafkascope_core::session::Session;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// What a tool takes to start in a script, in simulated microseconds; real ones take one to two seconds.
pub const TOOL_STARTUP_US: u64 = 1_000_000;

/// The longest script that is read, in bytes.
const SCRIPT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The text of a script; `-` is standard input. Bytes that are no UTF-8 become U+FFFD.
pub fn read(path: &Path) -> Result<String, Usage> {
    let cannot = |error: io::Error| Usage(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().take(SCRIPT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    } else {
        File::open(path)
            .map_err(cannot)?
            .take(SCRIPT_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(cannot)?;
    }
    if bytes.len() as u64 > SCRIPT_BYTES_MAX {
        return Err(Usage(format!("{}: a script has at most {SCRIPT_BYTES_MAX} bytes.", path.display())));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Runs a script; whether all of its commands succeeded. Stops at the first that failed unless `keep_going`.
pub fn run<O: Write, E: Write>(
    session: &mut Session,
    text: &str,
    keep_going: bool,
    renderer: &mut Renderer<O, E>,
) -> io::Result<bool> {
    HostFiles::default().offer(session, text);
    let mut all_succeeded = true;
    let mut written = Ok(());
    session.run_script(text, &mut |result| {
        all_succeeded &= result.exit_code == 0;
        written = renderer.show(result);
        written.is_ok() && (keep_going || result.exit_code == 0)
    });
    written?;
    keep_exports(session).map_err(io::Error::other)?;
    Ok(all_succeeded)
}
