//! The programs that the page and its tests need. Each lives in a folder `NAME-VERSION` of a per-user cache, so
//! that all checkouts share it and a new version never disturbs an old one.
//!
//! A tool that is already on PATH in the right version is taken from there. Otherwise it is fetched ready-made,
//! and where there is no open internet it is compiled from its source.

use crate::process::{self, find, find_in, step};
use crate::{Result, versions};
use std::path::{Path, PathBuf};
use std::process::Command;

pub mod browser;
mod prebuilt;
pub mod rust;

/// One program, pinned.
pub struct Tool {
    /// The package: on crates.io, or `binaryen`.
    pub package: &'static str,
    /// The program that is run.
    pub program: &'static str,
    /// The version that the folder carries in its name.
    pub version: String,
    /// What the program says to `--version`, in part.
    says: String,
    /// Optimisation of a build from source: low, because compiling the tool takes longer than using it.
    opt_level: &'static str,
}

/// The bundler of the page.
pub fn trunk() -> Tool {
    Tool::from_crate("trunk", "trunk", versions::TRUNK, "0")
}

/// The generator of the JavaScript that surrounds a wasm module.
pub fn wasm_bindgen() -> Result<Tool> {
    Ok(Tool::from_crate("wasm-bindgen-cli", "wasm-bindgen", &versions::wasm_bindgen()?, "1"))
}

/// The runner of tests inside a browser.
pub fn wasm_pack() -> Tool {
    Tool::from_crate("wasm-pack", "wasm-pack", versions::WASM_PACK, "1")
}

/// The optimiser of wasm modules. It is C++: there is no compiling it with what rustup brings.
fn wasm_opt() -> Tool {
    Tool {
        package: "binaryen",
        program: "wasm-opt",
        version: format!("{}.0.0", versions::BINARYEN),
        says: format!("version {}", versions::BINARYEN),
        opt_level: "",
    }
}

impl Tool {
    fn from_crate(
        package: &'static str,
        program: &'static str,
        version: &str,
        opt_level: &'static str,
    ) -> Self {
        Self { package, program, version: version.into(), says: version.into(), opt_level }
    }

    /// The program's folder, installed if need be.
    pub fn ensure(&self) -> Result<PathBuf> {
        if let Some(folder) = self.installed() {
            return Ok(folder);
        }
        let home = self.home()?;
        if let Err(reason) = prebuilt::fetch(self, &home) {
            step(&format!(
                "{} {}: no ready-made program ({reason}), compiling it",
                self.package, self.version
            ));
            self.compile(&home)?;
        }
        self.installed().ok_or_else(|| format!("{} was installed but does not run", self.program))
    }

    /// The folder of the program if it is there and is of the pinned version.
    fn installed(&self) -> Option<PathBuf> {
        let home = self.home().ok()?;
        let places = [home.join("bin"), home.join("node_modules").join(".bin")];
        let programs =
            places.iter().filter_map(|place| find_in(place, self.program)).chain(find(self.program));
        programs
            .filter(|program| self.is(program))
            .find_map(|program| program.parent().map(Path::to_path_buf))
    }

    fn is(&self, program: &Path) -> bool {
        let answer = process::output(Command::new(program).arg("--version")).unwrap_or_default();
        contains_words(&answer, &self.says)
    }

    fn home(&self) -> Result<PathBuf> {
        Ok(cache()?.join("tools").join(format!("{}-{}", self.package, self.version)))
    }

    fn compile(&self, home: &Path) -> Result {
        let build = cache()?.join("build");
        let mut cargo = process::cargo();
        cargo
            .args(["install", "--locked", self.package, "--version", &self.version, "--root"])
            .arg(home)
            .env("CARGO_TARGET_DIR", build)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_STRIP", "true");
        process::run(&mut cargo)
    }
}

/// The folder of `wasm-opt`, or why it cannot be had. The page works without it and is only larger.
pub fn ensure_wasm_opt() -> Result<PathBuf> {
    let tool = wasm_opt();
    if let Some(folder) = tool.installed() {
        return Ok(folder);
    }
    let home = tool.home()?;
    let Err(reason) = prebuilt::fetch(&tool, &home) else {
        return tool.installed().ok_or_else(|| "the downloaded wasm-opt does not run".into());
    };
    let (Some(npm), Some(_)) = (find("npm"), find("node")) else {
        return Err(format!("no ready-made binaryen ({reason}) and no Node.js to run the npm package with"));
    };
    step(&format!("installing binaryen {} by npm", tool.version));
    let package = format!("{}@{}", tool.package, tool.version);
    let mut install = Command::new(npm);
    install.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&home).arg(package);
    process::run(&mut install)?;
    tool.installed().ok_or_else(|| "binaryen was installed by npm but its wasm-opt does not run".into())
}

/// Where tools are kept: `KAFKASCOPE_CACHE`, or the user's cache folder.
pub fn cache() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("KAFKASCOPE_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("kafkascope")))
        .or_else(|| {
            if cfg!(windows) {
                variable("LOCALAPPDATA").map(|folder| folder.join("kafkascope"))
            } else {
                None
            }
        })
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache").join("kafkascope")))
        .ok_or_else(|| "there is no home folder: say by KAFKASCOPE_CACHE where tools shall be kept".into())
}

/// Whether the words of `part` follow each other in `text`, so that 0.2.12 is not found in 0.2.129.
fn contains_words(text: &str, part: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let part: Vec<&str> = part.split_whitespace().collect();
    words.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_as_a_word() {
        assert!(contains_words("wasm-bindgen 0.2.129\n", "0.2.129"));
        assert!(contains_words("wasm-opt version 132 (version_132)", "version 132"));
        assert!(!contains_words("wasm-bindgen 0.2.129", "0.2.12"));
        assert!(!contains_words("wasm-opt version 108", "version 132"));
        assert!(!contains_words("", "0.2.12"));
    }
}
