//! A real HTTPS server that answers like an API server: a list of answers for each path, the last one for ever.

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The bearer token that it expects.
pub const TOKEN: &str = "the-token";

/// Status and body.
pub type Answer = (u16, String);

/// A running server; it ends with the test.
#[derive(Debug)]
pub struct ApiServer {
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// The certificate of its authority, in PEM.
    pub ca: String,
    asked: Arc<Mutex<Vec<String>>>,
}

type Answers = Arc<Mutex<BTreeMap<String, Vec<Answer>>>>;

impl ApiServer {
    /// Starts it.
    ///
    /// # Errors
    /// Where no certificate can be made or no port is free.
    pub fn start(answers: BTreeMap<String, Vec<Answer>>) -> Result<Self, Box<dyn std::error::Error>> {
        let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der())?;
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], key)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self { port: listener.local_addr()?.port(), ca: certificate.cert.pem(), asked: Arc::default() };
        let (config, answers, asked) = (Arc::new(config), Arc::new(Mutex::new(answers)), Arc::clone(&server.asked));
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (config, answers, asked) = (Arc::clone(&config), Arc::clone(&answers), Arc::clone(&asked));
                // A client that hangs up is its own business.
                thread::spawn(move || serve(socket, config, &answers, &asked));
            }
        });
        Ok(server)
    }

    /// Every path that was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
    }
}

fn serve(socket: TcpStream, config: Arc<ServerConfig>, answers: &Answers, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config).ok()?, socket));
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink()).ok()?;
        let target = head.split(' ').nth(1)?.to_owned();
        let path = target.split('?').next()?.to_owned();
        let known = head.lines().any(|line| line.eq_ignore_ascii_case(&format!("authorization: bearer {TOKEN}")));
        let (status, body) = if known { next(answers, &path)? } else { (401, "{}".to_owned()) };
        asked.lock().ok()?.push(target);
        let head = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes()).ok()?;
        stream.get_mut().write_all(body.as_bytes()).ok()?;
        stream.get_mut().flush().ok()?;
    }
}

fn next(answers: &Answers, path: &str) -> Option<Answer> {
    let mut answers = answers.lock().ok()?;
    let Some(list) = answers.get_mut(path) else {
        return Some((404, "404 page not found\n".to_owned()));
    };
    if list.len() > 1 { Some(list.remove(0)) } else { list.first().cloned() }
}
