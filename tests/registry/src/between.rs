//! What can go wrong on the way to a registry: somebody between it and the client changes the answers.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A server on loopback that passes requests on and changes what comes back. It lives as long as the process.
#[derive(Clone, Copy, Debug)]
pub struct Between {
    port: u16,
}

impl Between {
    /// Stands before a registry. `change` gets the first line of a request and the whole answer with its head, and gives
    /// what the client sees; after it the connection is closed.
    ///
    /// # Errors
    /// Where no port of loopback is free.
    pub fn stand(before: u16, change: impl Fn(&str, Vec<u8>) -> Vec<u8> + Clone + Send + 'static) -> io::Result<Self> {
        Self::serve(move |line, head, body, client| {
            let mut server = TcpStream::connect(("127.0.0.1", before))?;
            // One request for each connection: the end of the answer is the end of the stream.
            let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            server.write_all(head.as_bytes())?;
            server.write_all(body)?;
            let mut answer = Vec::new();
            server.read_to_end(&mut answer)?;
            client.write_all(&change(line, answer))
        })
    }

    /// Stands alone: `answer` gets the head of a request and writes whatever it likes.
    ///
    /// # Errors
    /// Where no port of loopback is free.
    pub fn alone(answer: impl Fn(&str, &mut TcpStream) -> io::Result<()> + Clone + Send + 'static) -> io::Result<Self> {
        Self::serve(move |_, head, _, client| answer(head, client))
    }

    fn serve(
        answer: impl Fn(&str, &str, &[u8], &mut TcpStream) -> io::Result<()> + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let answer = answer.clone();
                thread::spawn(move || one(client, &answer));
            }
        });
        Ok(Self { port })
    }

    /// Its name in references: address and port.
    pub fn address(self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// Reads one request and answers it. A client that goes away is no failure.
fn one(mut client: TcpStream, answer: &impl Fn(&str, &str, &[u8], &mut TcpStream) -> io::Result<()>) -> Option<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body).ok()?;
    answer(head.lines().next()?, &head, &body, &mut client).ok()
}

/// A port of loopback that takes connections and never answers; it lives as long as the listener.
///
/// # Errors
/// Where no port is free.
pub fn deaf() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("127.0.0.1:{}", listener.local_addr()?.port());
    Ok((listener, address))
}
