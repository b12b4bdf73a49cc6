//! The page that is shipped: built by Trunk into `dist/`, optimised, weighed.

use crate::process::{self, step};
use crate::tools::{self, rust};
use crate::{Result, pack, root, server};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a first visit may download, compressed. The second half of the program (`pack`) is not part of it.
const LIMIT: usize = 400 * 1000;

/// Where the page ends up.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Builds the release page with the pinned tools, installing those that are missing, and weighs it.
pub fn build() -> Result {
    let tools = Tools::ensure()?;
    tools.bundle()?;
    pack::pack(&dist(), &tools.path, tools.settings)?;
    weigh(tools.optimised && !tools.settings.is_empty())
}

/// Lets the page run in browsers, each as wide as named here and for so many frames ([`pack::watch`]), and writes down
/// what it called.
pub fn profile(chromium: &Path, visits: &[(&str, u32, u32)]) -> Result {
    Tools::ensure()?.bundle()?;
    let mut pages = Vec::new();
    let mut whole = Vec::new();
    let kept = server::load(&dist())?;
    for (window, slow, fast) in visits {
        step(&format!("watching the page in a window of {window}"));
        for (name, file) in &kept {
            let path = dist().join(name);
            fs::write(&path, &file.raw)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        whole = pack::watch(&dist(), *slow, *fast)?;
        let (listener, address) = server::listen(0)?;
        let files = server::load(&dist())?;
        std::thread::spawn(move || server::serve(&listener, files));
        let mut browser = Command::new(chromium);
        // A frame takes a few milliseconds of the browser's own time at most.
        let budget = (slow + fast) * 8 + 10_000;
        browser.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
        browser.args([
            &format!("--window-size={window}"),
            &format!("--virtual-time-budget={budget}"),
            "--dump-dom",
        ]);
        browser.arg(format!("http://{address}/"));
        pages.push(process::output(&mut browser).ok_or("Chromium failed")?);
    }
    pack::remember(&whole, &pages)
}

/// What builds the page.
struct Tools {
    path: std::ffi::OsString,
    optimised: bool,
    settings: &'static [(&'static str, &'static str)],
}

impl Tools {
    fn ensure() -> Result<Tools> {
        rust::ensure_wasm_target()?;
        let mut folders = vec![tools::trunk().ensure()?, tools::wasm_bindgen()?.ensure()?];
        let optimised = match tools::ensure_wasm_opt() {
            Ok(folder) => {
                folders.push(folder);
                true
            }
            Err(reason) => {
                eprintln!("note: the page is built without wasm-opt and comes out larger: {reason}");
                false
            }
        };
        let settings: &[(&str, &str)] = match rust::can_build_std(pack::UNPACKER) {
            Ok(()) => &rust::WITH_STD,
            Err(reason) => {
                eprintln!("note: the page takes the standard library as it comes and is larger: {reason}");
                &[]
            }
        };
        Ok(Tools { path: process::path_with(&folders)?, optimised, settings })
    }

    /// The page in `dist/`, not yet packed.
    fn bundle(&self) -> Result {
        step("building the page (release)");
        let unoptimised = if self.optimised { None } else { Some(Unoptimised::write()?) };
        let mut trunk = Command::new("trunk");
        trunk.current_dir(root()).env("PATH", &self.path).envs(self.settings.iter().copied());
        // Everything Trunk would fetch is on PATH, in the pinned version.
        trunk.args(["build", "--release", "true", "--offline", "true", "--skip-version-check"]);
        if let Some(page) = &unoptimised {
            trunk.arg(&page.path).args(["--html-output", "index.html"]);
        }
        process::run(&mut trunk)
    }
}

/// Prints what each file of the page weighs and refuses a page that is too heavy. One that could not be optimised
/// never is: it serves its purpose on this machine.
fn weigh(optimised: bool) -> Result {
    let files = server::load(&dist())?;
    let width = files.keys().map(String::len).max().unwrap_or(0);
    println!("{:width$}  {:>9}  {:>9}", "file", "raw", "gzip");
    for (name, file) in &files {
        println!("{name:width$}  {:>9}  {:>9}", file.raw.len(), file.gzip.len());
    }
    let sum = |is_wanted: &dyn Fn(&str) -> bool| {
        let wanted = files.iter().filter(|(name, _)| is_wanted(name));
        wanted.fold((0, 0), |(raw, gzip), (_, file)| (raw + file.raw.len(), gzip + file.gzip.len()))
    };
    let (raw, total) = sum(&|name| !name.ends_with(pack::REST));
    println!("{:width$}  {raw:>9}  {total:>9}  (at most {LIMIT})", "first visit");
    let (raw, all) = sum(&|_| true);
    println!("{:width$}  {raw:>9}  {all:>9}", "in all");
    if total > LIMIT && !optimised {
        eprintln!("note: {total} bytes are more than {LIMIT}, for want of what is noted above");
        Ok(())
    } else if total > LIMIT {
        Err(format!("a first visit downloads {total} bytes compressed, more than {LIMIT}"))
    } else {
        Ok(())
    }
}

/// A copy of the page's source with wasm-opt turned off, which Trunk offers no option for. It stands beside the
/// original because Trunk reads paths relative to it, and goes away with this value.
struct Unoptimised {
    path: PathBuf,
}

impl Unoptimised {
    fn write() -> Result<Self> {
        let source = root().join("web").join("index.html");
        let html = fs::read_to_string(&source)
            .map_err(|error| format!("cannot read {}: {error}", source.display()))?;
        let path = source.with_file_name("unoptimised.html");
        fs::write(&path, without_wasm_opt(&html))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Unoptimised {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        eprintln!("note: {} could not be removed: {error}", path.display());
    }
}

fn without_wasm_opt(html: &str) -> String {
    let attribute = "data-wasm-opt=\"";
    let Some((before, after)) = html.split_once(attribute) else { return html.into() };
    let rest = after.split_once('"').map_or("", |(_, rest)| rest);
    format!("{before}{attribute}0\"{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_level_of_optimisation_is_taken_out() {
        let html = r#"<link rel="rust" data-wasm-opt="z" data-wasm-opt-params="--enable-sign-ext">"#;
        let expected = r#"<link rel="rust" data-wasm-opt="0" data-wasm-opt-params="--enable-sign-ext">"#;
        assert_eq!(without_wasm_opt(html), expected);
        assert_eq!(without_wasm_opt("<p>"), "<p>");
    }

    #[test]
    fn the_real_page_asks_for_optimisation() {
        let html = fs::read_to_string(root().join("web").join("index.html")).unwrap();
        assert_ne!(without_wasm_opt(&html), html, "web/index.html lacks data-wasm-opt");
    }
}
