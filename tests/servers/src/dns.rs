//! A name server that knows some IPv4 addresses (RFC 1035).

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// With what it knows.
    Good,
    /// That it cannot tell (SERVFAIL).
    Failing,
    /// That there is no IPv4 address, and that it cannot tell of any other.
    HalfFailing,
    /// Not at all.
    Silent,
}

/// On a free UDP port of 127.0.0.1.
#[derive(Debug)]
pub struct DnsServer {
    /// The port.
    pub port: u16,
    /// Names with their final dot, and their addresses.
    pub names: Arc<Mutex<Vec<(String, Ipv4Addr)>>>,
    /// How it answers.
    pub mood: Arc<Mutex<Mood>>,
}

impl DnsServer {
    /// Knows these.
    ///
    /// # Panics
    /// Where no port is free.
    pub fn start(names: &[(&str, Ipv4Addr)]) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let names: Vec<_> = names.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect();
        let names = Arc::new(Mutex::new(names));
        let mood = Arc::new(Mutex::new(Mood::Good));
        let (known, now) = (Arc::clone(&names), Arc::clone(&mood));
        std::thread::spawn(move || {
            let mut buffer = [0_u8; 512];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
                let query = &buffer[..length];
                let reply = match *now.lock().unwrap() {
                    Mood::Good => answer(query, &known.lock().unwrap()),
                    // The type stands in front of the class, which is at the end.
                    Mood::HalfFailing if query[length - 4..].starts_with(&[0, 1]) => nothing(query, 0),
                    Mood::Failing | Mood::HalfFailing => nothing(query, SERVFAIL),
                    Mood::Silent => continue,
                };
                let _ = socket.send_to(&reply, peer);
            }
        });
        Self { port, names, mood }
    }
}

/// A server that cannot tell.
const SERVFAIL: u8 = 2;

/// An answer without any record: the question comes back.
fn nothing(query: &[u8], code: u8) -> Vec<u8> {
    let mut reply = query.to_vec();
    (reply[2], reply[3]) = (0x81, 0x80 | code);
    reply
}

/// The answer to a query with one question.
fn answer(query: &[u8], names: &[(String, Ipv4Addr)]) -> Vec<u8> {
    let (mut name, mut at) = (String::new(), 12);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        name.push_str(&String::from_utf8_lossy(&query[at + 1..end]).to_ascii_lowercase());
        name.push('.');
        at = end;
    }
    let question = &query[12..at + 5];
    let is_a = query[at + 1..at + 3] == [0, 1];
    let known: Vec<Ipv4Addr> = names.iter().filter(|(known, _)| *known == name).map(|(_, address)| *address).collect();
    let answers = if is_a { known.len() } else { 0 };
    let mut reply = query[..2].to_vec();
    // A response, recursion available; NXDOMAIN where the name is unknown.
    reply.extend([
        0x81,
        if known.is_empty() { 0x83 } else { 0x80 },
        0,
        1,
        0,
        u8::try_from(answers).unwrap(),
        0,
        0,
        0,
        0,
    ]);
    reply.extend(question);
    for address in known.iter().take(answers) {
        // The name of the question, type A, class IN, five seconds, four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4]);
        reply.extend(address.octets());
    }
    reply
}
