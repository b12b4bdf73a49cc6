//! Ready-made programs from their projects' release pages, by the `curl` and `tar` that every current system
//! brings. Without open internet this gives up within seconds, and only once per run.

use super::{Tool, cache};
use crate::Result;
use crate::process::{self, find, find_in, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once a release page could not be reached: the next tool need not wait for the same silence.
static UNREACHABLE: AtomicBool = AtomicBool::new(false);

/// curl's exit codes for a host that is unknown, silent, too slow or behind a proxy that does not let us through.
const NO_WAY_THROUGH: [i32; 7] = [5, 6, 7, 28, 35, 56, 97];

/// Puts a released program into `home/bin`. Fails without leaving anything behind.
pub fn fetch(tool: &Tool, home: &Path) -> Result {
    if UNREACHABLE.load(Ordering::Relaxed) {
        return Err("no open internet".into());
    }
    let url = url(tool).ok_or("none is released for this system")?;
    let tools = cache()?.join("tools");
    let part = tools.join(format!("{}-{}.part", tool.package, tool.version));
    let outcome =
        create(&part).and_then(|()| download(&url, &part)).and_then(|archive| unpack(tool, &archive, home));
    // What is left of the attempt is of no use to anyone.
    let _ = fs::remove_dir_all(&part);
    outcome
}

fn download(url: &str, part: &Path) -> Result<PathBuf> {
    let archive = part.join("archive");
    let curl = find("curl").ok_or("there is no curl")?;
    step(&format!("downloading {url}"));
    let mut command = Command::new(curl);
    command.args(["--fail", "--location", "--show-error", "--progress-bar", "--proto", "=https"]);
    command.args(["--connect-timeout", "4", "--speed-time", "10", "--speed-limit", "2000", "--output"]);
    let status = command.arg(&archive).arg(url).status().map_err(|error| format!("curl: {error}"))?;
    if !status.success() {
        let unreachable = status.code().is_some_and(|code| NO_WAY_THROUGH.contains(&code));
        UNREACHABLE.fetch_or(unreachable, Ordering::Relaxed);
        return Err(if unreachable { "no open internet".into() } else { "the download failed".into() });
    }
    let size = fs::metadata(&archive).map(|file| file.len()).unwrap_or(0);
    eprintln!("    {:.1} MB", size as f64 / 1e6);
    Ok(archive)
}

/// Unpacks beside the archive, checks that the program runs here and is what it should be, and moves it home.
fn unpack(tool: &Tool, archive: &Path, home: &Path) -> Result {
    let files = archive.with_file_name("files");
    create(&files)?;
    process::run(Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(&files))?;
    let mut top = only_folder(&files).unwrap_or_else(|| files.clone());
    if find_in(&top, tool.program).is_some() {
        // A program that lies at the top of its archive gets the `bin` that all the others have.
        let wrapped = archive.with_file_name("wrapped");
        create(&wrapped)?;
        rename(&top, &wrapped.join("bin"))?;
        top = wrapped;
    }
    let program = find_in(&top.join("bin"), tool.program).ok_or("the archive lacks the program")?;
    if !tool.is(&program) {
        return Err("the released program does not run here".into());
    }
    // An earlier attempt that broke off may still be in the way.
    let _ = fs::remove_dir_all(home);
    rename(&top, home)
}

/// The release of a tool for the system this runs on, or `None` where its project publishes none.
fn url(tool: &Tool) -> Option<String> {
    let version = &tool.version;
    let (system, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let target = target(system, arch)?;
    let base = "https://github.com";
    Some(match tool.package {
        "trunk" => {
            let ending = if system == "windows" { "zip" } else { "tar.gz" };
            format!("{base}/trunk-rs/trunk/releases/download/v{version}/trunk-{target}.{ending}")
        }
        "wasm-bindgen-cli" => {
            format!(
                "{base}/wasm-bindgen/wasm-bindgen/releases/download/{version}/wasm-bindgen-{version}-{target}.tar.gz"
            )
        }
        "wasm-pack" => {
            format!(
                "{base}/wasm-bindgen/wasm-pack/releases/download/v{version}/wasm-pack-v{version}-{target}.tar.gz"
            )
        }
        "binaryen" => {
            let tag = format!("version_{}", crate::versions::BINARYEN);
            let arch = if (system, arch) == ("macos", "aarch64") { "arm64" } else { arch };
            format!(
                "{base}/WebAssembly/binaryen/releases/download/{tag}/binaryen-{tag}-{arch}-{system}.tar.gz"
            )
        }
        _ => return None,
    })
}

/// The target triple that releases carry in their names. On Linux the statically linked one, which asks nothing
/// of the C library that happens to be installed.
fn target(system: &str, arch: &str) -> Option<String> {
    let rest = match (system, arch) {
        ("linux", "x86_64" | "aarch64") => "unknown-linux-musl",
        ("macos", "x86_64" | "aarch64") => "apple-darwin",
        ("windows", "x86_64") => "pc-windows-msvc",
        _ => return None,
    };
    Some(format!("{arch}-{rest}"))
}

fn only_folder(parent: &Path) -> Option<PathBuf> {
    let mut entries =
        fs::read_dir(parent).ok()?.filter_map(std::result::Result::ok).map(|entry| entry.path());
    let first = entries.next()?;
    (entries.next().is_none() && first.is_dir()).then_some(first)
}

fn create(folder: &Path) -> Result {
    fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))
}

fn rename(from: &Path, to: &Path) -> Result {
    fs::rename(from, to)
        .map_err(|error| format!("cannot move {} to {}: {error}", from.display(), to.display()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// Packs a program that answers `--version`, as a release would, and unpacks it.
    fn released(folder: &str, answer: &str) -> (Result, PathBuf) {
        let case = format!("kafkascope-{}-{}-{}", std::process::id(), folder.replace('/', "-"), answer.len());
        let base = std::env::temp_dir().join(case);
        let (source, home) = (base.join("source"), base.join("home"));
        let program = source.join(folder).join("wasm-pack");
        create(&source.join(folder)).unwrap();
        create(&base.join("part")).unwrap();
        fs::write(&program, format!("#!/bin/sh\necho {answer}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let archive = base.join("part").join("archive");
        process::run(Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(&source).arg(".")).unwrap();
        (unpack(&super::super::wasm_pack(), &archive, &home), base)
    }

    #[test]
    fn every_layout_of_a_release_ends_in_the_same_place() {
        let answer = format!("wasm-pack {}", crate::versions::WASM_PACK);
        for folder in ["", "wasm-pack-v1", "binaryen-version_1/bin"] {
            let (outcome, base) = released(folder, &answer);
            assert_eq!(outcome, Ok(()), "{folder:?}");
            assert!(base.join("home").join("bin").join("wasm-pack").is_file(), "{folder:?}");
            fs::remove_dir_all(base).unwrap();
        }
    }

    #[test]
    fn a_program_of_another_version_is_not_installed() {
        let (outcome, base) = released("top", "wasm-pack 0.0.1");
        assert!(outcome.is_err());
        assert!(!base.join("home").exists());
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn releases_are_named_as_their_projects_name_them() {
        assert_eq!(target("linux", "x86_64").as_deref(), Some("x86_64-unknown-linux-musl"));
        assert_eq!(target("macos", "aarch64").as_deref(), Some("aarch64-apple-darwin"));
        assert_eq!(target("windows", "x86_64").as_deref(), Some("x86_64-pc-windows-msvc"));
        assert_eq!(target("freebsd", "x86_64"), None);
    }
}
