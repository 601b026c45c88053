//! `waitwarden-playground-build HOST.wasm POLICY.wasm FOLDER` puts the page together; `… serve FOLDER [PORT]` shows it.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use waitwarden_playground_build::{assemble, server};

const USAGE: &str = "usage: waitwarden-playground-build HOST.wasm POLICY.wasm FOLDER | serve FOLDER [PORT]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve", folder] => serve(Path::new(folder), "8080"),
        ["serve", folder, port] => serve(Path::new(folder), port),
        [host, policy, folder] => put_together(Path::new(host), Path::new(policy), Path::new(folder)),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn put_together(host: &Path, policy: &Path, folder: &Path) -> Result<(), String> {
    let sizes = assemble::assemble(host, policy, folder)?;
    let mut out = std::io::stdout();
    for (name, bytes, packed) in &sizes {
        let _ = writeln!(out, "{packed:>8} of {bytes:>8} bytes  {name}");
    }
    let packed: usize = sizes.iter().map(|(_, _, packed)| packed).sum();
    let _ = writeln!(out, "{packed:>8} bytes as they are transferred, with gzip");
    if packed > assemble::BUDGET_BYTES {
        return Err(format!("the page is larger than {} bytes", assemble::BUDGET_BYTES));
    }
    Ok(())
}

fn serve(folder: &Path, port: &str) -> Result<(), String> {
    let port: u16 = port.parse().map_err(|_| format!("`{port}` is no port; expected a number up to 65535"))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| format!("port {port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let site = server::Site::read(folder)?;
    let _ = writeln!(std::io::stdout(), "http://{address}/ shows {}; Ctrl-C ends it", folder.display());
    server::serve(&listener, &site);
    Ok(())
}
