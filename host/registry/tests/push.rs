//! Policies are pushed as kwctl pushes them, which skopeo confirms.

use crate::place::{Outcome, Place, module};
use crate::skopeo;
use serde_json::json;
use std::collections::BTreeMap;
use waitwarden_registry::{Digest, Error, Problem};

#[test]
fn a_policy_is_pushed_as_kwctl_pushes_it() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 100_000);
    let metadata: BTreeMap<String, String> = [
        ("io.kubewarden.policy.title", "waitwarden"),
        ("io.kubewarden.policy.description", "Waits for Käse \"and\" others\n"),
        ("io.kubewarden.policy.author", "A B <a@b.co>"),
        ("io.kubewarden.policy.source", "https://example.com/mine"),
        ("io.kubewarden.policy.usage", "# How\n\nto use it\n"),
        ("io.kubewarden.kwctl", "1.36.0"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let reference = place.reference("policies/mine:v1.2.3")?;
    let pushed = place.registries.push_policy(&reference, &wasm, &metadata)?;
    let at = place.registry.repository("policies/mine");
    let seen = skopeo::raw(&format!("{at}:v1.2.3"))?;
    let expected = json!({
        "annotations": {
            "io.kubewarden.kwctl": "1.36.0",
            "io.kubewarden.policy.author": "A B <a@b.co>",
            "io.kubewarden.policy.description": "Waits for Käse \"and\" others",
            "io.kubewarden.policy.source": "https://example.com/mine",
            "io.kubewarden.policy.title": "waitwarden",
            "org.opencontainers.image.source": "https://example.com/mine",
        },
        "config": {
            "digest": Digest::of(b"{}"),
            "mediaType": "application/vnd.wasm.config.v1+json",
            "size": 2,
        },
        "layers": [{
            "digest": Digest::of(&wasm),
            "mediaType": "application/vnd.wasm.content.layer.v1+wasm",
            "size": 100_000,
        }],
        "schemaVersion": 2,
    });
    // Keys in order and no space between: the canonical form, so the digest is kwctl's.
    assert_eq!(String::from_utf8(seen.clone())?, expected.to_string());
    assert_eq!(pushed.digest, Digest::of(&seen));
    assert_eq!(pushed.reference, reference.pinned(&pushed.digest));
    assert_eq!(pushed.sent, [Digest::of(&wasm), Digest::of(b"{}")]);
    assert_eq!(skopeo::raw(&format!("{at}@{}", pushed.digest))?, seen);
    // What is there is not sent again, under another tag neither.
    let again = place.registries.push_policy(&place.reference("policies/mine")?, &wasm, &metadata)?;
    assert_eq!((again.digest, again.sent), (pushed.digest, vec![]));
    assert_eq!(skopeo::raw(&format!("{at}:latest"))?, seen);
    Ok(())
}

#[test]
fn without_metadata_there_are_no_annotations() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 10);
    place.push("mine:v1", &wasm)?;
    let expected = json!({
        "schemaVersion": 2,
        "config": { "mediaType": "application/vnd.wasm.config.v1+json", "digest": Digest::of(b"{}"), "size": 2 },
        "layers": [{
            "mediaType": "application/vnd.wasm.content.layer.v1+wasm",
            "digest": Digest::of(&wasm),
            "size": 10,
        }],
    });
    assert_eq!(skopeo::inspect(&format!("{}:v1", place.registry.repository("mine")))?, expected);
    Ok(())
}

#[test]
fn what_cannot_be_pushed_is_refused_before_anything_is_sent() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 10);
    let (tag, none) = (place.reference("mine:v1")?, BTreeMap::new());
    let pin = tag.pinned(&Digest::of(b""));
    let odd = BTreeMap::from([("a.b/c".to_owned(), "d\te".to_owned())]);
    for (reference, bytes, metadata, problem) in [
        (&pin, &wasm[..], &none, Problem::PushToDigest),
        (&tag, b"(module)", &none, Problem::NotWasm),
        (&tag, &wasm, &odd, Problem::Annotation { name: "a.b/c".to_owned() }),
    ] {
        let error = place.registries.push_policy(reference, bytes, metadata).expect_err("it is refused");
        assert_eq!(error, Error { reference: reference.to_string(), problem });
    }
    let (registries, _, _folder) = place.without_registry();
    let error = registries.push_policy(&tag, &wasm, &none).expect_err("it is gone");
    assert!(matches!(error.problem, Problem::Unreachable(_)), "{error}");
    Ok(())
}
