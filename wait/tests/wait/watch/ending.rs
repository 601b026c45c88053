//! How it ends, and what the next process takes up.

use super::{Port, watch};
use crate::program::{Program, until};
use std::time::{Duration, Instant};
use waitwarden_test_servers::{Answer, Server};

#[test]
fn signals_end_it_at_once_and_well() {
    // Nothing that is open may hold it up.
    let api = Server::api(&[("/apis/apps/v1/namespaces/rec/deployments/web", &[Answer::Silence])]);
    let web = Server::start(&[("/", &[Answer::Silence])], false);
    let web_target = format!("http://{}/ on-loss=restart", web.address);
    for (signal, name) in [("TERM", "SIGTERM"), ("INT", "SIGINT")] {
        let program = watch(Program::with_api(&api)).name(&web.address, "ADDRESS");
        let asked = (api.requests().len(), web.requests().len());
        let watching = program.listen(&["deployment/web on-loss=unready", &web_target]);
        until(|| api.requests().len() > asked.0 && web.requests().len() > asked.1);
        let start = Instant::now();
        watching.running.signal(signal);
        let outcome = watching.end();
        // Some milliseconds; a machine may be busy.
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        outcome.is(
            0,
            &[
                "watching deployment/web on-loss=unready, http://ADDRESS/ on-loss=restart",
                &format!("stopped by {name} after Ns: present: deployment/web, http://ADDRESS/"),
            ],
        );
        assert_eq!(outcome.termination, "");
    }
}

#[test]
fn what_cannot_be_kept_ends_it() {
    let message = "cannot keep what is known in DIR/state/state (No such file or directory (os error 2)); mount a volume there \
                   that this container may write to: emptyDir: {medium: Memory} at DIR/state";
    let program = watch(Program::new());
    std::fs::remove_dir(program.path("state")).unwrap();
    let outcome = program.wait_for(&["tcp://127.0.0.1:1 on-loss=unready"]);
    outcome.is(74, &["watching tcp://127.0.0.1:1 on-loss=unready", message]);
    assert_eq!(outcome.termination, message);
    // Later, too.
    let mut port = Port::open();
    let target = format!("tcp://{} on-loss=restart", port.address);
    let program = watch(Program::new()).name(&port.address, "ADDRESS");
    let state = program.path("state");
    let mut watching = program.listen(&[&target]);
    watching.hears("tcp://ADDRESS: present");
    std::fs::remove_dir_all(state).unwrap();
    port.close();
    let outcome = watching.end();
    assert_eq!((outcome.code, outcome.lines.last().unwrap().as_str()), (Some(74), message));
}

#[test]
fn the_next_process_takes_up_what_is_known() {
    let (one, mut two) = (Port::open(), Port::open());
    let targets = [&one, &two].map(|port| format!("tcp://{} on-loss=unready", port.address));
    let addresses = [one.address, two.address];
    let named = |program: Program| watch(program).name(&addresses[0], "ONE").name(&addresses[1], "TWO");
    two.close();
    let lost = "connection refused: TWO: nobody listens there yet";
    let mut watching = named(Program::new()).listen(&[&targets[0], &targets[1]]);
    watching.hears(&format!("tcp://TWO: lost: {lost}"));
    // A crash.
    watching.running.signal("KILL");
    let (outcome, folder) = watching.end_in();
    assert_eq!(outcome.code, None);
    let mut watching = named(Program::within(folder)).listen(&[&targets[0], &targets[1]]);
    watching.hears(&format!("tcp://TWO: taken up as lost after Ns: {lost}"));
    assert_eq!(watching.check(), (Some(1), format!("tcp://TWO: lost less than a minute ago: {lost}\n")));
    two.open_again();
    watching.hears("tcp://TWO: back after Ns");
    let (outcome, folder) = {
        watching.running.signal("TERM");
        watching.end_in()
    };
    let mut lines = outcome.lines.clone();
    // Whichever answered first.
    lines.retain(|line| line != "tcp://ONE: present");
    assert_eq!(
        (outcome.code, lines.join("\n")),
        (
            Some(0),
            [
                "watching tcp://ONE on-loss=unready, tcp://TWO on-loss=unready".to_owned(),
                format!("tcp://TWO: taken up as lost after Ns: {lost}"),
                "tcp://TWO: back after Ns".to_owned(),
                "stopped by SIGTERM after Ns: present: tcp://ONE, tcp://TWO".to_owned(),
            ]
            .join("\n")
        )
    );
    // Of other targets nothing is known.
    let mut watching = named(Program::within(folder)).listen(&[&targets[0]]);
    watching.hears("tcp://ONE: present");
    watching.stop().is(
        0,
        &[
            "watching tcp://ONE on-loss=unready",
            "tcp://ONE: present",
            "stopped by SIGTERM after Ns: present: tcp://ONE",
        ],
    );
}

#[test]
fn a_state_that_says_nothing_is_no_loss() {
    let port = Port::open();
    let target = format!("tcp://{} on-loss=restart", port.address);
    let name = format!("tcp://{}", port.address);
    let lost = format!(r#"{{"target":"{name}","lost":{{"since":1,"reason":"connection refused"}}}}"#);
    let later = u64::MAX / 2;
    for (text, why) in [
        (String::new(), "EOF while parsing a value at line 1 column 0"),
        (format!(r#"{{"version":1,"written":1,"dependencies":[{lost}"#), "EOF while parsing"),
        ("\0\0\0\0".to_owned(), "expected value at line 1 column 1"),
        (
            format!(r#"{{"version":2,"written":1,"dependencies":[{lost}],"restarts":{{}}}}"#),
            "it is of version 2, and this program reads version 1",
        ),
        (
            format!(r#"{{"version":1,"written":{later},"dependencies":[{lost}],"restarts":{{}}}}"#),
            "it was written before the machine was started",
        ),
    ] {
        let program = watch(Program::new().file("state/state", &text)).name(&port.address, "ADDRESS");
        let mut watching = program.listen(&[&target]);
        watching.hears("tcp://ADDRESS: present");
        assert_eq!(watching.check(), (Some(0), String::new()), "{text}");
        let outcome = watching.stop();
        assert_eq!((outcome.code, outcome.lines.len()), (Some(0), 4), "{outcome:?}");
        let warning = format!("warning: DIR/state/state cannot be read ({why}");
        assert!(outcome.lines[1].starts_with(&warning), "{}", outcome.lines[1]);
        assert!(outcome.lines[1].ends_with("), so nothing is known of what was before"), "{}", outcome.lines[1]);
    }
}
