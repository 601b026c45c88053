//! Policies and images on their way: pushed by the command line to a real registry, and used from there.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use std::{fs, io};
use waitwarden_module::{Metadata, annotate};
use waitwarden_tests::image::unpacked;
use waitwarden_tests::registry::Registry;
use waitwarden_tests::{binary, root, yaml};

/// The policy as `make annotated-policy.wasm` writes it.
fn annotated() -> Vec<u8> {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("a file");
    let metadata =
        Metadata::read(&yaml(&read("policy/metadata.yml"))).expect("metadata").with_usage(&read("README.md"));
    let module = fs::read(root().join("policy.wasm")).expect("policy.wasm at the top level: run `make policy.wasm`");
    annotate(&module, &metadata).expect("a module")
}

/// The command line with a cache of its own.
struct Cli {
    home: tempfile::TempDir,
}

impl Cli {
    fn run(&self, arguments: &[&str], paths: &[&Path]) -> Output {
        Command::new(binary("waitwarden"))
            .args(arguments)
            .args(paths)
            .current_dir(root())
            .env("XDG_CACHE_HOME", self.home.path())
            .env("DOCKER_CONFIG", self.home.path())
            .env_remove("REGISTRY_AUTH_FILE")
            .output()
            .expect("waitwarden runs")
    }

    /// What it prints where it ends well.
    fn prints(&self, arguments: &[&str], paths: &[&Path]) -> String {
        let output = self.run(arguments, paths);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {words}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// What it complains of where it does not.
    fn complains(&self, arguments: &[&str], paths: &[&Path]) -> (Option<i32>, String) {
        let output = self.run(arguments, paths);
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    }
}

fn cli() -> io::Result<Cli> {
    Ok(Cli { home: tempfile::tempdir()? })
}

#[test]
fn a_policy_is_pushed_pinned_and_used_without_the_registry() {
    let cli = cli().expect("a folder");
    let registry = Registry::start().expect("a registry");
    let module = cli.home.path().join("annotated-policy.wasm");
    let wasm = annotated();
    fs::write(&module, &wasm).expect("a file");
    let tagged = format!("registry://{}/policies/waitwarden:v0.1.0", registry.address());

    let pinned = cli.prints(&["push", "policy"], &[&module, Path::new(&tagged)]);
    let pinned = pinned.trim_end();
    let (repository, digest) = pinned.split_once("@sha256:").expect("a digest");
    assert_eq!((format!("{repository}:v0.1.0"), digest.len()), (tagged.clone(), 64));

    // kwctl's own form, read by a stranger.
    let target = format!("docker://{}", tagged.trim_start_matches("registry://"));
    let raw = Command::new("skopeo")
        .args(["inspect", "--raw", "--tls-verify=false", &target])
        .output()
        .expect("skopeo: install it, `make tools` says how");
    let manifest: Value = serde_json::from_slice(&raw.stdout).expect("a manifest");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v1+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/vnd.wasm.content.layer.v1+wasm");
    assert_eq!(manifest["layers"][0]["size"], wasm.len());
    assert_eq!(manifest["annotations"]["io.kubewarden.policy.title"], "waitwarden");

    let out = cli.home.path().join("pulled.wasm");
    let said = cli.prints(&["pull", pinned, "--output"], &[&out]);
    assert_eq!(said, format!("{pinned}: {} bytes\n", wasm.len()));
    assert!(fs::read(&out).expect("the module") == wasm, "the module that was pulled is another one");

    let pod = Path::new("examples/grafana-client.yaml");
    let built_in = cli.prints(&["render", "--isolated"], &[pod]);
    let settings = cli.home.path().join("settings.yaml");
    fs::write(&settings, "inject: templates\n").expect("a file");
    let with = |policy: &str, more: &[&str]| {
        let arguments = [&["render", "--isolated", "--policy", policy, "--settings"], more].concat();
        let (last, rest) = (settings.as_path(), &arguments);
        cli.run(&[&rest[..5], &[last.to_str().expect("UTF-8")], &rest[5..]].concat(), &[pod])
    };
    assert_eq!(String::from_utf8_lossy(&with(&tagged, &[]).stdout), built_in);
    let inspected: Value =
        serde_json::from_str(&cli.prints(&["inspect", &tagged, "--format", "json"], &[])).expect("JSON");
    assert_eq!(inspected["metadata"]["mutating"], json!(true));

    // The registry is gone: a pin is all there, and a tag is what it was.
    drop(registry);
    assert_eq!(String::from_utf8_lossy(&with(pinned, &[]).stdout), built_in);
    let late = with(&tagged, &[]);
    assert_eq!(String::from_utf8_lossy(&late.stdout), built_in);
    let words = String::from_utf8_lossy(&late.stderr);
    assert!(words.contains("this is what the registry had") && words.contains("it was not asked now"), "{words}");
    assert_eq!(String::from_utf8_lossy(&with(&tagged, &["--offline"]).stdout), built_in);
    let other = tagged.replace("v0.1.0", "v9");
    let (code, words) = cli.complains(&["lint", "--isolated", "--offline", "--policy", &other], &[pod]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.starts_with(&format!("error: --policy `{other}`: it is not in the cache ")), "{words}");
}

#[test]
fn a_manifest_may_name_a_policy_in_a_registry() {
    let cli = cli().expect("a folder");
    let registry = Registry::start().expect("a registry");
    let module = cli.home.path().join("annotated-policy.wasm");
    fs::write(&module, annotated()).expect("a file");
    let reference = format!("registry://{}/mirror/waitwarden:v0.1.0", registry.address());
    cli.prints(&["push", "policy"], &[&module, Path::new(&reference)]);
    let manifest = fs::read_to_string(root().join("deploy/mutate.yaml")).expect("the manifest");
    let own = cli.home.path().join("mutate.yaml");
    let published = "registry://ghcr.io/waitwarden/policies/waitwarden:v0.1.0";
    fs::write(&own, manifest.replace(published, &reference)).expect("a file");
    let pod = Path::new("examples/grafana-client.yaml");
    let from = |policy: &Path| cli.prints(&["render", "--isolated", "--policy"], &[policy, pod]);
    assert_eq!(from(&own), from(&root().join("deploy/mutate.yaml")));
    assert_eq!(
        cli.prints(&["lint", "--isolated"], &[&own]),
        "Checked 1 object in 1 file: no findings.\n",
        "it runs this policy, and is looked at as such"
    );
}

#[test]
fn what_policy_server_would_not_load_is_not_pushed() {
    let cli = cli().expect("a folder");
    let bare = root().join("policy.wasm");
    let (code, words) = cli.complains(&["push", "policy"], &[&bare, Path::new("registry://localhost:1/a:1")]);
    assert_eq!(code, Some(2));
    assert!(words.contains("it has no Kubewarden metadata, and policy-server would not load it"), "{words}");
    let (code, words) = cli.complains(&["push", "policy"], &[&bare, Path::new("nowhere")]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.starts_with("error: `nowhere`: no host is named"), "{words}");
}

#[test]
fn the_image_of_the_wait_program_is_pushed() {
    let cli = cli().expect("a folder");
    let registry = Registry::start().expect("a registry");
    let layout = &unpacked().expect("the image").layout;
    let reference = format!("registry://{}/wait:0.1.0", registry.address());
    let pinned = cli.prints(&["push", "image"], &[layout, Path::new(&reference)]);
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).expect("the layout")).expect("JSON");
    let digest = index["manifests"][0]["digest"].as_str().expect("a digest");
    assert_eq!(pinned, format!("registry://{}/wait@{digest}\n", registry.address()));
    let again = cli.run(&["push", "image"], &[layout, Path::new(&reference)]);
    assert_eq!(String::from_utf8_lossy(&again.stderr), "note: everything was there already\n");
}
