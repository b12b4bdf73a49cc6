//! Chromium and its driver, for the tests that need a real page. Where the system's package manager is Debian's
//! and we may use it, they are installed; elsewhere the developer is told what is missing.

use crate::Result;
use crate::process::{self, find, step};
use std::path::PathBuf;
use std::process::Command;

/// A browser that can be driven.
pub struct Browser {
    /// The browser itself.
    pub chromium: PathBuf,
    /// The program that speaks WebDriver for it.
    pub driver: PathBuf,
}

/// Finds the browser and its driver, installing them if that is possible.
pub fn ensure() -> Result<Browser> {
    if let Some(browser) = installed() {
        return Ok(browser);
    }
    let hint = "install Chromium (or Chrome) and chromedriver of the same version, \
                name them by CHROMIUM and CHROMEDRIVER if they are not on PATH, or pass --no-browser";
    match apt_get() {
        Some(apt_get) => {
            step("installing chromium and chromium-driver by apt-get");
            process::run(apt_get().arg("update"))
                .and_then(|()| {
                    let packages = ["chromium", "chromium-driver"];
                    process::run(apt_get().args(["install", "-y", "--no-install-recommends"]).args(packages))
                })
                .map_err(|problem| format!("Chromium could not be installed: {problem}; {hint}"))?;
            installed().ok_or_else(|| format!("apt-get ran, but there is still no Chromium; {hint}"))
        }
        None => {
            Err(format!("there is no Chromium with its driver, and it cannot be installed from here: {hint}"))
        }
    }
}

fn installed() -> Option<Browser> {
    let chromium = named("CHROMIUM")
        .or_else(|| {
            ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
                .iter()
                .find_map(|name| find(name))
        })
        .or_else(usual_place)?;
    let driver = named("CHROMEDRIVER").or_else(|| find("chromedriver"))?;
    Some(Browser { chromium, driver })
}

fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}

fn usual_place() -> Option<PathBuf> {
    let places = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];
    places.iter().map(PathBuf::from).find(|path| path.is_file())
}

/// How to call apt-get with the rights to install, if there is a way that asks no questions.
fn apt_get() -> Option<impl Fn() -> Command> {
    let apt_get = find("apt-get")?;
    let root = process::output(Command::new("id").arg("-u"))?.trim() == "0";
    let sudo =
        || find("sudo").filter(|sudo| process::output(Command::new(sudo).args(["-n", "true"])).is_some());
    let sudo = if root { None } else { Some(sudo()?) };
    Some(move || match &sudo {
        None => {
            let mut command = Command::new(&apt_get);
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        }
        Some(sudo) => {
            let mut command = Command::new(sudo);
            command.args(["-n", "DEBIAN_FRONTEND=noninteractive"]).arg(&apt_get);
            command
        }
    })
}
