//! What comes from a registry is counted, compared and limited, whoever it comes from.

use crate::place::{Outcome, Place, impatient, module};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use waitwarden_registry::{Cache, Digest, Expected, Origin, Problem, Reference};
use waitwarden_test_registry::Between;

fn pull(address: &str, cache: &Cache) -> Outcome<Problem> {
    let reference: Reference = format!("{address}/mine:v1").parse()?;
    match impatient().pull_policy(&reference, cache, false) {
        Err(error) => Ok(error.problem),
        Ok(pulled) => Err(format!("{pulled:?}").into()),
    }
}

/// The answer of a registry of one's own to everything about manifests; anybody may come in.
fn serve(head: &str, body: &str) -> Outcome<Between> {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n{head}\r\n{body}", body.len());
    Ok(Between::alone(move |line, client| {
        let text = if line.contains("/manifests/") { &answer } else { "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" };
        client.write_all(text.as_bytes())
    })?)
}

#[test]
fn a_connection_that_breaks_off_is_no_policy() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 100_000);
    place.push("mine:v1", &wasm)?;
    let cut = Between::stand(place.registry.port(), |line, mut answer| {
        if line.contains("/blobs/") {
            answer.truncate(answer.len() - 40_000);
        }
        answer
    })?;
    match pull(&cut.address(), &place.cache)? {
        Problem::Cut { what, expected, received } => {
            assert_eq!((what, expected), (format!("the blob {}", Digest::of(&wasm)), Expected::Bytes(100_000)));
            assert!(received <= 60_000, "{received}");
        }
        other => panic!("{other}"),
    }
    // A stream that ends in good order, but too early.
    let short = Between::stand(place.registry.port(), |line, answer| {
        if line.contains("/blobs/") { b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\0asm".to_vec() } else { answer }
    })?;
    let expected = Problem::WrongSize { what: format!("the blob {}", Digest::of(&wasm)), expected: 100_000, actual: 4 };
    assert_eq!(pull(&short.address(), &place.cache)?, expected);
    assert!(!place.cache.folder().exists(), "nothing of it is kept");
    Ok(())
}

#[test]
fn a_manifest_that_was_exchanged_is_refused() -> Outcome {
    let place = Place::new()?;
    let (mine, other) = (module(b'a', 1000), module(b'b', 1000));
    let pushed = place.push("mine:v1", &mine)?;
    let evil = place.push("evil:v1", &other)?;
    // Somebody gives another manifest, without saying its digest.
    let manifest = std::fs::read(place.registry.blob(evil.digest.as_str()))?;
    let exchange = Between::stand(place.registry.port(), move |line, answer| {
        if !line.contains("/manifests/") {
            return answer;
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", manifest.len());
        [head.as_bytes(), &manifest].concat()
    })?;
    let pin: Reference = format!("{}/mine:v1@{}", exchange.address(), pushed.digest).parse()?;
    let error = impatient().pull_policy(&pin, &place.cache, false).expect_err("it is another");
    let what = "the manifest".to_owned();
    let problem = Problem::WrongDigest { what: what.clone(), expected: pushed.digest.clone(), actual: evil.digest };
    assert_eq!(error.problem, problem);
    // The registry's own word counts where nothing is pinned.
    let head = format!("docker-content-digest: {}\r\n", pushed.digest);
    let body = json!({ "schemaVersion": 2, "manifests": [] }).to_string();
    let lying = serve(&head, &body)?;
    let problem = Problem::WrongDigest { what, expected: pushed.digest, actual: Digest::of(body.as_bytes()) };
    assert_eq!(pull(&lying.address(), &place.cache)?, problem);
    Ok(())
}

#[test]
fn what_is_no_policy_is_said_to_be_none() -> Outcome {
    let folder = tempfile::tempdir()?;
    let cache = Cache::at(folder.path());
    let part = |kind: &str| json!({ "mediaType": kind, "digest": Digest::of(b""), "size": 0 });
    let index = "application/vnd.oci.image.index.v1+json";
    let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
    let manifest = |layers: Value| json!({ "schemaVersion": 2, "config": part("a/b"), "layers": layers });
    for (body, problem) in [
        (
            json!({ "schemaVersion": 2, "mediaType": index, "manifests": [part("a/b"), part("a/b")] }),
            Problem::Index { manifests: 2 },
        ),
        (manifest(json!([part(tar)])), Problem::NotAPolicy { found: format!("`{tar}`") }),
        (manifest(json!([])), Problem::NotAPolicy { found: "none".to_owned() }),
    ] {
        let server = serve("", &body.to_string())?;
        assert_eq!(pull(&server.address(), &cache)?, problem);
    }
    match pull(&serve("", "<html>")?.address(), &cache)? {
        Problem::Malformed { what, reason } => {
            assert_eq!((what.as_str(), reason.as_str()), ("the manifest", "expected value at line 1 column 1"));
        }
        other => panic!("{other}"),
    }
    Ok(())
}

#[test]
fn an_answer_without_an_end_is_not_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let cache = Cache::at(folder.path());
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let endless = move |client: &mut TcpStream| {
        client.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
        loop {
            client.write_all(&[b' '; 4096])?;
            count.fetch_add(4096, Ordering::Relaxed);
        }
    };
    // A manifest.
    let answer = endless.clone();
    let server = Between::alone(move |line, client| {
        if line.contains("/manifests/") {
            answer(client)
        } else {
            client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
    })?;
    let problem = Problem::TooLarge { what: "the manifest".to_owned(), limit: 4 << 20 };
    assert_eq!(pull(&server.address(), &cache)?, problem);
    // A blob, larger than its manifest says.
    let layer =
        json!({ "mediaType": "application/vnd.wasm.content.layer.v1+wasm", "digest": Digest::of(b""), "size": 10_000 });
    let body = json!({ "schemaVersion": 2, "config": layer, "layers": [layer] }).to_string();
    let server = Between::alone(move |line, client| {
        if line.contains("/blobs/") {
            return endless(client);
        }
        let body = if line.contains("/manifests/") { body.as_str() } else { "" };
        write!(client, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    })?;
    let what = format!("the blob {}", Digest::of(b""));
    assert_eq!(pull(&server.address(), &cache)?, Problem::WrongSize { what, expected: 10_000, actual: 10_001 });
    let written = written.load(Ordering::Relaxed);
    assert!(written < 32 << 20, "the connections were closed early, after {written} bytes");
    Ok(())
}

#[test]
fn an_answer_that_stops_has_its_time() -> Outcome {
    let place = Place::new()?;
    place.push("mine:v1", &module(b'a', 1000))?;
    let server = Between::stand(place.registry.port(), |line, mut answer| {
        if line.contains("/blobs/") {
            answer.truncate(answer.len() - 500);
        }
        answer
    })?;
    let port = server.address();
    // The connection stays open behind the half of a blob.
    let server = Between::alone(move |head, client| {
        let mut half = TcpStream::connect(&port)?;
        half.write_all(head.as_bytes())?;
        std::io::copy(&mut half, client)?;
        if head.contains("/blobs/") {
            std::thread::sleep(Duration::from_secs(10));
        }
        Ok(())
    })?;
    let started = Instant::now();
    assert_eq!(pull(&server.address(), &place.cache)?, Problem::TimedOut { seconds: 2 });
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn an_answer_that_trickles_has_its_time() -> Outcome {
    let folder = tempfile::tempdir()?;
    let server = Between::alone(|line, client| {
        if !line.contains("/manifests/") {
            return client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
        client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
        loop {
            client.write_all(b" ")?;
            std::thread::sleep(Duration::from_millis(200));
        }
    })?;
    let started = Instant::now();
    assert_eq!(pull(&server.address(), &Cache::at(folder.path()))?, Problem::TimedOut { seconds: 4 });
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_status_is_a_problem_of_its_own_and_trouble_asks_the_cache() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    place.push("mine:v1", &wasm)?;
    let busy = Arc::new(AtomicUsize::new(0));
    let status = Arc::clone(&busy);
    let server = Between::stand(place.registry.port(), move |line, answer| match status.load(Ordering::Relaxed) {
        code if code != 0 && line.contains("/manifests/") => {
            format!("HTTP/1.1 {code} No\r\nconnection: close\r\n\r\n\u{1b}[31mred").into_bytes()
        }
        _ => answer,
    })?;
    let reference: Reference = format!("{}/mine:v1", server.address()).parse()?;
    let pull = |cache: &Cache| impatient().pull_policy(&reference, cache, false);
    assert_eq!(pull(&place.cache)?.origin, Origin::Registry);
    let empty = Cache::at(place.folder.path().join("empty"));
    let message = "[31mred".to_owned();
    for (code, problem, absent) in [
        (503, Problem::Unavailable { status: 503 }, true),
        (429, Problem::Unavailable { status: 429 }, true),
        (404, Problem::NotFound { what: "the manifest".to_owned() }, false),
        (418, Problem::Refused { status: 418, message }, false),
    ] {
        busy.store(code, Ordering::Relaxed);
        assert_eq!(pull(&empty).expect_err("a refusal").problem, problem);
        match pull(&place.cache) {
            Ok(pulled) => match pulled.origin {
                Origin::Remembered { because: Some(error), .. } => assert_eq!((error.problem, absent), (problem, true)),
                other => panic!("{code}: {other:?}"),
            },
            Err(error) => assert_eq!((error.problem, absent), (problem, false)),
        }
    }
    Ok(())
}

#[test]
fn what_is_not_webassembly_is_refused() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    place.push("mine:v1", &wasm)?;
    let text = b"#!/bin/sh\n";
    let layer = |bytes: &[u8]| json!({ "mediaType": "application/vnd.wasm.content.layer.v1+wasm", "digest": Digest::of(bytes), "size": bytes.len() });
    let body = json!({ "schemaVersion": 2, "config": layer(text), "layers": [layer(text)] }).to_string();
    let server = Between::alone(move |head, client| {
        let body = match () {
            () if head.contains("/manifests/") => body.as_bytes(),
            () if head.contains("/blobs/") => text,
            () => b"",
        };
        write!(client, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len())?;
        client.write_all(body)
    })?;
    assert_eq!(pull(&server.address(), &place.cache)?, Problem::NotWasm);
    assert!(!place.cache.folder().exists(), "nothing of it is kept");
    Ok(())
}

#[test]
fn a_digest_that_the_registry_only_claims_is_compared() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    let other = Digest::of(b"another");
    let claim = other.clone();
    // The registry takes everything, and then says that the tag means something else.
    let lying = Between::stand(place.registry.port(), move |line, answer| {
        if line.starts_with("HEAD ") && line.contains("/manifests/") {
            format!("HTTP/1.1 200 OK\r\nconnection: close\r\ndocker-content-digest: {claim}\r\n\r\n").into_bytes()
        } else {
            answer
        }
    })?;
    let reference: Reference = format!("{}/mine:v1", lying.address()).parse()?;
    let error = impatient().push_policy(&reference, &wasm, &BTreeMap::new()).expect_err("it is something else");
    let pushed = place.push("mine:v1", &wasm)?;
    let what = "what is now tagged `v1`".to_owned();
    let problem = Problem::WrongDigest { what, expected: pushed.digest.clone(), actual: other.clone() };
    assert_eq!(error.problem, problem);
    assert_eq!(pushed.sent, [], "it had been taken");
    let pin = format!("{}/mine@{}", lying.address(), pushed.digest);
    let error = impatient().manifest_digest(&pin).expect_err("it is something else");
    let what = "the manifest".to_owned();
    assert_eq!(error.problem, Problem::WrongDigest { what, expected: pushed.digest, actual: other });
    Ok(())
}

#[test]
fn a_registry_that_does_not_say_digests_is_asked_for_the_bytes() -> Outcome {
    let place = Place::new()?;
    let silent = Between::stand(place.registry.port(), |_, answer| {
        let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return answer };
        let (head, body) = answer.split_at(end);
        let head = String::from_utf8_lossy(head);
        let kept: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with("Docker-Content-Digest")).collect();
        [kept.join("\r\n").as_bytes(), body].concat()
    })?;
    let reference: Reference = format!("{}/mine:v1", silent.address()).parse()?;
    let pushed = impatient().push_policy(&reference, &module(b'a', 1000), &BTreeMap::new())?;
    assert_eq!(pushed.digest, place.push("mine:v1", &module(b'a', 1000))?.digest);
    assert_eq!(impatient().manifest_digest(&reference.to_string())?, pushed.digest.to_string());
    Ok(())
}
