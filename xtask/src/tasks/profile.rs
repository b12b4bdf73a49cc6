//! `cargo xtask profile`: looks which functions a first visit calls, and renews the lists by which the page is cut.

use crate::tools::browser;
use crate::{Result, page};

/// Windows, with frames at the pace of the wall clock and frames that are a tenth of a second long: a while in each
/// arrangement of the page, and ten minutes in the widest.
const VISITS: [(&str, u32, u32); 4] =
    [("1440,900", 1_200, 6_000), ("1100,800", 600, 0), ("800,900", 600, 0), ("390,844", 600, 0)];

/// Builds, watches and writes the lists.
pub fn run() -> Result {
    page::profile(&browser::ensure()?.chromium, &VISITS)?;
    eprintln!("Read the change of xtask/src/pack/warm.txt and seldom.txt, then build the page again.");
    Ok(())
}
