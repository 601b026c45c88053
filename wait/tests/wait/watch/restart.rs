//! `on-loss=restart`: the code for which the Pod starts again, and how often.

use super::{Port, watch};
use crate::program::{Program, check};
use serde_json::Value;

const LOST: &str = "connection refused: ADDRESS: nobody listens there yet";

#[test]
fn the_pod_starts_again_once_and_not_again_soon() {
    let mut port = Port::open();
    let target = format!("tcp://{} on-loss=restart", port.address);
    let other = "tcp://127.0.0.1:1 on-loss=unready";
    let mut watching = watch(Program::new()).name(&port.address, "ADDRESS").listen(&[&target, other]);
    watching.hears("tcp://ADDRESS: present");
    watching.hears("tcp://127.0.0.1:1: lost: connection refused: 127.0.0.1:1: nobody listens there yet");
    port.close();
    let (outcome, folder) = watching.end_in();
    let mut lines = outcome.lines.clone();
    lines.retain(|line| !line.starts_with("tcp://127.0.0.1:1"));
    assert_eq!(
        (outcome.code, lines.join("\n")),
        (
            Some(75),
            [
                "watching tcp://ADDRESS on-loss=restart, tcp://127.0.0.1:1 on-loss=unready".to_owned(),
                "tcp://ADDRESS: present".to_owned(),
                format!("tcp://ADDRESS: lost: {LOST}; the Pod starts again where that lasts 500ms"),
                format!("tcp://ADDRESS: still lost after Ns: {LOST}; the Pod starts again"),
                "ended with 75, so that the Pod starts again, for tcp://ADDRESS".to_owned(),
            ]
            .join("\n")
        )
    );
    assert_eq!(
        outcome.termination,
        format!(
            "the Pod starts again for tcp://ADDRESS\ntcp://ADDRESS: lost after Ns: {LOST}\ntcp://127.0.0.1:1: lost after Ns: \
             connection refused: 127.0.0.1:1: nobody listens there yet"
        )
    );
    // The next one knows of it.
    let mut watching = watch(Program::within(folder)).name(&port.address, "ADDRESS").listen(&[&target]);
    watching.hears(&format!(
        "tcp://ADDRESS: still lost after Ns: {LOST}; the Pod started again not long ago, so it only is unready for another Ns"
    ));
    assert_eq!(watching.check().0, Some(1));
    port.open_again();
    watching.hears("tcp://ADDRESS: back after Ns");
    assert_eq!(watching.check(), (Some(0), String::new()));
    // Another loss is another one, and too soon as well.
    port.close();
    watching.hears(&format!("tcp://ADDRESS: lost: {LOST}; the Pod starts again where that lasts 500ms"));
    watching.hears(&format!(
        "tcp://ADDRESS: still lost after Ns: {LOST}; the Pod started again not long ago, so it only is unready for another Ns"
    ));
    watching.stop().is(
        0,
        &[
            "watching tcp://ADDRESS on-loss=restart",
            &format!("tcp://ADDRESS: taken up as lost after Ns: {LOST}"),
            &format!(
                "tcp://ADDRESS: still lost after Ns: {LOST}; the Pod started again not long ago, so it only is unready for \
                 another Ns"
            ),
            "tcp://ADDRESS: back after Ns",
            &format!("tcp://ADDRESS: lost: {LOST}; the Pod starts again where that lasts 500ms"),
            &format!(
                "tcp://ADDRESS: still lost after Ns: {LOST}; the Pod started again not long ago, so it only is unready for \
                 another Ns"
            ),
            "stopped by SIGTERM after Ns: lost: tcp://ADDRESS",
        ],
    );
}

#[test]
fn when_the_time_is_over_it_starts_again_and_the_next_time_is_twice_as_far() {
    let mut port = Port::open();
    port.close();
    let target = format!("tcp://{} on-loss=restart", port.address);
    let (outcome, folder) = watch(Program::new()).listen(&[&target]).end_in();
    assert_eq!(outcome.code, Some(75));
    let file = folder.path().join("state/state");
    let read = || -> Value { serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap() };
    let mut state = read();
    let at = state["restarts"]["last"]["at"].as_u64().unwrap();
    assert_eq!(state["restarts"]["last"]["distanceMillis"], 600_000);
    assert_eq!(check(folder.path(), &[]).0, Some(1));
    // Ten minutes ago, where the machine has been up for so long; else it cannot be told from a reboot.
    let Some(before) = at.checked_sub(601_000) else { return };
    state["restarts"]["last"]["at"] = before.into();
    std::fs::write(&file, state.to_string()).unwrap();
    let (outcome, folder) = watch(Program::within(folder)).listen(&[&target]).end_in();
    assert_eq!(outcome.code, Some(75));
    let state: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("state/state")).unwrap()).unwrap();
    assert_eq!(state["restarts"]["last"]["distanceMillis"], 1_200_000);
}
