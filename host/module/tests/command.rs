//! The program that `make` runs.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::path::Path;
use std::process::Command;
use waitwarden_module::{Addition, Metadata, artifacthub, metadata, questions};

/// `(module (func (export "__guest_call")))`
const MODULE: &[u8] =
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x10\x01\x0c__guest_call\0\0\x0a\x04\x01\x02\0\x0b";

/// Whether it went well, standard output and standard error.
fn run(folder: &Path, args: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_waitwarden-module")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn it_annotates_and_shows_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("policy.wasm"), MODULE).unwrap();
    fs::write(file("metadata.yml"), "rules: []\nmutating: false\npolicyType: raw\n").unwrap();
    fs::write(file("README.md"), "# Read me\n").unwrap();
    let annotate = ["annotate", "policy.wasm", "metadata.yml", "README.md", "annotated.wasm"];
    assert_eq!(run(folder.path(), &annotate), (true, String::new(), String::new()));
    let annotated = metadata(&fs::read(file("annotated.wasm")).unwrap()).unwrap().unwrap();
    let json = "{\"protocolVersion\":\"v1\",\"rules\":[],\"annotations\":{\"io.kubewarden.policy.usage\":\"# Read me\\n\"},\
                \"mutating\":false,\"backgroundAudit\":true,\"executionMode\":\"kubewarden-wapc\",\"policyType\":\"raw\",\
                \"contextAwareResources\":[]}";
    assert_eq!(annotated.to_string(), json);
    let (well, out, _) = run(folder.path(), &["inspect", "annotated.wasm"]);
    assert!(well && out.ends_with("\nUsage\n# Read me\n"), "{out}");

    // In place, and again: the same.
    let again = ["annotate", "annotated.wasm", "metadata.yml", "README.md", "annotated.wasm"];
    let before = fs::read(file("annotated.wasm")).unwrap();
    assert!(run(folder.path(), &again).0);
    assert_eq!(fs::read(file("annotated.wasm")).unwrap(), before);
}

#[test]
fn it_says_which_file_is_wrong_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    write("policy.wasm", b"MZ");
    write("README.md", b"");
    write("empty.yml", b"{}\n");
    write("twice.yml", b"mutating: true\nrules: []\nmutating: false\n");
    write("two.yml", b"mutating: true\nrules: []\n---\nrules: []\n");
    write("broken.yml", b"rules: [\n");
    write("right.yml", b"mutating: true\nrules: []\n");
    for (metadata, expected) in [
        (
            "empty.yml",
            "waitwarden-module: empty.yml: rules: it is missing; expected a list of {apiGroups, apiVersions, resources, \
             operations}\nempty.yml: mutating: it is missing; expected true or false\n",
        ),
        ("twice.yml", "waitwarden-module: twice.yml:3:1: "),
        ("two.yml", "waitwarden-module: two.yml:4: expected only one document\n"),
        ("broken.yml", "waitwarden-module: broken.yml:"),
        ("none.yml", "waitwarden-module: none.yml: No such file or directory"),
        (
            "right.yml",
            "waitwarden-module: policy.wasm: not a WebAssembly module: it does not begin with the bytes 00 61 73 6d\n",
        ),
    ] {
        let (well, out, error) = run(folder.path(), &["annotate", "policy.wasm", metadata, "README.md", "out.wasm"]);
        assert!(!well && out.is_empty() && error.starts_with(expected), "{metadata}: {error}");
        assert!(!folder.path().join("out.wasm").exists());
    }
}

/// tests/package.rs holds the checked-in files to the same functions.
#[test]
fn it_prints_what_the_library_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let (well, form, error) = run(&root, &["questions", "host/schema/settings.schema.json"]);
    let schema = serde_json::from_slice(&fs::read(root.join("host/schema/settings.schema.json")).unwrap()).unwrap();
    assert_eq!((well, error.as_str(), &form), (true, "", &questions(&schema).unwrap().text()));

    let metadata = r#"{"rules": [], "mutating": true, "annotations": {
        "io.kubewarden.policy.version": "1.2.3", "io.kubewarden.policy.title": "a", "io.artifacthub.displayName": "A",
        "io.kubewarden.policy.description": "d", "io.kubewarden.policy.ociUrl": "ghcr.io/x/a"}}"#;
    fs::write(folder.path().join("metadata.json"), metadata).unwrap();
    fs::write(folder.path().join("questions-ui.yml"), &form).unwrap();
    let created = "2026-11-24T00:00:00Z";
    let mut args = vec!["artifacthub", "metadata.json", "--created", created, "--questions", "questions-ui.yml"];
    args.extend(["--provider", "x", "--image", "wait=ghcr.io/x/wait:1"]);
    let (well, printed, error) = run(folder.path(), &args);
    let metadata = Metadata::read(&serde_json::from_str(metadata).unwrap()).unwrap();
    let additions = [
        Addition::Provider("x".to_owned()),
        Addition::Image { name: "wait".to_owned(), image: "ghcr.io/x/wait:1".to_owned() },
    ];
    let package = artifacthub(&metadata, created, Some(&form), &additions).unwrap();
    assert_eq!((well, error.as_str(), printed), (true, "", waitwarden_manifest::print(&package)));
}
