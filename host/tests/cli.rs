//! The command as people run it: what it prints, and how it ends.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail")]

#[path = "support/module.rs"]
mod module;

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What a run printed, and its exit code.
#[derive(Debug)]
struct Run {
    out: String,
    err: String,
    code: i32,
}

fn run_in(folder: &Path, args: &[&str], stdin: Option<&str>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden"));
    command.args(args).current_dir(folder).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads nothing may close its end first.
    let _ = child.stdin.take().unwrap().write_all(stdin.unwrap_or_default().as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn piped(args: &[&str], stdin: &str) -> Run {
    run_in(TempDir::new().unwrap().path(), args, Some(stdin))
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const WEB: &str = "\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    metadata:
      annotations:
        waitwarden.io/depends-on: service/postgres:5432
        waitwarden.io/readiness: http://:8080/ready
    spec:
      containers:
      - name: web
        image: web:1 # pinned later
        ports:
        - containerPort: 8080
";

const WRONG: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: wrong
spec:
  template:
    metadata:
      annotations:
        waitwarden.io/depends-on: svc/postgres
        waitwarden.io/readiness: none
    spec:
      containers:
      - name: web
        image: web:1
";

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: postgres\n";

#[test]
fn what_is_right_is_counted() {
    let run = piped(&["lint"], &format!("{WEB}---\n{SERVICE}"));
    assert_eq!(run.out, "Checked 2 objects in 1 file: no findings; 1 workload gets a wait container.\n");
    assert_eq!((run.err.as_str(), run.code), ("", 0));
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    let folder = folder(&[("wrong.yaml", WRONG)]);
    let run = run_in(folder.path(), &["lint", "wrong.yaml"], None);
    let expected = "\
error[invalid-dependency]: unknown kind `svc`
 --> wrong.yaml:9:35
  |
9 |         waitwarden.io/depends-on: svc/postgres
  |                                   ^^^
  |
  = in: Deployment default/wrong
  = help: write `service/postgres`

Checked 1 object in 1 file: 1 error.
`waitwarden explain invalid-dependency` says more, with a wrong and a right example.
";
    assert_eq!(run.out, expected);
    assert_eq!((run.err.as_str(), run.code), ("", 1));
}

#[test]
fn the_namespace_is_that_of_the_run() {
    let run = piped(&["lint", "--namespace", "mine", "-"], WRONG);
    assert!(run.out.contains("= in: Deployment mine/wrong\n"), "{run:?}");
    assert!(run.out.contains("--> <stdin>:9:35\n"), "{run:?}");
}

#[test]
fn colours_are_asked_for() {
    assert!(piped(&["lint", "--color", "always"], WRONG).out.contains("\u{1b}["));
    assert!(!piped(&["lint", "--color", "never"], WRONG).out.contains("\u{1b}["));
}

#[test]
fn json_says_the_same() {
    let run = piped(&["lint", "--format", "json"], &format!("{WRONG}---\na: b\n---\n{WEB}"));
    assert_eq!((run.err.as_str(), run.code), ("", 1));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let expected = serde_json::json!({
        "file": "<stdin>", "line": 9, "column": 35, "endLine": 9, "endColumn": 38,
        "pointer": "/spec/template/metadata/annotations/waitwarden.io~1depends-on",
        "rule": "invalid-dependency", "severity": "error",
        "message": "unknown kind `svc`", "help": "write `service/postgres`",
        "object": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "wrong"},
    });
    assert_eq!(report["findings"], Value::Array(vec![expected]));
    assert_eq!((&report["version"], &report["documents"], &report["skipped"]), (&1.into(), &2.into(), &1.into()));
    let expected = serde_json::json!({
        "files": 1, "objects": 2, "errors": 1, "warnings": 0, "notes": 0, "waits": 1, "changed": 1, "unasked": 0, "failed": 0,
        "suppressed": 0,
    });
    assert_eq!(report["summary"], expected);
    let plans = report["plans"].as_array().unwrap();
    assert_eq!(plans.len(), 1);
    assert_eq!((&plans[0]["file"], &plans[0]["object"]["name"]), (&"<stdin>".into(), &"web".into()));
    assert_eq!(plans[0]["plan"]["dependencies"][0]["target"], "service/postgres:5432");
}

#[test]
fn nothing_found_is_json_too() {
    let run = piped(&["lint", "--format", "json"], SERVICE);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&report["findings"], &report["plans"], run.code), (&serde_json::json!([]), &serde_json::json!([]), 0));
}

#[test]
fn milder_findings_fail_when_asked() {
    let derived = WEB.replace("        waitwarden.io/readiness: http://:8080/ready\n", "");
    assert_eq!(piped(&["lint"], &derived).code, 0);
    assert_eq!(piped(&["lint", "--fail-on", "warning"], &derived).code, 1);
    assert_eq!(piped(&["lint", "--fail-on", "note"], &derived).code, 1);
}

#[test]
fn a_workload_and_its_pod_say_things_once() {
    let derived = WEB.replace("        waitwarden.io/readiness: http://:8080/ready\n", "");
    let run = piped(&["lint"], &derived);
    assert_eq!(run.out.matches("warning[").count(), 1, "{}", run.out);
}

#[test]
fn validating_misses_the_container() {
    let folder = folder(&[("web.yaml", WEB), ("settings.yaml", "mode: validate\n")]);
    let run = run_in(folder.path(), &["lint", "--settings", "settings.yaml", "web.yaml"], None);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("--> web.yaml:"), "{run:?}");
}

#[test]
fn broken_yaml_is_an_error_with_a_place_and_the_rest_is_checked() {
    let run = piped(&["lint"], &format!("a: b: c\n---\n{WRONG}"));
    assert!(run.out.starts_with("error[unreadable]: "), "{run:?}");
    assert!(run.out.contains("--> <stdin>:1:"), "{run:?}");
    assert!(run.out.contains("error[invalid-dependency]"), "{run:?}");
    assert_eq!(run.code, 3);
}

#[test]
fn a_template_is_told_to_be_rendered() {
    let run = piped(&["lint"], "apiVersion: v1\nkind: {{ .Values.kind }}\nmetadata:\n  {{- include \"x\" . }}\n");
    assert!(run.out.contains("helm template"), "{run:?}");
    assert_eq!(run.code, 3);
}

#[test]
fn nothing_to_look_at_is_not_success() {
    for text in ["", "# nothing\n", "a: b\n", "---\n---\n"] {
        let run = piped(&["lint"], text);
        assert_eq!(run.code, 3, "{text:?}");
        assert!(run.err.contains("no Kubernetes object found"), "{run:?}");
        assert_eq!(piped(&["lint", "--allow-empty"], text).code, 0, "{text:?}");
    }
    let folder = folder(&[]);
    assert_eq!(run_in(folder.path(), &["lint", "."], None).code, 3);
}

#[test]
fn files_that_cannot_be_read_are_findings() {
    let folder = folder(&[("web.yaml", WEB)]);
    let run = run_in(folder.path(), &["lint", "gone.yaml", "web.yaml"], None);
    assert!(run.out.starts_with("error[unreadable]: there is no such file\n--> gone.yaml:1:1\n"), "{run:?}");
    assert!(run.out.contains("Checked 1 object in 1 file: 1 error"), "{run:?}");
    assert_eq!(run.code, 3);
    std::fs::write(folder.path().join("latin.yaml"), b"a: b\nc: \xe9\n").unwrap();
    let run = run_in(folder.path(), &["lint", "latin.yaml"], None);
    assert!(run.out.contains("not UTF-8: line 2"), "{run:?}");
    assert_eq!(run.code, 3);
}

#[test]
fn folders_are_walked_in_order() {
    let folder = folder(&[
        ("b/wrong.yml", WRONG),
        ("a.yaml", WRONG),
        ("c.json", r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}"#),
        ("notes.txt", "{{"),
        (".hidden.yaml", "{{"),
        ("ignored/x.yaml", "{{"),
        (".gitignore", "ignored/\n"),
    ]);
    let run = run_in(folder.path(), &["lint", "."], None);
    let places: Vec<&str> = run.out.lines().filter_map(|line| line.trim().strip_prefix("--> ")).collect();
    assert_eq!(places, ["a.yaml:9:35", "b/wrong.yml:9:35"]);
    assert!(run.out.contains("\nChecked 3 objects in 3 files: 2 errors.\n"), "{run:?}");
}

#[test]
fn lists_are_looked_into() {
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", WRONG.trim_end().replace('\n', "\n  "));
    let run = piped(&["lint", "--format", "json"], &list);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(finding["pointer"], "/items/0/spec/template/metadata/annotations/waitwarden.io~1depends-on");
    assert_eq!((&finding["line"], &finding["column"]), (&12.into(), &37.into()));
}

#[test]
fn wrong_settings_are_wrong_usage() {
    let folder = folder(&[
        ("web.yaml", WEB),
        ("wrong.yaml", "mod: validate\n"),
        ("list.yaml", "- a\n"),
        ("broken.yaml", "a: b: c\n"),
    ]);
    for (file, expected) in [
        ("wrong.yaml", "mod"),
        ("list.yaml", "mapping"),
        ("broken.yaml", "broken.yaml:1:"),
        ("gone.yaml", "no such file"),
    ] {
        for command in ["lint", "diff", "render"] {
            let run = run_in(folder.path(), &[command, "--settings", file, "web.yaml"], None);
            assert_eq!((run.out.as_str(), run.code), ("", 2), "{run:?}");
            assert!(run.err.contains(expected), "{file}: {run:?}");
        }
    }
}

#[test]
fn wrong_usage_is_told() {
    for args in [&["lint", "--wrong"] as &[&str], &["unknown"], &[]] {
        let run = piped(args, "");
        assert_eq!((run.out.as_str(), run.code), ("", 2), "{args:?}");
        assert!(!run.err.is_empty());
    }
    assert_eq!(piped(&["--help"], "").code, 0);
    assert!(piped(&["--version"], "").out.starts_with("waitwarden "));
}

#[test]
fn diff_shows_what_would_change() {
    let folder = folder(&[("web.yaml", WEB), ("service.yaml", SERVICE)]);
    let run = run_in(folder.path(), &["diff", "."], None);
    assert!(run.out.starts_with("--- a/web.yaml\n+++ b/web.yaml\n@@ "), "{run:?}");
    assert!(run.out.contains("\n+      initContainers:\n"), "{run:?}");
    assert!(!run.out.contains("\n-"), "{run:?}");
    assert!(run.err.starts_with("note: a manifest holds no Pods"), "{run:?}");
    assert_eq!((run.err.lines().count(), run.code), (1, 0));
}

#[test]
fn diff_of_something_refused_fails() {
    let run = piped(&["diff", "-q"], WRONG);
    assert_eq!((run.out.as_str(), run.code), ("", 1));
    assert!(run.err.starts_with("error[invalid-dependency]"), "{run:?}");
}

#[test]
fn render_keeps_what_it_does_not_change() {
    let text = format!("# head\n---\n{SERVICE}---\n# a comment\nnot: kubernetes\n---\n{WEB}---\n{SERVICE}");
    let run = piped(&["render", "-q"], &text);
    assert_eq!((run.err.as_str(), run.code), ("", 0));
    let (before, after) = text.split_once(WEB).unwrap();
    assert!(run.out.starts_with(before), "{run:?}");
    assert!(run.out.ends_with(after), "{run:?}");
    assert!(run.out.contains("initContainers:\n") && run.out.contains("# pinned later"), "{run:?}");
    // And once more: nothing is left to do.
    assert_eq!(piped(&["render", "-q"], &run.out).out, run.out);
}

#[test]
fn render_prints_all_or_nothing() {
    let run = piped(&["render", "-q"], &format!("{WEB}---\n{WRONG}"));
    assert_eq!((run.out.as_str(), run.code), ("", 1));
    let run = piped(&["render", "-q"], &format!("{WEB}---\na: b: c\n"));
    assert_eq!((run.out.as_str(), run.code), ("", 3));
}

#[test]
fn render_shows_pods() {
    let run = piped(&["render", "-q", "--pods"], WEB);
    assert_eq!(run.code, 0, "{run:?}");
    let (_, pod) = run.out.split_once("---\n# The Pod of Deployment shop/web\n").unwrap();
    assert!(pod.starts_with("apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: web-"), "{pod}");
    assert!(pod.contains("\n  initContainers:\n  - name: wait-for-dependencies\n"), "{pod}");
}

#[test]
fn files_are_rendered_as_one_stream() {
    let folder = folder(&[("a.yaml", SERVICE.trim_end()), ("b.yaml", SERVICE)]);
    let run = run_in(folder.path(), &["render", "-q", "a.yaml", "b.yaml"], None);
    assert_eq!(run.out, format!("{SERVICE}---\n{SERVICE}"));
}

#[test]
fn another_policy_speaks_for_itself() {
    let folder = folder(&[("service.yaml", SERVICE)]);
    let path = folder.path().join("policy.wasm");
    std::fs::write(&path, module::answering(r#"{"accepted":false,"message":"not like this","warnings":["hm"]}"#))
        .unwrap();
    let run = run_in(folder.path(), &["lint", "--policy", "policy.wasm", "service.yaml"], None);
    assert!(run.out.contains("warning[policy]: hm\n --> service.yaml:1:1\n"), "{run:?}");
    assert!(run.out.contains("error[policy]: not like this\n --> service.yaml:1:1\n"), "{run:?}");
    assert_eq!(run.code, 1);
    std::fs::write(&path, module::answering("so what")).unwrap();
    let run = run_in(folder.path(), &["lint", "--policy", "policy.wasm", "service.yaml"], None);
    assert!(run.out.starts_with("error[not-evaluated]: the policy's answer cannot be read"), "{run:?}");
    assert_eq!(run.code, 3);
}

#[test]
fn another_policy_is_asked_about_what_it_knows() {
    let folder = folder(&[("web.yaml", &format!("{WEB}---\n{SERVICE}"))]);
    let mut wasm = module::answering(r#"{"accepted":false,"message":"no such Pod"}"#);
    let mut section = b"\x16io.kubewarden.metadata".to_vec();
    section.extend(br#"{"rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"operations":["*"]}]}"#);
    wasm.extend([0, u8::try_from(section.len()).unwrap()]);
    wasm.append(&mut section);
    std::fs::write(folder.path().join("policy.wasm"), wasm).unwrap();
    let run = run_in(folder.path(), &["lint", "--policy", "policy.wasm", "web.yaml"], None);
    assert!(run.out.starts_with("error[policy]: no such Pod\n --> web.yaml:9:5\n"), "{run:?}");
    assert!(
        run.out.contains("\nChecked 2 objects in 1 file: 1 error; 1 object outside the policy's rules.\n"),
        "{run:?}"
    );
    assert_eq!(run.code, 1);
}

#[test]
fn output_that_cannot_be_written_is_no_success() {
    let folder = folder(&[("service.yaml", SERVICE)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden"));
    command.args(["render", "-q", "service.yaml"]).current_dir(folder.path());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert_eq!(command.stdout(full).status().unwrap().code(), Some(3));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(command.stdout(writer).status().unwrap().code(), Some(0), "nobody reads on, and nothing is wrong");
}

#[test]
fn what_is_no_policy_is_wrong_usage() {
    let folder = folder(&[("service.yaml", SERVICE)]);
    std::fs::write(folder.path().join("opa.wasm"), wat::parse_str(r#"(module (func (export "opa_malloc")))"#).unwrap())
        .unwrap();
    for (file, expected) in [("service.yaml", "this is no policy"), ("opa.wasm", "Rego"), ("gone.wasm", "gone.wasm")] {
        let run = run_in(folder.path(), &["lint", "--policy", file, "service.yaml"], None);
        assert_eq!((run.out.as_str(), run.code), ("", 2), "{run:?}");
        assert!(run.err.contains(expected), "{run:?}");
    }
}

#[test]
fn nothing_in_a_manifest_steers_a_terminal() {
    let run = piped(&["lint"], &WRONG.replace("svc/postgres", "\"svc/\\e[31mred\""));
    assert!(!run.out.contains('\u{1b}'), "{run:?}");
}
