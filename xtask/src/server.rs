//! A server for the built page: a dozen files, read once, sent to this machine only.
//!
//! A file is found by its exact name in a table and never by walking the disk, so no request can reach anything
//! but the page.

use crate::Result;
use flate2::{Compression, write::GzEncoder};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The page's files by their path in the address, without the leading slash.
pub type Files = BTreeMap<String, File>;

/// One file, both ways it can travel.
pub struct File {
    /// As it lies on the disk.
    pub raw: Vec<u8>,
    /// As browsers download it.
    pub gzip: Vec<u8>,
}

/// The head of a request may not be longer than this.
const HEAD_LIMIT: u64 = 64 * 1024;

/// Reads a folder and what is in it.
pub fn load(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    collect(folder, "", &mut files).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    if files.contains_key("index.html") {
        Ok(files)
    } else {
        Err(format!("{} holds no page", folder.display()))
    }
}

/// Takes a port of this machine (0: any that is free). Separate from [`serve`] so that the address is known, and
/// a port in use is reported, before anything is promised.
pub fn listen(port: u16) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("port {port} is in use; choose another by --port"),
        _ => format!("cannot listen on port {port}: {error}"),
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok((listener, address))
}

/// Answers until the process ends.
pub fn serve(listener: &TcpListener, files: Files) {
    let files = Arc::new(files);
    for stream in listener.incoming().filter_map(std::result::Result::ok) {
        let files = Arc::clone(&files);
        // A browser that goes away in the middle of an answer is everyday life.
        thread::spawn(move || answer(&stream, &files));
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            let raw = fs::read(entry.path())?;
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&raw)?;
            files.insert(name, File { gzip: encoder.finish()?, raw });
        }
    }
    Ok(())
}

fn answer(mut stream: &TcpStream, files: &Files) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.take(HEAD_LIMIT)).lines();
    let Some(request) = lines.next().transpose()? else { return Ok(()) };
    let mut gzip = false;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        gzip |= line.strip_prefix("accept-encoding:").is_some_and(|accepted| accepted.contains("gzip"));
    }
    let (head, body) = response(&request, gzip, files);
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

fn response<'a>(request: &str, gzip: bool, files: &'a Files) -> (String, &'a [u8]) {
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    if !matches!(method, "GET" | "HEAD") {
        return (head("405 Method Not Allowed", "Allow: GET, HEAD\r\n", 0), &[]);
    }
    let path = target.split(['?', '#']).next().unwrap_or("");
    let name = if path == "/" { "index.html" } else { path.strip_prefix('/').unwrap_or("") };
    let Some(file) = files.get(name) else {
        return (head("404 Not Found", "", 0), &[]);
    };
    let (body, encoding) = if gzip { (&file.gzip, "Content-Encoding: gzip\r\n") } else { (&file.raw, "") };
    // A rebuilt page must show at the next reload; the files with a digest in their name change it then.
    let more = format!(
        "Content-Type: {}\r\n{encoding}Vary: Accept-Encoding\r\nCache-Control: no-cache\r\n",
        kind(name)
    );
    let head = head("200 OK", &more, body.len());
    (head, if method == "HEAD" { &[] } else { body })
}

fn head(status: &str, more: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "ks" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let file = |text: &str| File { raw: text.into(), gzip: vec![0x1f, 0x8b] };
        Files::from([("index.html".into(), file("<p>")), ("app-1_bg.wasm".into(), file("\0asm"))])
    }

    #[test]
    fn files_are_sent_with_their_type() {
        let files = files();
        let (head, body) = response("GET /?speed=2 HTTP/1.1", false, &files);
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("text/html"), "{head}");
        assert_eq!(body, b"<p>");
        let (head, body) = response("GET /app-1_bg.wasm HTTP/1.1", true, &files);
        assert!(head.contains("application/wasm") && head.contains("Content-Encoding: gzip"), "{head}");
        assert_eq!(body, [0x1f, 0x8b]);
        let (head, body) = response("HEAD / HTTP/1.1", false, &files);
        assert!(head.contains("Content-Length: 3") && body.is_empty(), "{head}");
    }

    #[test]
    fn nothing_else_can_be_reached() {
        let files = files();
        let targets = [
            "/../Cargo.toml",
            "/..%2fCargo.toml",
            "//index.html",
            "/./index.html",
            "index.html",
            "C:\\x",
            "",
        ];
        for target in targets {
            let (head, body) = response(&format!("GET {target} HTTP/1.1"), false, &files);
            assert!(head.starts_with("HTTP/1.1 404 ") && body.is_empty(), "{target}: {head}");
        }
        assert!(response("POST / HTTP/1.1", false, &files).0.starts_with("HTTP/1.1 405 "));
        assert!(response("", false, &files).0.starts_with("HTTP/1.1 405 "));
    }

    #[test]
    fn a_client_gets_its_answer_over_the_wire() {
        let (listener, address) = listen(0).unwrap();
        thread::spawn(move || serve(&listener, files()));
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        assert!(text.ends_with("\r\n\r\n<p>"), "{text}");
    }
}
