//! The image of the wait program: what is in it, and that it survives a registry and runs where nothing can be written.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use waitwarden_tests::image::{blob, document, program, unpacked};
use waitwarden_tests::pod::{CAGE, CHROOT};
use waitwarden_tests::registry::Registry;
use waitwarden_tests::{root, yaml};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs a tool, which must be there and succeed; its stdout.
fn tool(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(name).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}; install it, `make tools` says how"));
    assert!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

/// The SHA-256 digest, by the tool that everybody has.
fn digest(path: &Path) -> String {
    let line = tool("sha256sum", &[path.to_str().expect("UTF-8")]);
    format!("sha256:{}", line.split(' ').next().expect("a digest"))
}

/// Follows every descriptor below a value: each has a blob of that digest and size. How many there are.
fn check_descriptors(layout: &Path, value: &Value) -> usize {
    let mut checked = 0;
    match value {
        Value::Object(map) if map.contains_key("digest") && map.contains_key("mediaType") => {
            let bytes = blob(layout, value).expect("a blob");
            assert_eq!(value["size"], json!(bytes.len()), "{value}");
            let name = value["digest"].as_str().expect("a digest");
            assert_eq!(digest(&layout.join("blobs").join(name.replace(':', "/"))), name);
            checked += 1;
            let kind = value["mediaType"].as_str().expect("a type");
            if ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"].contains(&kind)
            {
                checked += check_descriptors(layout, &document(layout, value).expect("JSON"));
            }
        }
        Value::Object(map) => checked += map.values().map(|value| check_descriptors(layout, value)).sum::<usize>(),
        Value::Array(list) => checked += list.iter().map(|value| check_descriptors(layout, value)).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    checked
}

#[test]
fn the_layout_says_what_it_holds() {
    let layout = &unpacked().expect("the image").layout;
    assert_eq!(json_file(&layout.join("oci-layout")), json!({ "imageLayoutVersion": "1.0.0" }));
    let top = json_file(&layout.join("index.json"));
    // The index, a manifest with its configuration and layer; the bill's manifest with two more and, as its subject, the
    // index and what is below it again.
    assert_eq!(check_descriptors(layout, &top), 4 + 3 + 4);
    assert_eq!(top["manifests"][0]["annotations"], json!({ "org.opencontainers.image.ref.name": VERSION }));
    let index = document(layout, &top["manifests"][0]).expect("the index");
    assert_eq!(index["manifests"][0]["platform"], json!({ "architecture": "amd64", "os": "linux" }));
    let manifest = document(layout, &index["manifests"][0]).expect("the manifest");
    let config = document(layout, &manifest["config"]).expect("the configuration");
    let labels = json!({
        "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
        "org.opencontainers.image.description": "Ends when everything that a Pod depends on is ready",
        "org.opencontainers.image.documentation": "https://github.com/waitwarden/waitwarden#readme",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.source": "https://github.com/waitwarden/waitwarden",
        "org.opencontainers.image.title": "waitwarden-wait",
        "org.opencontainers.image.version": VERSION,
    });
    assert_eq!((&index["annotations"], &manifest["annotations"]), (&labels, &labels));
    let expected = json!({
        "Entrypoint": ["/waitwarden-wait"],
        "Labels": labels,
        "User": "65532:65532",
        "WorkingDir": "/",
    });
    assert_eq!(config["config"], expected);
    assert_eq!((&config["architecture"], &config["os"]), (&json!("amd64"), &json!("linux")));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("layer.tar.gz");
    fs::write(&path, blob(layout, &manifest["layers"][0]).expect("the layer")).expect("write");
    let list = tool("tar", &["--full-time", "--utc", "--numeric-owner", "-tvzf", path.to_str().expect("UTF-8")]);
    let bytes = fs::metadata(program()).expect("the program").len();
    let columns: Vec<&str> = list.split_whitespace().collect();
    assert_eq!(columns, ["-r-xr-xr-x", "0/0", &bytes.to_string(), "1970-01-01", "00:00:00", "waitwarden-wait"]);
}

#[test]
fn the_bill_of_materials_names_what_is_linked() {
    let layout = &unpacked().expect("the image").layout;
    let top = json_file(&layout.join("index.json"));
    assert_eq!(top["manifests"][1]["artifactType"], "application/vnd.cyclonedx+json");
    let manifest = document(layout, &top["manifests"][1]).expect("the manifest");
    assert_eq!(manifest["artifactType"], "application/vnd.cyclonedx+json");
    assert_eq!(manifest["subject"]["digest"], top["manifests"][0]["digest"], "it refers to the image");
    let bill = document(layout, &manifest["layers"][0]).expect("the bill");
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&json!("CycloneDX"), &json!("1.5")));
    assert_eq!(bill["metadata"]["component"]["purl"], format!("pkg:cargo/waitwarden-wait@{VERSION}"));
    let components = bill["components"].as_array().expect("a list");
    let named = |name: &str| components.iter().filter(|component| component["name"] == name).count();
    // Linked; needed only by the tests; run only while building; the policy's.
    let counts = ["rustls", "tokio", "rcgen", "serde_derive", "wasmtime"].map(named);
    assert_eq!(counts, [1, 1, 0, 0, 0]);
    for component in components.iter().filter(|component| component["name"] != "waitwarden-core") {
        assert_eq!(component["hashes"][0]["alg"], "SHA-256", "{component}");
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
    }
}

/// A container with the image's root, its user and nothing to write to, in the best way that works here; which one.
fn run(bundle: &Path, arguments: &[&str]) -> (&'static str, Output) {
    let words: Vec<&str> = [&["/waitwarden-wait"], arguments].concat();
    let rootfs = bundle.join("rootfs");
    let rootfs = rootfs.to_str().expect("UTF-8");
    let mut config = json_file(&bundle.join("config.json"));
    config["root"]["readonly"] = json!(true);
    let process = config["process"].as_object_mut().expect("a process");
    assert_eq!(process["user"], json!({ "uid": 65532, "gid": 65532 }), "the user of the image");
    assert_eq!(process["args"], json!(["/waitwarden-wait"]), "the entrypoint of the image");
    process.insert("terminal".to_owned(), json!(false));
    process.insert("args".to_owned(), json!(words));
    process.insert("noNewPrivileges".to_owned(), json!(true));
    process.insert("capabilities".to_owned(), json!({}));
    fs::write(bundle.join("config.json"), config.to_string()).expect("write");
    let (bundle, state) = (bundle.to_str().expect("UTF-8"), bundle.join("state"));
    let name = format!("wait-{}", std::process::id());
    let crun =
        ["--root", state.to_str().expect("UTF-8"), "--cgroup-manager=disabled", "run", "--bundle", bundle, &name];
    // crun refuses machines that mix both versions of cgroups, even where it uses none: there it gets a view of the
    // machine without the second.
    let hidden = [
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        "umount /sys/fs/cgroup/unified && exec \"$@\"",
        "sh",
        "crun",
    ];
    let cage = [&CAGE[..], &[CHROOT, "--userspec=65532:65532", "--groups=", rootfs]].concat();
    let bubble = [
        "--unshare-all",
        "--uid",
        "65532",
        "--gid",
        "65532",
        "--cap-drop",
        "ALL",
        "--clearenv",
        "--ro-bind",
        rootfs,
        "/",
        "--",
    ];
    let ways: [(&str, &str, Vec<&str>); 4] = [
        ("crun", "crun", crun.to_vec()),
        ("crun without cgroup2", "unshare", [&hidden[..], &crun].concat()),
        ("bubblewrap", "bwrap", [&bubble[..], &words].concat()),
        ("chroot", "setpriv", [&cage[..], &words].concat()),
    ];
    for (way, program, arguments) in ways {
        match Command::new(program).args(arguments).stdin(Stdio::null()).output() {
            // Its own words say that it ran.
            Ok(output) if output.status.success() && output.stdout.starts_with(b"waitwarden-wait ") => {
                let _ = writeln!(std::io::stderr(), "note: the image was run by {way}");
                return (way, output);
            }
            Ok(output) => {
                let _ = writeln!(std::io::stderr(), "note: {way}: {}", String::from_utf8_lossy(&output.stderr).trim());
            }
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "note: {way}: {error}");
            }
        }
    }
    panic!("nothing here can run a container; install crun or bubblewrap");
}

#[test]
fn it_is_pushed_pulled_unpacked_and_run() {
    let registry = Registry::start().expect("a registry");
    let layout = &unpacked().expect("the image").layout;
    let folder = tempfile::tempdir().expect("a folder");
    let here = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let image = format!("oci:{}:{VERSION}", layout.display());
    let remote = format!("{}:{VERSION}", registry.repository("wait"));
    let copy = ["--insecure-policy", "copy", "--quiet", "--all"];
    tool("skopeo", &[&copy[..], &["--dest-tls-verify=false", &image, &remote]].concat());
    let pulled = format!("oci:{}:{VERSION}", here("pulled"));
    tool("skopeo", &[&copy[..], &["--src-tls-verify=false", &remote, &pulled]].concat());
    let digest = &json_file(&layout.join("index.json"))["manifests"][0]["digest"];
    let seen: Value = serde_json::from_str(&tool("skopeo", &["inspect", "--tls-verify=false", &remote])).expect("JSON");
    assert_eq!(&seen["Digest"], digest, "the registry has the same bytes");
    let top = json_file(&folder.path().join("pulled/index.json"));
    assert_eq!(&top["manifests"][0]["digest"], digest, "and gives them back");
    check_descriptors(&folder.path().join("pulled"), &top);

    let (source, bundle) = (format!("{}:{VERSION}", here("pulled")), here("bundle"));
    let root = tool("id", &["-u"]).trim() == "0";
    let rootless: &[&str] = if root { &[] } else { &["--rootless"] };
    tool("umoci", &[&["unpack"], rootless, &["--image", &source, &bundle]].concat());
    let files: Vec<_> = fs::read_dir(folder.path().join("bundle/rootfs"))
        .expect("the root")
        .map(|e| e.expect("an entry").file_name())
        .collect();
    assert_eq!(files, ["waitwarden-wait"], "one file and nothing else");
    let same = fs::read(folder.path().join("bundle/rootfs/waitwarden-wait")).expect("the program");
    assert!(same == fs::read(program()).expect("the program"), "the program is the one that was built");

    let bundle = folder.path().join("bundle");
    let (_, output) = run(&bundle, &["--version"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("waitwarden-wait {VERSION}\n"));
}

#[test]
fn the_policy_names_this_image() {
    let metadata = yaml(&fs::read_to_string(root().join("artifacthub-pkg.yml")).expect("the package"));
    let layout = &unpacked().expect("the image").layout;
    let tag =
        &json_file(&layout.join("index.json"))["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"];
    let image = metadata["containersImages"][1]["image"].as_str().expect("an image");
    assert!(image.ends_with(&format!(":{}", tag.as_str().expect("a tag"))), "{image} and {tag}");
}
