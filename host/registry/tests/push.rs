//! Policies are pushed as kwctl pushes them, which skopeo confirms.

use crate::place::{Outcome, Place, module};
use crate::skopeo;
use oci_client::Client;
use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::manifest::{OciImageManifest, WASM_CONFIG_MEDIA_TYPE, WASM_LAYER_MEDIA_TYPE};
use oci_client::secrets::RegistryAuth;
use serde_json::json;
use std::collections::BTreeMap;
use waitwarden_registry::{Digest, Error, Problem, Registries};

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
    assert_eq!(pushed.left_out, ["io.kubewarden.policy.usage"]);
    assert_eq!(skopeo::raw(&format!("{at}@{}", pushed.digest))?, seen);
    // What is there is not sent again, under another tag neither.
    let again = place.registries.push_policy(&place.reference("policies/mine")?, &wasm, &metadata)?;
    assert_eq!((again.digest, again.sent), (pushed.digest, vec![]));
    assert_eq!(skopeo::raw(&format!("{at}:latest"))?, seen);
    Ok(())
}

/// As kwctl does it: with `push` of `oci-client` (policy-fetcher `registry/mod.rs`, `do_push`).
#[test]
fn the_bytes_are_those_that_kwctls_library_sends() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    let metadata =
        BTreeMap::from([("b".to_owned(), "\u{e9} e\u{301} \\ \u{7f}".to_owned()), ("a".to_owned(), String::new())]);
    for annotations in [BTreeMap::new(), metadata] {
        let pushed = place.registries.push_policy(&place.reference("mine:v1")?, &wasm, &annotations)?;
        let theirs: oci_client::Reference = format!("{}/theirs:v1", place.registry.address()).parse()?;
        let layers = [ImageLayer::new(wasm.clone(), WASM_LAYER_MEDIA_TYPE.to_owned(), None)];
        let config = Config::new(b"{}".to_vec(), WASM_CONFIG_MEDIA_TYPE.to_owned(), None);
        let annotations = if annotations.is_empty() { None } else { Some(annotations) };
        let manifest = OciImageManifest::build(&layers, &config, annotations);
        let protocol = ClientProtocol::Http;
        let client = Client::try_from(ClientConfig { protocol, ..ClientConfig::default() })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let anonymous = RegistryAuth::Anonymous;
        let response = runtime.block_on(client.push(&theirs, &layers, config, &anonymous, Some(manifest)))?;
        assert!(response.manifest_url.ends_with(pushed.digest.as_str()), "{} {}", response.manifest_url, pushed.digest);
    }
    Ok(())
}

/// Linux takes 0.0.0.0 for its own, and it is none of loopback.
#[test]
#[cfg(target_os = "linux")]
fn plain_http_is_spoken_where_it_was_asked_for() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 1000);
    let reference = format!("0.0.0.0:{}/mine:v1", place.registry.port()).parse()?;
    let push = |registries: &Registries| registries.push_policy(&reference, &wasm, &BTreeMap::new());
    let error = push(&place.registries).expect_err("this registry speaks no TLS");
    assert!(matches!(error.problem, Problem::Unreachable(_)), "{error}");
    let insecure = Registries { insecure: vec!["0.0.0.0".to_owned()], ..place.registries.clone() };
    let pushed = push(&insecure)?;
    assert_eq!(insecure.pull_policy(&reference, &place.cache, false)?.digest, pushed.digest);
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
