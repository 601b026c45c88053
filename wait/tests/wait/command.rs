//! The command line.

use crate::program::Program;

#[test]
fn all_wrong_arguments_are_reported_at_once() {
    let outcome = Program::new()
        .option("--timeout=5")
        .option("--fallback=udp")
        .option("--interval")
        .option("--log=xml")
        .option("--ca-file=")
        .option("--verbose")
        .option("service/early:1")
        .wait_for(&[
            "svc/x",
            "tcp://h",
            "tcp://127.0.0.1:1 status=200",
            "grpc://h",
            "tcp://h:1",
            "tcp://h:1 required=false",
        ]);
    let lines = [
        "wrong argument: `--timeout`: `5` is no duration; expected a number and a unit, such as `90s`, `5m` or `1h30m`",
        "wrong argument: `udp` is not a value of `--fallback`; expected `tcp` or `none`",
        "wrong argument: `--interval` has no value; write `--interval=VALUE`",
        "wrong argument: `xml` is not a value of `--log`; expected `text` or `json`",
        "wrong argument: `--ca-file` names no file",
        "wrong argument: there is no option `--verbose`; `--help` shows them",
        "wrong argument: `service/early:1` is no option; targets stand behind `--`",
        "wrong argument: `svc/x`: unknown kind `svc`; write `service/x`",
        "wrong argument: `tcp://h`: `h` has no port; write `tcp://h:PORT`",
        "wrong argument: `tcp://127.0.0.1:1 status=200`: `status` does not fit a tcp target; it is for http and https",
        "wrong argument: `grpc://h`: `h` has no port; write `grpc://h:PORT`",
        "wrong argument: `tcp://h:1` is given twice; write it once",
    ];
    outcome.is(64, &lines);
    assert_eq!(outcome.termination, lines.map(|line| line.trim_start_matches("wrong argument: ")).join("\n"));
}

#[test]
fn nothing_to_wait_for_is_a_mistake() {
    Program::new().wait_for(&[]).is(
        64,
        &["wrong argument: nothing to wait for; write targets behind `--`, such as `-- service/postgres:5432`"],
    );
}

#[test]
fn zero_is_no_interval() {
    Program::new()
        .option("--interval=0")
        .wait_for(&["tcp://h:1"])
        .is(64, &["wrong argument: `--interval` must be longer than zero"]);
}

#[test]
fn version_and_help_are_printed() {
    let version = format!("waitwarden-wait {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Program::new().option("--version").prints(), (Some(0), version));
    let (code, help) = Program::new().option("--help").prints();
    assert_eq!(code, Some(0));
    for word in ["--timeout=", "--interval=", "--fallback=", "--ca-file=", "--log=", "service/", "Exit codes"] {
        assert!(help.contains(word), "{word}");
    }
}

#[test]
fn mistakes_are_json_where_json_is_asked_for() {
    let outcome = Program::new().option("--log=json").wait_for(&["svc/x"]);
    assert_eq!(outcome.code, Some(64));
    let line: serde_json::Value = serde_json::from_str(&outcome.lines.join("")).unwrap();
    assert_eq!(line["event"], "wrong-argument");
    assert_eq!(line["message"], "wrong argument: `svc/x`: unknown kind `svc`; write `service/x`");
}

#[test]
fn watch_wants_to_know_what_a_loss_leads_to() {
    let outcome = Program::new()
        .command("watch")
        .option("--timeout=5m")
        .option("--grace=0")
        .option("--grace=soon")
        .option("--interval=0s")
        .option("check")
        .wait_for(&[
            "service/web",
            "tcp://h:1 on-loss=ignore",
            "job/migrate",
            "job/migrate on-loss=unready",
            "tcp://h:2 on-loss=unready timeout=5m",
            "tcp://h:3 required=false",
            "tcp://h:4 on-loss=unready",
            "tcp://h:4 on-loss=restart",
            "tcp://h:5 on-loss=never",
        ]);
    let lines = [
        "wrong argument: `--timeout` is for the wait; `watch` goes on until it is told to stop",
        "wrong argument: `--grace` must be longer than zero",
        "wrong argument: `--grace`: `soon` is no duration; expected a number and a unit, such as `90s`, `5m` or `1h30m`",
        "wrong argument: `--interval` must be longer than zero",
        "wrong argument: `check` is no option; targets stand behind `--`",
        "wrong argument: `service/web` does not say what its loss leads to; write `service/web on-loss=unready` or `service/web \
         on-loss=restart`",
        "wrong argument: `tcp://h:1` does not say what its loss leads to; write `tcp://h:1 on-loss=unready` or `tcp://h:1 \
         on-loss=restart`",
        "wrong argument: `job/migrate`: a Job that completed cannot be lost; leave it out",
        "wrong argument: `job/migrate on-loss=unready`: `on-loss` does not fit a job target; a Job that completed cannot be lost",
        "wrong argument: `tcp://h:2`: `timeout` is for the wait; leave it out",
        "wrong argument: `tcp://h:3` does not say what its loss leads to; write `tcp://h:3 on-loss=unready` or `tcp://h:3 \
         on-loss=restart`",
        "wrong argument: `tcp://h:4` is given twice; write it once",
        "wrong argument: `tcp://h:5 on-loss=never`: `never` is not a value of `on-loss`; expected `ignore`, `unready` or `restart`",
    ];
    outcome.is(64, &lines);
    assert_eq!(outcome.termination, lines.map(|line| line.trim_start_matches("wrong argument: ")).join("\n"));
}

#[test]
fn nothing_to_watch_is_a_mistake() {
    Program::new().command("watch").wait_for(&[]).is(
        64,
        &["wrong argument: nothing to watch; write targets behind `--`, such as `-- service/postgres:5432 on-loss=unready`"],
    );
    // The wait knows no grace time, and nothing is a command behind an option.
    Program::new().option("--grace=5s").option("watch").wait_for(&["tcp://h:1"]).is(
        64,
        &[
            "wrong argument: there is no option `--grace`; `--help` shows them",
            "wrong argument: `watch` is no option; targets stand behind `--`",
        ],
    );
}

#[test]
fn watch_has_a_help_of_its_own() {
    let (code, help) = Program::new().command("watch").option("--help").prints();
    assert_eq!(code, Some(0));
    for word in
        ["--grace=", "--interval=", "--fallback=", "--ca-file=", "--log=", "on-loss=restart", "Exit codes", "75"]
    {
        assert!(help.contains(word), "{word}");
    }
    assert!(!help.contains("--timeout="));
}
