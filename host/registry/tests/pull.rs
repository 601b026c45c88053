//! Policies are pulled from a real registry, and from the cache when it is gone.

use crate::place::{Outcome, Place, impatient, module};
use std::fs;
use std::time::{Duration, Instant, SystemTime};
use waitwarden_registry::{Cache, Digest, Error, Origin, Problem, Pulled};
use waitwarden_test_registry::deaf;

fn pulled(bytes: &[u8], digest: &Digest, origin: Origin) -> Pulled {
    Pulled { bytes: bytes.to_vec(), digest: digest.clone(), origin, not_kept: None }
}

/// What the cache remembered, and why it was asked.
fn remembered(pulled: Pulled) -> (Vec<u8>, Digest, Option<Error>) {
    match pulled.origin {
        Origin::Remembered { seen, because } => {
            assert!(seen <= SystemTime::now() && seen.elapsed().is_ok_and(|age| age < Duration::from_mins(1)));
            (pulled.bytes, pulled.digest, because.map(|error| *error))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_pushed_is_pulled_and_kept() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 100_000);
    let pushed = place.push("policies/mine:v1", &wasm)?;
    let tag = place.reference("policies/mine:v1")?;
    assert_eq!(pushed.reference, tag.pinned(&pushed.digest));
    let first = place.registries.pull_policy(&tag, &place.cache, false)?;
    assert_eq!(first, pulled(&wasm, &pushed.digest, Origin::Registry));
    assert!(!first.from_cache());
    // A tag is asked for again, a pin is not: not even the folder of the layer is needed at the registry.
    fs::remove_file(place.blob(&wasm))?;
    let second = place.registries.pull_policy(&tag, &place.cache, false)?;
    assert_eq!(second, pulled(&wasm, &pushed.digest, Origin::Registry), "the module was not fetched again");
    let (registries, cache, _folder) = place.without_registry();
    for reference in [tag.pinned(&pushed.digest), format!("{tag}@{}", pushed.digest).parse()?] {
        for offline in [false, true] {
            let pin = registries.pull_policy(&reference, &cache, offline)?;
            assert_eq!(pin, pulled(&wasm, &pushed.digest, Origin::Pin));
            assert!(pin.from_cache());
        }
    }
    Ok(())
}

#[test]
fn a_pin_is_pulled_and_a_wrong_one_refused() -> Outcome {
    let place = Place::new()?;
    let (one, two) = (module(b'a', 1000), module(b'b', 1000));
    let first = place.push("mine:v1", &one)?;
    place.push("mine:v1", &two)?;
    // The tag of the reference has moved; the pin counts.
    let pin = format!("{}@{}", place.reference("mine:v1")?, first.digest).parse()?;
    let found = place.registries.pull_policy(&pin, &place.cache, false)?;
    assert_eq!(found, pulled(&one, &first.digest, Origin::Registry));
    let wrong = place.reference("mine")?.pinned(&Digest::of(b"something else"));
    let error = place.registries.pull_policy(&wrong, &place.cache, false).expect_err("nothing has this digest");
    let problem = Problem::NotFound { what: "the manifest".to_owned() };
    assert_eq!(error, Error { reference: wrong.to_string(), problem });
    Ok(())
}

#[test]
fn a_tag_that_moved_is_seen() -> Outcome {
    let place = Place::new()?;
    let (one, two) = (module(b'a', 1000), module(b'b', 1000));
    let tag = place.reference("mine")?;
    assert_eq!(tag.tag(), Some("latest"));
    for wasm in [&one, &two] {
        let pushed = place.push("mine", wasm)?;
        let found = place.registries.pull_policy(&tag, &place.cache, false)?;
        assert_eq!(found, pulled(wasm, &pushed.digest, Origin::Registry));
        let offline = remembered(place.registries.pull_policy(&tag, &place.cache, true)?);
        assert_eq!(offline, (wasm.clone(), pushed.digest, None));
    }
    Ok(())
}

#[test]
fn a_registry_that_is_gone_is_replaced_by_the_cache() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    let pushed = place.push("mine:v1", &wasm)?;
    let (tag, other) = (place.reference("mine:v1")?, place.reference("mine:v2")?);
    place.registries.pull_policy(&tag, &place.cache, false)?;
    let (registries, cache, folder) = place.without_registry();
    let (bytes, digest, because) = remembered(registries.pull_policy(&tag, &cache, false)?);
    assert_eq!((bytes, digest), (wasm, pushed.digest));
    let because = because.expect("it was asked");
    assert_eq!(because.reference, tag.to_string());
    match &because.problem {
        Problem::Unreachable(reason) => assert!(reason.contains("Connection refused"), "{reason}"),
        other => panic!("{other}"),
    }
    // What was never pulled is not there.
    let empty = Cache::at(folder.path().join("empty"));
    for (reference, cache) in [(&tag, &empty), (&other, &cache), (&other.pinned(&Digest::of(b"")), &cache)] {
        let error = registries.pull_policy(reference, cache, false).expect_err("neither registry nor cache");
        assert!(matches!(error.problem, Problem::Unreachable(_)), "{error}");
        let error = registries.pull_policy(reference, cache, true).expect_err("nor offline");
        assert_eq!(error.problem, Problem::NotCached { folder: cache.folder().to_owned() });
    }
    Ok(())
}

#[test]
fn a_registry_that_never_answers_has_its_time() -> Outcome {
    let place = Place::new()?;
    let (_listener, address) = deaf()?;
    let reference = format!("{address}/mine:v1").parse()?;
    let started = Instant::now();
    let error = place.registries.pull_policy(&reference, &place.cache, false).expect_err("it never answers");
    assert_eq!(error.problem, Problem::TimedOut { seconds: 2 });
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_blob_that_was_damaged_at_the_registry_is_refused() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 100_000);
    place.push("mine:v1", &wasm)?;
    let (tag, path, digest) = (place.reference("mine:v1")?, place.blob(&wasm), Digest::of(&wasm));
    let what = format!("the blob {digest}");
    let mut altered = wasm.clone();
    altered[50_000] ^= 1;
    let longer = [&wasm[..], b"more"].concat();
    let size = |actual| Problem::WrongSize { what: what.clone(), expected: 100_000, actual };
    let wrong = Problem::WrongDigest { what: what.clone(), expected: digest, actual: Digest::of(&altered) };
    for (content, problem) in [(&wasm[..70_000], size(70_000)), (&longer, size(100_004)), (&altered, wrong)] {
        fs::write(&path, content)?;
        let error = place.registries.pull_policy(&tag, &place.cache, false).expect_err("it is damaged");
        assert_eq!(error, Error { reference: tag.to_string(), problem });
    }
    assert!(!place.cache.folder().exists(), "nothing of it is kept");
    fs::write(&path, &wasm)?;
    assert_eq!(place.registries.pull_policy(&tag, &place.cache, false)?.bytes, wasm);
    Ok(())
}

#[test]
fn a_policy_that_is_too_large_is_not_pulled() -> Outcome {
    let mut place = Place::new()?;
    let wasm = module(b'a', 2000);
    place.push("mine:v1", &wasm)?;
    let tag = place.reference("mine:v1")?;
    place.registries.largest_policy = 1999;
    let error = place.registries.pull_policy(&tag, &place.cache, false).expect_err("it is too large");
    assert_eq!(error.problem, Problem::TooLarge { what: format!("the blob {}", Digest::of(&wasm)), limit: 1999 });
    place.registries.largest_policy = 2000;
    assert_eq!(place.registries.pull_policy(&tag, &place.cache, false)?.bytes, wasm);
    Ok(())
}

#[test]
fn a_damaged_cache_is_not_trusted() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    let pushed = place.push("mine:v1", &wasm)?;
    let tag = place.reference("mine:v1")?;
    let pin = tag.pinned(&pushed.digest);
    place.registries.pull_policy(&tag, &place.cache, false)?;
    for digest in [Digest::of(&wasm), pushed.digest.clone()] {
        let path = place.cache.folder().join("blobs/sha256").join(digest.hex());
        for reference in [&tag, &pin] {
            fs::write(&path, b"\0asm damaged")?;
            let error = place.registries.pull_policy(reference, &place.cache, true).expect_err("it is damaged");
            let problem = Problem::Damaged { path: path.clone(), actual: Digest::of(b"\0asm damaged") };
            assert_eq!(error, Error { reference: reference.to_string(), problem });
            let found = place.registries.pull_policy(reference, &place.cache, false)?;
            assert_eq!(found, pulled(&wasm, &pushed.digest, Origin::Registry), "it is fetched again");
            assert_eq!(place.registries.pull_policy(reference, &place.cache, true)?.bytes, wasm, "and whole again");
        }
    }
    Ok(())
}

#[test]
fn a_cache_that_cannot_be_written_is_said_and_no_failure() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    let pushed = place.push("mine:v1", &wasm)?;
    let tag = place.reference("mine:v1")?;
    let file = tempfile::NamedTempFile::new()?;
    let found = place.registries.pull_policy(&tag, &Cache::at(file.path()), false)?;
    assert_eq!((found.bytes, found.digest), (wasm, pushed.digest));
    match found.not_kept {
        Some(Error { problem: Problem::Cache { path, .. }, .. }) => assert!(path.starts_with(file.path()), "{path:?}"),
        other => panic!("{other:?}"),
    }
    Ok(())
}

#[test]
fn it_can_be_pulled_from_within_a_runtime() -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let error = impatient().manifest_digest("127.0.0.1:1/none").expect_err("nobody is there");
        assert!(matches!(error.problem, Problem::Unreachable(_)), "{error}");
    });
    Ok(())
}
