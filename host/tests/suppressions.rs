//! Comments that suppress findings.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may fail")]

#[path = "support/run.rs"]
mod run;

use run::{folder, piped, run_in};
use serde_json::Value;

/// Without a probe, so one is derived, with a warning at line 11.
const DERIVED: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
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
";

/// The rules of what is found, and how many are suppressed.
fn found(text: &str, more: &[&str]) -> (Vec<String>, u64) {
    let run = piped(&[&["lint", "--format", "json"], more].concat(), text);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let rules =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap().to_owned());
    (rules.collect(), report["summary"]["suppressed"].as_u64().unwrap())
}

fn rules(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_comment_suppresses_a_warning_on_its_line_or_below() {
    let item = "      - name: web\n";
    assert_eq!(found(DERIVED, &[]), (rules(&["readiness-derived"]), 0));
    for comment in [
        "      - name: web # waitwarden: ignore[readiness-derived] the port opens when it is warm\n",
        "      # waitwarden: ignore[readiness-derived] the port opens when it is warm\n      - name: web\n",
        "      # waitwarden: ignore[other-kind, readiness-derived] two of them\n      # and a comment\n      - name: web\n",
    ] {
        let (left, suppressed) = found(&DERIVED.replace(item, comment), &[]);
        assert_eq!((left.contains(&"readiness-derived".to_owned()), suppressed), (false, 1), "{comment}");
    }
    let suppressed = DERIVED.replace(item, "      - name: web # waitwarden: ignore[readiness-derived] it is so\n");
    assert_eq!(piped(&["lint", "--fail-on", "warning"], &suppressed).code, 0);
    assert_eq!(piped(&["lint", "--fail-on", "warning", "--no-suppressions"], &suppressed).code, 1);
    let text = piped(&["lint"], &suppressed).out;
    assert!(
        text.starts_with("Checked 1 object in 1 file: no findings;") && text.contains("1 finding suppressed"),
        "{text}"
    );
}

#[test]
fn a_suppression_without_a_reason_does_not_count() {
    let text = DERIVED.replace("      - name: web\n", "      - name: web # waitwarden: ignore[readiness-derived]\n");
    assert_eq!(found(&text, &[]), (rules(&["readiness-derived", "invalid-suppression"]), 0));
    let text = DERIVED.replace("      - name: web\n", "      - name: web # waitwarden: disable\n");
    assert_eq!(found(&text, &[]), (rules(&["readiness-derived", "invalid-suppression"]), 0));
}

#[test]
fn a_suppression_that_suppresses_nothing_is_told() {
    let text = format!("# waitwarden: ignore[readiness-derived] not here\n{DERIVED}");
    assert_eq!(found(&text, &[]), (rules(&["readiness-derived", "unused-suppression"]), 0));
    let run = piped(&["lint"], &text.replace("[readiness-derived]", "[readiness-derivd]"));
    assert!(
        run.out.contains(
            "warning[unused-suppression]: nothing of `readiness-derivd` is suppressed here\n --> <stdin>:1:1\n"
        ),
        "{}",
        run.out
    );
    assert!(run.out.contains("= help: did you mean `readiness-derived`?"), "{}", run.out);
    // With --no-suppressions nothing is suppressed, so nothing is unused.
    assert_eq!(found(&text, &["--no-suppressions"]), (rules(&["readiness-derived"]), 0));
}

#[test]
fn errors_cannot_be_suppressed() {
    let wrong = DERIVED
        .replace("service/postgres:5432\n", "svc/postgres # waitwarden: ignore[invalid-dependency] we like it\n");
    let run = piped(&["lint"], &wrong);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[invalid-dependency]: unknown kind `svc`"), "{}", run.out);
    assert!(run.out.contains("`invalid-dependency` is an error here, and errors cannot be suppressed"), "{}", run.out);
}

#[test]
fn text_in_a_string_is_no_comment() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: |\n    # waitwarden: ignore[x] y\n    # waitwarden: ignore\n  b: \"# waitwarden: ignore\"\n";
    assert_eq!(found(map, &[]), (Vec::new(), 0));
}

#[test]
fn sarif_shows_what_is_suppressed_and_why() {
    let text =
        DERIVED.replace("      - name: web\n", "      - name: web # waitwarden: ignore[readiness-derived] it is so\n");
    let log: Value = serde_json::from_str(&piped(&["lint", "--format", "sarif"], &text).out).unwrap();
    let results = &log["runs"][0]["results"];
    assert_eq!(results.as_array().unwrap().len(), 1);
    assert_eq!(results[0]["ruleId"], "readiness-derived");
    assert_eq!(results[0]["suppressions"], serde_json::json!([{"kind": "inSource", "justification": "it is so"}]));
}

#[test]
fn the_configuration_suppresses_what_nobody_can_comment() {
    let chart = format!("---\n# Source: shop/charts/db/templates/a.yaml\n{DERIVED}");
    let lint = |exceptions: &str, more: &[&str]| {
        let folder = folder(&[
            ("waitwarden.yaml", &format!("suppressions:\n{exceptions}")),
            ("charts/vendored/a.yaml", DERIVED),
            ("rendered.yaml", &chart),
        ]);
        let run = run_in(folder.path(), &[&["lint", "--format", "json"], more, &["charts", "rendered.yaml"]].concat());
        let report: Value = serde_json::from_str(&run.out).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let said = findings
            .map(|finding| format!("{} {}", finding["file"].as_str().unwrap(), finding["rule"].as_str().unwrap()));
        said.collect::<Vec<_>>().join("; ")
    };
    let both = "charts/vendored/a.yaml readiness-derived; rendered.yaml readiness-derived";
    for (exceptions, left) in [
        ("- {rule: readiness-derived, reason: not ours}\n", ""),
        (
            "- {rule: readiness-derived, reason: not ours, path: 'charts/vendored/**'}\n",
            "rendered.yaml readiness-derived",
        ),
        (
            "- {rule: readiness-derived, reason: not ours, path: 'shop/charts/**'}\n",
            "charts/vendored/a.yaml readiness-derived",
        ),
        ("- {rule: readiness-derived, reason: not ours, object: Deployment default/*}\n", ""),
        ("- {rule: readiness-derived, reason: not ours, object: Deployment shop/web}\n", both),
        ("- {rule: other-kind, reason: not ours}\n", both),
        ("- {rule: readiness-derived, reason: not ours, until: 2999-12-31}\n", ""),
        (
            "- {rule: readiness-derived, reason: not ours, until: 2020-12-31}\n",
            &format!("waitwarden.yaml unused-suppression; {both}"),
        ),
    ] {
        assert_eq!(lint(exceptions, &[]), left, "{exceptions}");
        assert_eq!(lint(exceptions, &["--no-suppressions"]), both, "{exceptions}");
    }
}
