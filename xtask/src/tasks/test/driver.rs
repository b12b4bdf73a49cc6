//! chromedriver for the length of the end-to-end tests.

use crate::Result;
use crate::tools::browser::Browser;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long chromedriver may take to answer its first request.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running chromedriver. It ends, with the browsers it started, when this value goes away.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts chromedriver on a free port and waits until it answers.
    pub fn start(browser: &Browser) -> Result<Self> {
        let port = free_port().map_err(|error| format!("no free port: {error}"))?;
        let mut command = Command::new(&browser.driver);
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        let child =
            command.spawn().map_err(|error| format!("cannot run {}: {error}", browser.driver.display()))?;
        let driver = Self { child, port };
        let start = Instant::now();
        while driver.get("/status").is_err() {
            if start.elapsed() > PATIENCE {
                return Err("chromedriver does not answer".into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(driver)
    }

    /// Where it speaks WebDriver.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes(),
        )?;
        let mut head = [0; 64];
        let length = stream.read(&mut head)?;
        Ok(String::from_utf8_lossy(head.get(..length).unwrap_or(&[])).into_owned())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked to go, it closes its browsers; killed, it would leave them behind.
        let asked = self.get("/shutdown");
        let start = Instant::now();
        while asked.is_ok() && start.elapsed() < Duration::from_secs(5) {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        // Both fail only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
