//! The section byte for byte, and what becomes of modules that are none.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use proptest::prelude::*;
use serde_json::{Value, json};
use waitwarden_module::{Error, Metadata, SECTION, annotate, metadata};

/// `\0asm`, version 1.
const PREAMBLE: &[u8] = b"\0asm\x01\0\0\0";
/// A function type, a function of it, its export and its body: what `(module (func (export "__guest_call")))` becomes.
const GUEST: &[u8] = b"\x01\x04\x01\x60\0\0\
    \x03\x02\x01\0\
    \x07\x10\x01\x0c__guest_call\0\0\
    \x0a\x04\x01\x02\0\x0b";
/// A custom section `name` with three bytes.
const CUSTOM: &[u8] = b"\0\x08\x04nameabc";

fn module(parts: &[&[u8]]) -> Vec<u8> {
    [&[PREAMBLE], parts].concat().concat()
}

fn small() -> Metadata {
    Metadata::read(&json!({ "rules": [], "mutating": false })).unwrap()
}

/// The section of [`small`], written by hand.
fn section() -> Vec<u8> {
    let json = br#"{"protocolVersion":"v1","rules":[],"mutating":false,"backgroundAudit":true,"executionMode":"kubewarden-wapc","policyType":"kubernetes","contextAwareResources":[]}"#;
    assert_eq!(json.len(), 162);
    // Custom; 1 + 22 + 162 bytes as LEB128; 22 bytes of name.
    [b"\0\xb9\x01\x16io.kubewarden.metadata".as_slice(), json].concat()
}

#[test]
fn the_section_is_appended_byte_for_byte() {
    let bare = module(&[GUEST, CUSTOM]);
    assert_eq!(annotate(&bare, &small()), Ok(module(&[GUEST, CUSTOM, &section()])));
}

#[test]
fn a_section_that_is_there_is_replaced_in_its_place_and_copies_go() {
    let old = b"\0\x19\x16io.kubewarden.metadata{}";
    let twice = module(&[old, GUEST, old, CUSTOM]);
    let once = annotate(&twice, &small()).unwrap();
    assert_eq!(once, module(&[&section(), GUEST, CUSTOM]));
    assert_eq!(annotate(&once, &small()), Ok(once.clone()));
}

#[test]
fn what_was_written_is_read() {
    let policy = Metadata::read(&json!({
        "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"] }],
        "mutating": true,
    }))
    .unwrap()
    .with_usage("# Größe\n");
    let annotated = annotate(&module(&[GUEST]), &policy).unwrap();
    let expected: Value = serde_json::from_str(&policy.json()).unwrap();
    assert_eq!(expected["annotations"], json!({ "io.kubewarden.policy.usage": "# Größe\n" }));
    assert_eq!(metadata(&annotated), Ok(Some(expected)));
    assert_eq!(metadata(&module(&[GUEST])), Ok(None));
}

#[test]
fn lengths_may_be_padded_to_five_bytes() {
    let padded = module(&[b"\0\x88\x80\x80\x80\0\x04nameabc"]);
    assert_eq!(metadata(&padded), Ok(None));
}

#[test]
fn only_a_wapc_policy_becomes_one() {
    let message = "the module exports no `__guest_call`, so it is no waPC policy; expected one that was built with a \
                   Kubewarden SDK, or another `executionMode` in the metadata";
    for other in [module(&[]), module(&[b"\x07\x05\x01\x01a\0\0"])] {
        let error = annotate(&other, &small()).unwrap_err();
        assert_eq!((error.to_string().as_str(), error), (message, Error::NotWapc { export: "__guest_call" }));
    }
    let wasi = Metadata::read(&json!({ "rules": [], "mutating": false, "executionMode": "wasi", "policyType": "raw" }))
        .unwrap();
    let annotated = metadata(&annotate(&module(&[]), &wasi).unwrap()).unwrap().unwrap();
    assert_eq!(annotated["protocolVersion"], "Unknown");
}

#[test]
fn hostile_modules_are_refused_with_the_place() {
    let not_json = |data: &[u8]| {
        let size = u8::try_from(23 + data.len()).unwrap();
        module(&[&[0, size, 22], SECTION.as_bytes(), data])
    };
    for (bytes, expected) in [
        (vec![], "not a WebAssembly module: the file is empty"),
        (b"\0as".to_vec(), "not a WebAssembly module: it does not begin with the bytes 00 61 73 6d"),
        (
            b"\0asm\x02\0\0\0".to_vec(),
            "not a WebAssembly module: the bytes 4 to 7 are not version 1 of the WebAssembly binary format",
        ),
        (
            b"\0asm\x0d\0\x01\0".to_vec(),
            "not a WebAssembly module: this is a WebAssembly component, and Kubewarden runs core modules; build it for \
             `wasm32-wasip1`",
        ),
        (b" (module)".to_vec(), "not a WebAssembly module: this is WebAssembly as text; translate it with `wat2wasm`"),
        (b"\x1f\x8b\x08".to_vec(), "not a WebAssembly module: this is a gzip file; unpack it first"),
        (
            module(&[b"\0"]),
            "a broken WebAssembly module: byte 9: the custom section ends in its head; the file was cut off",
        ),
        (
            module(&[b"\x0a\x05\x01"]),
            "a broken WebAssembly module: byte 10: the code section should go on for 5 bytes, but 1 are left; the file was \
             cut off or damaged",
        ),
        (
            module(&[b"\x0a\xff\xff\xff\xff\x0f"]),
            "a broken WebAssembly module: byte 14: the code section should go on for 4294967295 bytes, but 0 are left; the \
             file was cut off or damaged",
        ),
        (
            module(&[b"\x0a\xff\xff\xff\xff\x1f"]),
            "a broken WebAssembly module: byte 9: a number of the code section is no LEB128 number of 32 bits; expected at \
             most five bytes",
        ),
        (
            module(&[b"\x0a\x80\x80\x80\x80\x80\0"]),
            "a broken WebAssembly module: byte 9: a number of the code section is no LEB128 number of 32 bits; expected at \
             most five bytes",
        ),
        (
            module(&[b"\x01\x01\0\0\x01\0\x01\x01\0"]),
            "a broken WebAssembly module: byte 14: a second type section; expected one",
        ),
        (
            module(&[&b"\0\x01\0".repeat(10_001)]),
            "a broken WebAssembly module: byte 30008: more than 10000 sections; expected some twenty",
        ),
        (module(&[b"\x0e\0"]), "a broken WebAssembly module: byte 8: there is no section 14; expected 0 to 13"),
        (
            module(&[b"\0\x02\x05a"]),
            "a broken WebAssembly module: byte 11: the name of the custom section should go on for 5 bytes, but 1 are left; \
             the file was cut off or damaged",
        ),
        (
            module(&[b"\0\x03\x02a\xff"]),
            "a broken WebAssembly module: byte 12: the name of the custom section is not UTF-8",
        ),
        (
            not_json(b"{\n\"a\": }"),
            "the section `io.kubewarden.metadata` is not JSON: byte 40 of the file: expected value at line 2 column 6; \
             annotate the module again",
        ),
        (
            not_json(b"{\"a\": \"\xff\"}"),
            "the section `io.kubewarden.metadata` is not JSON: byte 40 of the file: it is not UTF-8; annotate the module \
             again",
        ),
        (
            not_json(b""),
            "the section `io.kubewarden.metadata` is not JSON: byte 33 of the file: EOF while parsing a value at line 1 \
             column 0; annotate the module again",
        ),
    ] {
        assert_eq!(metadata(&bytes).unwrap_err().to_string(), expected, "{bytes:?}");
    }
}

#[test]
fn broken_exports_are_refused() {
    for exports in [&b"\x07\x02\xff\x01"[..], b"\x07\x03\x01\x0c_", b"\x07\x06\xff\xff\xff\xff\x0f\x01", b"\x07\0"] {
        let error = annotate(&module(&[exports]), &small()).unwrap_err();
        assert!(matches!(error, Error::Broken { offset: 10.., .. }), "{exports:?}: {error}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = metadata(&bytes);
        let framed = module(&[&bytes]);
        let _ = metadata(&framed);
        if let Ok(annotated) = annotate(&framed, &small()) {
            prop_assert_eq!(annotate(&annotated, &small()), Ok(annotated.clone()));
        }
    }

    #[test]
    fn sections_of_any_kind_stay_as_they_are(
        sections in proptest::collection::vec((0_u8..14, proptest::collection::vec(any::<u8>(), 0..20)), 0..8),
        before in 0_usize..8,
    ) {
        let mut parts: Vec<Vec<u8>> = sections
            .into_iter()
            .map(|(id, mut content)| {
                if id == 0 {
                    content.splice(..0, [1, b'x']);
                }
                [vec![id, u8::try_from(content.len()).unwrap()], content].concat()
            })
            .collect();
        // Each but the custom ones stands there once; some are those of the guest.
        let mut taken = vec![1, 3, 7, 10];
        parts.retain(|part| part[0] == 0 || !taken.contains(&part[0]) && { taken.push(part[0]); true });
        let before = before.min(parts.len());
        parts.insert(before, GUEST.to_vec());
        let bare = module(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let annotated = annotate(&bare, &small()).unwrap();
        prop_assert_eq!(&annotated, &[bare, section()].concat());
        prop_assert!(metadata(&annotated).unwrap().is_some());
    }

    #[test]
    fn a_damaged_module_is_read_or_refused(at in 0_usize..300, byte: u8, length in 0_usize..300) {
        let mut annotated = annotate(&module(&[GUEST, CUSTOM]), &small()).unwrap();
        let end = annotated.len() - 1;
        annotated[at.min(end)] = byte;
        annotated.truncate(length);
        let _ = metadata(&annotated);
        let _ = annotate(&annotated, &small());
    }
}
