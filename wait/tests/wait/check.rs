//! `check`: what the readiness probe is told, with nothing but a file.

use crate::program::{Program, check};
use serde_json::json;
use std::fs;
use tempfile::TempDir;

/// What is said of this file.
fn says(text: &str) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("state")).unwrap();
    fs::write(folder.path().join("state/state"), text).unwrap();
    check(folder.path(), &[])
}

/// How long the machine has been up, in milliseconds.
fn now() -> u64 {
    let text = fs::read_to_string("/proc/uptime").unwrap();
    let seconds = text.split('.').next().unwrap();
    seconds.parse::<u64>().unwrap() * 1_000
}

#[test]
fn nothing_lost_is_said_with_nothing() {
    let dependencies = json!([{ "target": "service/web" }, { "target": "tcp://db:5432" }]);
    let text = json!({ "version": 1, "written": 0, "dependencies": dependencies, "restarts": {} });
    assert_eq!(says(&text.to_string()), (Some(0), String::new()));
    let text = json!({ "version": 1, "written": 0, "dependencies": [], "restarts": {}, "later": [1] });
    assert_eq!(says(&text.to_string()), (Some(0), String::new()));
}

#[test]
fn each_loss_has_a_line() {
    let lost = |since: u64, reason: &str| json!({ "since": since, "reason": reason });
    let dependencies = json!([
        { "target": "service/web", "lost": lost(now() - 1, "not ready yet: 0 of 2 endpoints are ready") },
        { "target": "tcp://db:5432" },
        { "target": "dns://db", "lost": lost(0, "a\nb") },
    ]);
    let text = json!({ "version": 1, "written": now() - 1, "dependencies": dependencies, "restarts": {} });
    let (code, said) = says(&text.to_string());
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((code, lines.len()), (Some(1), 2));
    assert_eq!(lines[0], "service/web: lost less than a minute ago: not ready yet: 0 of 2 endpoints are ready");
    assert!(lines[1].starts_with("dns://db: lost ") && lines[1].ends_with(" ago: a b"), "{}", lines[1]);
}

#[test]
fn what_is_not_known_is_not_lost() {
    let folder = TempDir::new().unwrap();
    assert_eq!(check(folder.path(), &[]), (Some(0), "nothing is known yet: there is no DIR/state/state\n".to_owned()));
    let lost = json!([{ "target": "service/web", "lost": { "since": 0, "reason": "" } }]);
    let of = |version: u64, written: u64| {
        json!({ "version": version, "written": written, "dependencies": lost, "restarts": {} }).to_string()
    };
    assert_eq!(says(&of(1, 0)).0, Some(1));
    for (text, why) in [
        (String::new(), "EOF while parsing a value at line 1 column 0"),
        ("[".repeat(100_000), "invalid type: sequence, expected u64 at line 1 column 1"),
        (of(2, 0), "it is of version 2, and this program reads version 1"),
        (of(1, u64::MAX), "it was written before the machine was started"),
        (" ".repeat(2 << 20), "it has more than 1024 KiB"),
    ] {
        let expected = format!("DIR/state/state cannot be read ({why}), so nothing is known to be lost\n");
        assert_eq!(says(&text), (Some(0), expected));
    }
}

#[test]
fn it_takes_no_arguments() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("termination-log"), "of watch").unwrap();
    let expected = "wrong argument: `check` takes no arguments, such as `--interval=1s`\n\
                    wrong argument: `check` takes no arguments, such as `tcp://h:1`\n";
    assert_eq!(check(folder.path(), &["--interval=1s", "tcp://h:1"]), (Some(64), expected.to_owned()));
    // That message is of the container, and this is only a probe.
    assert_eq!(fs::read_to_string(folder.path().join("termination-log")).unwrap(), "of watch");
    let (code, help) = Program::new().command("check").option("--help").prints();
    assert_eq!(code, Some(0));
    assert!(help.contains("Usage: waitwarden-wait check"), "{help}");
    assert_eq!(Program::new().command("check").option("--version").prints().0, Some(0));
}
