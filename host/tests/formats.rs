//! The formats: each is what its readers take, all say the same, and files are written whole.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests may fail")]

#[path = "support/run.rs"]
mod run;

use boon::{Compiler, Schemas};
use quick_xml::events::Event;
use run::{Run, folder, piped, run_in, run_with};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An error with a place inside a string, a warning, a note, a document that is broken, and one that is something else.
const MIXED: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: wrong
spec:
  template:
    metadata:
      annotations:
        waitwarden.io/depends-on: |
          service/ok:1
          svc/postgres   # ü: not a kind
          job/a timeout=1x
        waitwarden.io/readiness: none
    spec:
      containers:
      - name: web
        image: web:1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: derived
  namespace: shop
spec:
  template:
    metadata:
      annotations:
        waitwarden.io/depends-on: service/postgres:5432
    spec:
      containers:
      - name: web
        image: web:1
        ports:
        - containerPort: 8080
---
a: b
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: other
  annotations:
    waitwarden.io/depends-on: service/postgres:5432
---
a: b: c
";

/// Declares a dependency, and holds no wait container.
const LACKING: &str = "\
# ü
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      annotations:
        waitwarden.io/depends-on: tcp://postgres:5432
    spec:
      containers:
      - name: web
        image: web:1 # pinned later
        readinessProbe:
          tcpSocket: {port: 8080}
";

fn mixed() -> TempDir {
    folder(&[("a/mixed.yaml", MIXED)])
}

fn lint(folder: &TempDir, format: &str) -> Run {
    run_in(folder.path(), &["lint", "--format", format, "a"])
}

fn validated(text: &str, schema: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap();
    let path = format!("{}/{schema}", env!("CARGO_MANIFEST_DIR"));
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let index = compiler.compile(&path, &mut schemas).unwrap();
    if let Err(error) = schemas.validate(&value, index) {
        panic!("{error:#}\n{text}");
    }
    value
}

const REPORT: &str = "schema/report.json";
const SARIF: &str = "tests/data/sarif/sarif-schema-2.1.0.json";

#[test]
fn json_keeps_its_schema() {
    let run = lint(&mixed(), "json");
    let report = validated(&run.out, REPORT);
    let rules: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["invalid-dependency", "invalid-dependency", "readiness-derived", "other-kind", "unreadable"]);
    assert_eq!((&report["version"], &report["exitCode"], run.code), (&json!(1), &json!(3), 3));
    validated(&piped(&["lint", "--format", "json", "--allow-empty"], "").out, REPORT);
    let lacking = folder(&[("a.yaml", LACKING), ("settings.yaml", "mode: validate\n")]);
    let run = run_in(lacking.path(), &["lint", "--format", "json", "--settings", "settings.yaml", "a.yaml"]);
    let report = validated(&run.out, REPORT);
    assert_eq!(report["findings"][0]["rule"], "no-wait-container");
    assert_eq!(report["findings"][0]["fix"]["edits"].as_array().unwrap().len(), 1, "{}", run.out);
}

#[test]
fn sarif_keeps_its_schema_and_has_places() {
    let run = lint(&mixed(), "sarif");
    let log = validated(&run.out, SARIF);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "invalid-dependency");
    assert_eq!(result["level"], "error");
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], "invalid-dependency");
    assert_eq!(
        result["locations"][0],
        json!({
            "physicalLocation": {
                "artifactLocation": {"uri": "a/mixed.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 11, "startColumn": 11, "endLine": 11, "endColumn": 14},
            },
            "logicalLocations": [
                {"name": "wrong", "fullyQualifiedName": "apps/v1 Deployment default/wrong", "kind": "resource"}
            ],
        })
    );
    assert_eq!(result["properties"]["pointer"], "/spec/template/metadata/annotations/waitwarden.io~1depends-on");
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&json!(3), &json!(false)));
    validated(&piped(&["lint", "--format", "sarif", "--allow-empty"], "").out, SARIF);
}

/// The change that a SARIF fix describes, made as its readers make it: by line and column.
fn replaced(text: &str, replacements: &Value) -> String {
    let offset = |line: &Value, column: &Value| {
        let (line, column) = (line.as_u64().unwrap(), column.as_u64().unwrap());
        let start: usize = text.split_inclusive('\n').take(usize::try_from(line).unwrap() - 1).map(str::len).sum();
        let rest = text.get(start..).unwrap();
        start + rest.chars().take(usize::try_from(column).unwrap() - 1).map(char::len_utf8).sum::<usize>()
    };
    let (mut new, mut at) = (String::new(), 0);
    for replacement in replacements.as_array().unwrap() {
        let region = &replacement["deletedRegion"];
        new.push_str(text.get(at..offset(&region["startLine"], &region["startColumn"])).unwrap());
        new.push_str(replacement["insertedContent"]["text"].as_str().unwrap());
        at = offset(&region["endLine"], &region["endColumn"]);
    }
    new + text.get(at..).unwrap()
}

#[test]
fn sarif_carries_fixes_that_fix() {
    for text in
        [LACKING.to_owned(), format!("{MIXED}---\n{LACKING}").replace("a: b: c\n", ""), LACKING.trim_end().to_owned()]
    {
        let folder = folder(&[("a.yaml", &text), ("settings.yaml", "mode: validate\n")]);
        let lint = ["lint", "--settings", "settings.yaml", "--format", "sarif", "a.yaml"];
        let log = validated(&run_in(folder.path(), &lint).out, SARIF);
        let results = log["runs"][0]["results"].as_array().unwrap();
        let result = results.iter().rfind(|result| result["ruleId"] == "no-wait-container").unwrap();
        let changes = &result["fixes"][0]["artifactChanges"][0];
        assert_eq!(changes["artifactLocation"]["uri"], "a.yaml");
        let fixed = replaced(&text, &changes["replacements"]);
        assert!(
            fixed.contains("image: web:1 # pinned later") && fixed.contains("- name: wait-for-dependencies"),
            "{fixed}"
        );
        std::fs::write(folder.path().join("a.yaml"), &fixed).unwrap();
        let log = validated(&run_in(folder.path(), &lint).out, SARIF);
        let left = log["runs"][0]["results"].as_array().unwrap();
        let of_web = |result: &&Value| result["properties"]["object"] == "Deployment default/web";
        assert_eq!(left.iter().filter(of_web).count(), 0, "{fixed}");
    }
}

#[test]
fn people_see_the_fix_as_a_patch() {
    let folder = folder(&[("a.yaml", LACKING), ("settings.yaml", "mode: validate\n")]);
    let run = run_in(folder.path(), &["lint", "--settings", "settings.yaml", "a.yaml"]);
    assert!(run.out.contains("\nhelp: the policy would write\n@@ -11,2 +11,"), "{}", run.out);
    assert!(run.out.contains("\n+      initContainers:\n+      - name: wait-for-dependencies\n"), "{}", run.out);
    assert!(run.out.contains("more lines (`waitwarden diff` shows all)\n"), "{}", run.out);
}

#[test]
fn fingerprints_do_not_move_with_lines() {
    let fingerprints = |text: &str| -> Vec<Value> {
        let log: Value = serde_json::from_str(&piped(&["lint", "--format", "sarif"], text).out).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.into_iter().map(|result| result["partialFingerprints"]["waitwarden/v1"].clone()).collect()
    };
    let (before, after) = (fingerprints(MIXED), fingerprints(&format!("# one\n# two\n{MIXED}")));
    assert_eq!(before, after);
    for (at, one) in before.iter().enumerate() {
        assert!(!before[at + 1..].contains(one), "{before:?}");
    }
}

#[test]
fn junit_has_a_case_for_each_object_and_a_failure_for_each_finding() {
    let run = lint(&mixed(), "junit");
    let mut reader = quick_xml::Reader::from_str(&run.out);
    let mut seen = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                let attribute = |key: &str| {
                    let found = element.try_get_attribute(key).unwrap();
                    found.map(|found| found.value.into_owned()).unwrap_or_default()
                };
                let what = if name == "testsuite" {
                    format!("{} {} {}", attribute("tests"), attribute("failures"), attribute("errors"))
                } else {
                    attribute(if name == "testcase" { "name" } else { "type" })
                };
                seen.push(format!("{name} {what}"));
            }
            _ => {}
        }
    }
    let expected = [
        "testsuites ",
        "testsuite 4 1 1",
        "testcase Deployment default/wrong",
        "failure invalid-dependency",
        "failure invalid-dependency",
        "testcase Deployment shop/derived",
        "system-out ",
        "testcase Rollout default/other",
        "system-out ",
        "testcase line 45",
        "error unreadable",
    ];
    assert_eq!(seen, expected, "{}", run.out);
    let strict = run_in(mixed().path(), &["lint", "--format", "junit", "--fail-on", "warning", "a"]);
    assert!(strict.out.contains("tests=\"4\" failures=\"2\" errors=\"1\""), "{}", strict.out);
}

#[test]
fn what_xml_cannot_hold_is_replaced() {
    let declared = "waitwarden.io/depends-on: service/postgres:5432\n    spec";
    assert!(MIXED.contains(declared));
    let odd = MIXED.replace(declared, "waitwarden.io/depends-on: \"svc<&\\x01>\"\n    spec");
    let run = piped(&["lint", "--format", "junit"], &odd);
    assert!(!run.out.contains('\u{1}') && run.out.contains("`svc&lt;&amp;\u{fffd}&gt;`"), "{}", run.out);
    let mut reader = quick_xml::Reader::from_str(&run.out);
    while !matches!(reader.read_event().unwrap(), Event::Eof) {}
}

#[test]
fn github_shows_annotations() {
    let run = lint(&mixed(), "github");
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(
        lines[0],
        "::error file=a/mixed.yaml,line=11,endLine=11,col=11,endColumn=14,title=invalid-dependency::unknown kind `svc`%0A\
         in: Deployment default/wrong%0Aat: /spec/template/metadata/annotations/waitwarden.io~1depends-on%0A\
         help: write `service/postgres`"
    );
    let names: Vec<&str> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["::error", "::error", "::warning", "::notice", "::error"]);
}

#[test]
fn gitlab_shows_issues() {
    let issues: Value = serde_json::from_str(&lint(&mixed(), "gitlab").out).unwrap();
    let issues = issues.as_array().unwrap();
    let mut first = issues[0].clone();
    assert_eq!(first["fingerprint"].as_str().unwrap().len(), 16);
    first["fingerprint"] = json!("");
    assert_eq!(
        first,
        json!({
            "type": "issue", "check_name": "invalid-dependency", "description": "unknown kind `svc`",
            "categories": ["Bug Risk"], "severity": "major", "fingerprint": "",
            "location": {
                "path": "a/mixed.yaml",
                "lines": {"begin": 11, "end": 11},
                "positions": {"begin": {"line": 11, "column": 11}, "end": {"line": 11, "column": 14}},
            },
            "pointer": "/spec/template/metadata/annotations/waitwarden.io~1depends-on",
            "content": {"body": "write `service/postgres`"},
            "object": "Deployment default/wrong",
        })
    );
    let severities: Vec<&Value> = issues.iter().map(|issue| &issue["severity"]).collect();
    assert_eq!(severities, ["major", "major", "minor", "info", "major"]);
    assert_eq!(piped(&["lint", "--format", "gitlab", "--allow-empty"], "").out, "[]\n");
}

const FORMATS: [&str; 6] = ["text", "json", "sarif", "junit", "github", "gitlab"];

#[test]
fn every_format_ends_the_same_way() {
    for (text, args, code) in [
        (MIXED, &[] as &[&str], 3),
        (LACKING, &[], 0),
        ("a: b\n", &[], 3),
        ("a: b\n", &["--allow-empty"], 0),
        (&MIXED.replace("a: b: c\n", ""), &[], 1),
        (&MIXED.split_once("---\n").unwrap().1.replace("a: b: c\n", ""), &[], 0),
        (&MIXED.split_once("---\n").unwrap().1.replace("a: b: c\n", ""), &["--fail-on", "warning"], 1),
    ] {
        for format in FORMATS {
            let run = piped(&[&["lint", "--format", format], args].concat(), text);
            assert_eq!(run.code, code, "{format}: {run:?}");
        }
    }
}

#[test]
fn several_formats_come_of_one_run() {
    let folder = mixed();
    let mut args = vec!["lint", "a"];
    let files: Vec<String> = FORMATS[1..].iter().map(|format| format!("{format}={format}.out")).collect();
    args.extend(["--format", "text"]);
    args.extend(files.iter().flat_map(|file| ["--format", file.as_str()]));
    let run = run_in(folder.path(), &args);
    assert_eq!((run.out.as_str(), run.code), (lint(&folder, "text").out.as_str(), 3));
    for format in &FORMATS[1..] {
        let file = std::fs::read_to_string(folder.path().join(format!("{format}.out"))).unwrap();
        assert_eq!(file, lint(&folder, format).out, "{format}");
    }
    // Where nothing goes to standard output, the summary is not lost.
    let run = run_in(folder.path(), &["lint", "--format", "text=text.out", "--color", "always", "a"]);
    assert_eq!((run.out.as_str(), run.code), ("", 3));
    assert!(run.err.contains("Checked "), "{run:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("text.out")).unwrap(), lint(&folder, "text").out);
}

#[test]
fn files_that_cannot_be_written_end_the_run_before_it_begins() {
    let folder = mixed();
    for (format, expected) in [
        ("json=none/x.json", "none/x.json cannot be written"),
        ("json=a", "a cannot be written"),
        ("json=", "expected a file behind `=`"),
        ("xml", "there is no format `xml`; the formats are `text`, `json`"),
        ("text,json", "one format goes to standard output"),
        ("text=x,json=x", "the same file, x"),
    ] {
        let run = run_in(folder.path(), &["lint", "--format", format, "a"]);
        assert_eq!((run.out.as_str(), run.code), ("", 2), "{format}: {run:?}");
        assert!(run.err.contains(expected), "{format}: {run:?}");
    }
    // The whole report, or the old one.
    std::fs::write(folder.path().join("x.json"), "old").unwrap();
    let run = run_in(folder.path(), &["lint", "--format", "json=x.json", "--settings", "gone.yaml", "a"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("x.json")).unwrap(), "old");
}

#[test]
fn a_report_that_is_lost_is_no_success() {
    let folder = folder(&[("a/a.yaml", LACKING)]);
    let run = run_in(folder.path(), &["lint", "--format", "json=/dev/full", "a"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.err.contains("/dev/full cannot be written"), "{run:?}");
}

#[test]
fn a_report_is_written_although_nobody_reads_on() {
    let folder = mixed();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_waitwarden"));
    command.args(["lint", "--format", "text", "--format", "json=x.json", "a"]).current_dir(folder.path()).env_clear();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(command.stdout(writer).status().unwrap().code(), Some(3));
    validated(&std::fs::read_to_string(folder.path().join("x.json")).unwrap(), REPORT);
}

#[test]
fn formats_come_from_the_environment_too() {
    let folder = mixed();
    let run = run_with(folder.path(), &["lint", "a"], &[("WAITWARDEN_FORMAT", "github,json=x.json")], "");
    assert_eq!(run.out, lint(&folder, "github").out);
    validated(&std::fs::read_to_string(folder.path().join("x.json")).unwrap(), REPORT);
}

#[test]
fn every_item_of_a_list_says_where_it_comes_from() {
    let item = |name: &str, origin: &str| {
        format!(
            "- apiVersion: argoproj.io/v1alpha1\n  kind: Rollout\n  metadata:\n    name: {name}\n    annotations:\n{origin}      \
             waitwarden.io/depends-on: service/postgres:5432\n"
        )
    };
    let kustomize = "      config.kubernetes.io/origin: |\n        path: base/one.yaml\n";
    let text = format!(
        "# Source: chart/templates/all.yaml\napiVersion: v1\nkind: List\nitems:\n{}{}",
        item("one", kustomize),
        item("two", "")
    );
    let folder = folder(&[("list.yaml", &text)]);
    let run = run_in(folder.path(), &["lint", "--format", "json", "list.yaml"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let found: Vec<Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["rule"], one["object"]["name"], one["source"], one["pointer"]]))
        .collect();
    assert_eq!(
        found,
        [
            json!(["other-kind", "one", "base/one.yaml", "/items/0/kind"]),
            json!(["other-kind", "two", "chart/templates/all.yaml", "/items/1/kind"]),
        ]
    );
}
