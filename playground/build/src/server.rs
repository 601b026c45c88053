//! A web server for one folder of static files, for looking at the page and for testing it. It listens where it is told,
//! which is on loopback, and serves what was there when it began.

use crate::assemble::{gzip, names, read};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// No browser says more before it asks.
const LONGEST_HEAD_BYTES: u64 = 64 << 10;
/// Who says nothing for so long has gone away.
const PATIENCE: Duration = Duration::from_secs(30);

/// The files, in memory.
#[derive(Clone, Debug)]
pub struct Site(Arc<BTreeMap<String, File>>);

#[derive(Debug)]
struct File {
    kind: &'static str,
    bytes: Vec<u8>,
    packed: Vec<u8>,
    /// Its name changes with its contents.
    lasting: bool,
}

impl Site {
    /// Reads a folder.
    ///
    /// # Errors
    /// What cannot be read, and a folder without a page.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        for name in names(folder)? {
            let bytes = read(&folder.join(&name))?;
            let (kind, packed, lasting) = (kind(&name), gzip(&bytes)?, name != "index.html");
            files.insert(name, File { kind, bytes, packed, lasting });
        }
        if !files.contains_key("index.html") {
            return Err(format!("{}: there is no index.html; run `make playground`", folder.display()));
        }
        Ok(Self(Arc::new(files)))
    }
}

/// What a browser makes of a file; WebAssembly is only compiled while it arrives where it is called that.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// Answers for as long as the program runs.
pub fn serve(listener: &TcpListener, site: &Site) {
    for stream in listener.incoming().flatten() {
        let site = site.clone();
        std::thread::spawn(move || {
            // Who goes away in the middle misses the rest.
            let _ = answer(stream, &site);
        });
    }
}

fn answer(mut stream: TcpStream, site: &Site) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.try_clone()?).take(LONGEST_HEAD_BYTES).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut packs = false;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        packs |= line.strip_prefix("accept-encoding:").is_some_and(|codings| codings.contains("gzip"));
    }
    let (method, target) = first.split_once(' ').unwrap_or_default();
    let path = target.split(['?', ' ']).next().unwrap_or_default().trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    let Some(file) = site.0.get(name).filter(|_| method == "GET" || method == "HEAD") else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let (bytes, coding) = if packs { (&file.packed, "Content-Encoding: gzip\r\n") } else { (&file.bytes, "") };
    let keep = if file.lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n{coding}Cache-Control: {keep}\r\nVary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        file.kind,
        bytes.len()
    )?;
    if method == "GET" { stream.write_all(bytes) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(request: &str) -> String {
        let site = Site(Arc::new(BTreeMap::from([(
            "index.html".to_owned(),
            File { kind: kind("index.html"), bytes: b"page".to_vec(), packed: b"packed".to_vec(), lasting: false },
        )])));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        answer(listener.accept().unwrap().0, &site).unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn files_are_served() {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 4\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\npage";
        assert_eq!(asked("GET / HTTP/1.1\r\n\r\n"), page);
        assert_eq!(asked("GET /index.html?x HTTP/1.1\r\nHost: a\r\n\r\n"), page);
        assert!(asked("GET / HTTP/1.1\r\nAccept-Encoding: br, gzip\r\n\r\n").ends_with("\r\n\r\npacked"));
        assert!(asked("HEAD / HTTP/1.1\r\n\r\n").ends_with("Connection: close\r\n\r\n"));
    }

    #[test]
    fn nothing_else_is_served() {
        for request in ["GET /../Cargo.toml HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", "\r\n\r\n"] {
            assert!(asked(request).starts_with("HTTP/1.1 404 "), "{request}");
        }
    }
}
