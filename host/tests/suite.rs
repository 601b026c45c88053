//! `waitwarden test`: what passes, and everything that must not.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail")]

use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[derive(Debug)]
struct Run {
    out: String,
    err: String,
    code: i32,
}

fn test(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden"));
    command.arg("test").args(args).current_dir(folder).env_clear().stdin(Stdio::null());
    let output = command.output().unwrap();
    Run {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    waitwarden.io/depends-on: job/migrate
    waitwarden.io/readiness: none
spec:
  containers:
    - name: web
      image: web:1
";

/// A suite with these cases.
fn suite(cases: &str) -> String {
    format!("apiVersion: waitwarden.io/v1alpha1\nkind: Suite\ncases:\n{cases}")
}

/// One case about the Pod.
fn case(more: &str) -> String {
    suite(&format!("  - name: web\n    object: pod.yaml\n{more}"))
}

/// Runs one case about the Pod, and what went wrong with it.
fn failure(more: &str) -> (String, i32) {
    let folder = folder(&[("pod.yaml", POD), ("suite.yaml", &case(more))]);
    let run = test(folder.path(), &["-q"]);
    (run.out + &run.err, run.code)
}

#[test]
fn golden_files_are_written_and_compared() {
    let suite = case("    expect: mutate\n    golden: web.golden.yaml\n");
    let folder = folder(&[("pod.yaml", POD), ("suite.yaml", &suite)]);
    let missing = test(folder.path(), &[]);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(missing.out.contains("there is no golden file web.golden.yaml; --bless writes it"), "{missing:?}");
    let blessed = test(folder.path(), &["--bless"]);
    assert_eq!(blessed.out, "blessed web\nRan 1 case in 1 suite: 1 passed, 0 failed.\n");
    let golden = folder.path().join("web.golden.yaml");
    let text = std::fs::read_to_string(&golden).unwrap();
    assert!(text.contains("- job/migrate\n"), "{text}");
    let passed = test(folder.path(), &[]);
    assert_eq!((passed.out.as_str(), passed.code), ("ok      web\nRan 1 case in 1 suite: 1 passed, 0 failed.\n", 0));
    std::fs::write(&golden, text.replace("- job/migrate\n", "- job/other\n")).unwrap();
    let differs = test(folder.path(), &[]);
    assert_eq!(differs.code, 1);
    assert!(differs.out.contains("-    - job/other\n"), "{differs:?}");
    assert!(differs.out.contains("+    - job/migrate\n"), "{differs:?}");
    // Only values count.
    std::fs::write(&golden, format!("# by hand\n{text}")).unwrap();
    assert_eq!(test(folder.path(), &[]).code, 0);
}

#[test]
fn the_verdict_must_be_the_expected_one() {
    let found = |more: &str| failure(more).0.lines().nth(2).unwrap_or_default().trim().to_owned();
    assert_eq!(found("    expect: allow\n"), "expected allow, found mutate");
    assert_eq!(found("    expect: deny\n"), "expected deny, found mutate");
    assert_eq!(found("    expect: error\n"), "expected error, found mutate");
    assert_eq!(found("    expect: allow\n    operation: delete\n"), "");
    assert_eq!(found("    settings: {mode: validate}\n    expect: deny\n"), "");
    let expected = "the settings are refused in other words than `nonsense`: ";
    let wrong = suite("  - {name: web, settings: {mode: 7}, expect: {settingsError: nonsense}}\n");
    let folder = folder(&[("suite.yaml", &wrong)]);
    assert!(test(folder.path(), &[]).out.contains(expected));
}

#[test]
fn findings_are_an_exact_set() {
    let check = |findings: &str, more: &str| {
        let text = format!("    settings: {{mode: validate}}\n    expect: deny\n{more}    findings: {findings}\n");
        let (text, code) = failure(&text);
        let failures: Vec<String> = text.lines().skip(2).map(|line| line.trim().to_owned()).collect();
        assert_eq!(code == 0, failures.is_empty(), "{text}");
        failures
    };
    let none: [&str; 0] = [];
    assert_eq!(check("[{rule: no-wait-container}]", ""), none);
    assert_eq!(check("[{rule: no-wait-container, severity: error, message: 'init container', count: 1}]", ""), none);
    assert_eq!(check("[]", "    atLeast: true\n"), none);
    let unexpected = check("[]", "");
    assert_eq!(unexpected.len(), 1, "{unexpected:?}");
    assert!(unexpected[0].starts_with("not expected: error[no-wait-container] at "), "{unexpected:?}");
    let missing = check("[{rule: no-wait-container, count: 2}]", "");
    assert_eq!(missing, ["expected [no-wait-container], found 1 of 2"]);
}

#[test]
fn nothing_run_is_a_failure() {
    let folder = folder(&[("pod.yaml", POD), ("suite.yaml", &case("    expect: allow\n    operation: delete\n"))]);
    assert_eq!(test(folder.path(), &["--run", "^web$"]).code, 0);
    let none = test(folder.path(), &["--run", "nobody"]);
    assert_eq!((none.code, none.err.as_str()), (3, "error: no case is called like `nobody` (--run)\n"));
    let empty = TempDir::new().unwrap();
    assert_eq!(test(empty.path(), &[]).code, 3);
    assert_eq!(test(folder.path(), &["--run", "("]).code, 2);
}

#[test]
fn files_that_nothing_tests_are_a_failure() {
    let suite = case("    expect: allow\n    operation: delete\n");
    let folder = folder(&[("pod.yaml", POD), ("suite.yaml", &suite), ("left.yaml", POD)]);
    let run = test(folder.path(), &[]);
    assert_eq!((run.code, run.err.as_str()), (1, "error: left.yaml: no case uses this file; test it or remove it\n"));
    assert_eq!(test(folder.path(), &["suite.yaml"]).code, 1);
}

#[test]
fn wrong_suites_say_where() {
    for (text, expected) in [
        (
            case("    expect: maybe\n"),
            "suite.yaml:6:13: `maybe` cannot be expected; expected allow, deny, mutate, error",
        ),
        (case("    expct: allow\n"), "suite.yaml:6:12: `expct` is not known here; expected one of name, object"),
        (case("    expect: mutate\n"), "suite.yaml:6:13: with `expect: mutate` there is a `golden`"),
        (case("    expect: allow\n    operation: update\n"), "`operation: update` and `oldObject` belong together"),
        (suite("  - {name: a, object: ../pod.yaml, expect: allow}\n"), "suite.yaml:4:23: `../pod.yaml` leads out of"),
        (suite("  - {name: a, object: /etc/passwd, expect: allow}\n"), "suite.yaml:4:23: `/etc/passwd` leads out of"),
        (suite("  []\n"), "suite.yaml:4:3: a suite without cases tests nothing"),
        (
            suite("  - {name: a, object: pod.yaml, expect: deny}\n  - {name: a, object: pod.yaml, expect: deny}\n"),
            "suite.yaml:5:12: there is another case called `a`",
        ),
        (
            case("    expect: deny\n    findings: [{rule: a, message: '('}]\n"),
            "suite.yaml:7:35: this is no regular expression",
        ),
    ] {
        let folder = folder(&[("pod.yaml", POD), ("suite.yaml", &text)]);
        let run = test(folder.path(), &["suite.yaml"]);
        assert!(run.err.contains(expected), "{expected}\n{run:?}");
        assert_eq!((run.out.as_str(), run.code), ("", 2), "{run:?}");
    }
}

#[test]
fn a_link_leads_nowhere_else() {
    let folder = folder(&[("suite.yaml", &suite("  - {name: a, object: link/hosts, expect: allow}\n"))]);
    std::os::unix::fs::symlink("/etc", folder.path().join("link")).unwrap();
    let run = test(folder.path(), &["suite.yaml"]);
    assert!(run.err.contains("`link/hosts` leads out of the suite's folder"), "{run:?}");
}

#[test]
fn a_policy_that_changes_its_own_result_fails() {
    // It gives a ConfigMap another name than it has, whatever it has.
    let answer = r#"{"accepted":true,"mutated_object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}}"#;
    let text = format!(
        r#"(module
            (import "wapc" "__guest_response" (func $response (param i32 i32)))
            (import "wapc" "__guest_request" (func $request (param i32 i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\"v1\"") (data (i32.const 16) "{{\"valid\":true}}") (data (i32.const 64) "{answer}")
            (func (export "__guest_call") (param $op i32) (param $length i32) (result i32)
                (if (i32.eq (local.get $op) (i32.const 16)) (then (call $response (i32.const 0) (i32.const 4)))
                (else (if (i32.eq (local.get $op) (i32.const 17)) (then (call $response (i32.const 16) (i32.const 14)))
                (else
                    (call $request (i32.const 1024) (i32.const 2048))
                    ;; The name is a letter that depends on how long the request is.
                    (i32.store8 (i32.const {at}) (i32.add (i32.const 97) (i32.rem_u (local.get $length) (i32.const 26))))
                    (call $response (i32.const 64) (i32.const {length}))))))
                (i32.const 1)))"#,
        answer = answer.replace('"', "\\\""),
        at = 64 + answer.find("\"b\"").unwrap() + 1,
        length = answer.len(),
    );
    let suite = suite("  - {name: a, object: a.yaml, expect: mutate, golden: a.golden.yaml}\n")
        .replace("cases:", "policy: changes.wasm\ncases:");
    let folder = folder(&[
        ("suite.yaml", &suite),
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a-long-name}\n"),
    ]);
    std::fs::write(folder.path().join("changes.wasm"), wat::parse_str(text).unwrap()).unwrap();
    let run = test(folder.path(), &["--bless"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("asked about its own result, the policy changes it again:"), "{run:?}");
}

#[test]
fn ci_systems_get_junit() {
    let cases = suite(
        "  - {name: good, object: pod.yaml, operation: delete, expect: allow}\n  - {name: <bad>, object: pod.yaml, expect: deny}\n",
    );
    let folder = folder(&[("pod.yaml", POD), ("suite.yaml", &cases)]);
    let run = test(folder.path(), &["--format", "junit"]);
    assert_eq!(run.code, 1);
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="waitwarden">
<testsuite name="suite.yaml" tests="2" failures="1">
  <testcase name="good" classname="suite.yaml" file="suite.yaml"/>
  <testcase name="&lt;bad&gt;" classname="suite.yaml" file="suite.yaml">
    <failure message="expected deny, found mutate">suite.yaml:5:5
expected deny, found mutate</failure>
  </testcase>
</testsuite>
</testsuites>
"#;
    assert_eq!(run.out, expected);
}
