//! Flags, the environment and `waitwarden.yaml`; and what stands around the command: explanations, completions, manuals.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail")]

#[path = "support/run.rs"]
mod run;

use run::{folder, piped, run_in, run_with};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n";

#[test]
fn flag_before_environment_before_file() {
    let folder = folder(&[("a.yaml", SERVICE), ("waitwarden.yaml", "format: gitlab\nallow-empty: true\n")]);
    let lint = |args: &[&str], variables: &[(&str, &str)]| {
        run_with(folder.path(), &[&["lint", "a.yaml"], args].concat(), variables, "").out
    };
    assert_eq!(lint(&[], &[]), "[]\n");
    let environment = [("WAITWARDEN_FORMAT", "github")];
    assert_eq!(lint(&[], &environment), "");
    assert!(lint(&["--format", "text"], &environment).starts_with("Checked "));
    // An empty variable is none, and --isolated reads no file.
    assert_eq!(lint(&[], &[("WAITWARDEN_FORMAT", "")]), "[]\n");
    assert!(lint(&["--isolated"], &[]).starts_with("Checked "));
    assert!(lint(&[], &[("WAITWARDEN_ISOLATED", "1")]).starts_with("Checked "));
    assert_eq!(lint(&["--format", "text"], &[("WAITWARDEN_QUIET", "yes")]), "");
    assert!(lint(&["--isolated"], &[("WAITWARDEN_CONFIG", "gone.yaml")]).starts_with("Checked "));
}

#[test]
fn a_wrong_variable_is_wrong_usage() {
    let run = run_with(folder(&[]).path(), &["lint"], &[("WAITWARDEN_FAIL_ON", "never")], SERVICE);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("'never'") && run.err.contains("--fail-on"), "{}", run.err);
}

#[test]
fn the_nearest_file_counts_and_paths_are_relative_to_it() {
    let folder = folder(&[
        ("waitwarden.yaml", "wrong: true\n"),
        ("repo/.git/HEAD", ""),
        ("repo/waitwarden.yaml", "settings: policy/settings.yaml\n"),
        ("repo/policy/settings.yaml", "mod: validate\n"),
        ("repo/apps/a.yaml", SERVICE),
        ("other/.git/HEAD", ""),
        ("other/a.yaml", SERVICE),
        ("elsewhere.yaml", "format: gitlab\n"),
    ]);
    let run = run_in(&folder.path().join("repo/apps"), &["lint", "a.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("repo/policy/settings.yaml") || run.err.contains("mod"), "{}", run.err);
    // Above the repository it is somebody else's.
    assert_eq!(run_in(&folder.path().join("other"), &["lint", "a.yaml"]).code, 0);
    let run = run_in(&folder.path().join("other"), &["lint", "--config", "../elsewhere.yaml", "a.yaml"]);
    assert_eq!((run.out.as_str(), run.code), ("[]\n", 0));
    let run = run_in(folder.path(), &["lint", "repo/apps/a.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("waitwarden.yaml:1:1: there is no key `wrong`"), "{}", run.err);
    // What reads no manifests reads no configuration.
    assert_eq!(run_in(folder.path(), &["explain", "malformed"]).code, 0);
    assert_eq!(run_in(folder.path(), &["lint", "--config", "gone.yaml", "repo/apps/a.yaml"]).code, 2);
}

#[test]
fn rules_are_explained() {
    let run = piped(&["explain", "invalid-dependency"], "");
    assert_eq!((run.err.as_str(), run.code), ("", 0));
    assert!(run.out.starts_with("invalid-dependency\n\n"), "{}", run.out);
    assert!(
        run.out.contains("\n        waitwarden.io/depends-on: svc/postgres\n".trim_start_matches('\n')),
        "{}",
        run.out
    );
    let run = piped(&["explain", "invalid-dependancy"], "");
    assert_eq!((run.out.as_str(), run.code), ("", 2));
    assert_eq!(run.err, "error: there is no rule `invalid-dependancy`; did you mean `invalid-dependency`?\n");
    let list = piped(&["explain"], "").out;
    assert!(list.lines().count() > 30 && list.contains("\ninvalid-dependency "), "{list}");
    assert!(piped(&["explain", "--color", "always", "malformed"], "").out.contains("\u{1b}[1m"));
}

#[test]
fn findings_name_the_rule_to_explain() {
    let run = piped(&["lint"], &SERVICE.replace("name: a", "name: a: b"));
    assert!(
        run.out.ends_with("`waitwarden explain unreadable` says more, with a wrong and a right example.\n"),
        "{}",
        run.out
    );
}

#[test]
fn shells_complete() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = piped(&["completions", shell], "");
        assert_eq!((run.err.as_str(), run.code), ("", 0), "{shell}");
        // Not every shell's script knows the values of flags.
        let values = matches!(shell, "bash" | "zsh" | "fish").then_some("sarif");
        for word in ["waitwarden", "fail-on", "explain"].into_iter().chain(values) {
            assert!(run.out.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn manuals_are_written() {
    let folder = folder(&[]);
    assert_eq!(run_in(folder.path(), &["man", "out/man1"]).code, 0);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("out/man1").join(name)).unwrap();
    assert!(read("waitwarden.1").contains(".TH waitwarden 1"));
    let lint = read("waitwarden-lint.1");
    assert!(lint.contains("fail\\-on") && lint.contains("sarif"), "{lint}");
    assert!(!folder.path().join("out/man1/waitwarden-man.1").exists());
}
