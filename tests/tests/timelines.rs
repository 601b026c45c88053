//! The timelines in `docs/after-start.md`, played anew with the Pods of `examples/after-start` as the policy makes them. `BLESS=1` writes what is played now.
//!
//! A block whose info string is `text timeline=OPTION scenario=NAME`, with or without `from=SECONDS`, holds what the Pod
//! with that option does in that scenario: by itself for `ignore`, which is a plain init container, and beside a plain one
//! for the others.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says where")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use waitwarden_test_kubelet::{Beside, plain, play, scenario};
use waitwarden_tests::{binary, root, yaml};

const CONTAINER: &str = "app";
const DEPENDENCY: &str = "service/postgres:5432";

/// What a reader calls each option.
const OPTIONS: [(&str, &str); 4] = [
    ("ignore", "on-loss=ignore"),
    ("unready", "on-loss=unready"),
    ("restart", "on-loss=restart"),
    ("rewait", "on-restart: rewait"),
];

/// The Pod of the example with an option, as `waitwarden render` writes it.
fn pod(option: &str) -> Value {
    let examples = root().join("examples/after-start");
    let output = Command::new(binary("waitwarden"))
        .args(["render", "--isolated", "--settings"])
        .args([examples.join("settings.yaml"), examples.join(option).with_extension("yaml")])
        .output()
        .expect("waitwarden runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let workload = yaml(&String::from_utf8(output.stdout).expect("UTF-8"));
    workload.pointer("/spec/template").cloned().expect("a template")
}

/// What the block with this info string holds; `None` where it is no timeline.
fn block(info: &str) -> Option<(&'static str, String)> {
    let words: BTreeMap<&str, &str> = info.split(' ').filter_map(|word| word.split_once('=')).collect();
    let option = *words.get("timeline")?;
    let (option, title) =
        *OPTIONS.iter().find(|(known, _)| *known == option).unwrap_or_else(|| panic!("`{info}`: no such option"));
    let name = words.get("scenario").copied().unwrap_or_default();
    let scenario = scenario::named(name, CONTAINER, DEPENDENCY)
        .unwrap_or_else(|| panic!("`{info}`: expected a scenario of {:?}", scenario::NAMES));
    let from = words.get("from").map_or(0, |from| from.parse().expect("seconds"));
    let pod = pod(option);
    let played = |pod: &Value| play(pod, &scenario).expect("a Pod that can be played");
    let right = played(&pod);
    let left = played(&plain(&pod));
    let text = if option == "ignore" {
        assert_eq!(left, right, "{info}");
        right.since(from).to_string()
    } else {
        Beside { left: ("plain init container", &left), right: (title, &right), from }.to_string()
    };
    Some((option, text))
}

/// The page with its timelines as they are played now, and the options that it shows.
fn played(page: &str) -> (String, Vec<&'static str>) {
    let mut result = String::new();
    let mut options = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        result += line;
        result.push('\n');
        let Some((option, text)) = line.strip_prefix("```").and_then(block) else { continue };
        options.push(option);
        result += &text;
        result += "```\n";
        assert!(lines.any(|line| line == "```"), "`{line}`: the block does not end");
    }
    (result, options)
}

#[test]
fn the_timelines_in_the_documentation_are_played() {
    let file = root().join("docs/after-start.md");
    let page = fs::read_to_string(&file).expect("docs/after-start.md");
    let (now, options) = played(&page);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &now).expect("write");
    } else {
        assert_eq!(page, now, "`BLESS=1` takes what is played; read the diff");
    }
    for (option, _) in OPTIONS {
        assert!(options.contains(&option), "no timeline of `{option}`");
    }
}

/// Every option in every scenario: when all is there again the Pod is Ready again, and in its Service.
#[test]
fn every_option_gets_over_every_scenario() {
    for (option, _) in OPTIONS {
        for name in scenario::NAMES {
            let scenario = scenario::named(name, CONTAINER, DEPENDENCY).expect("a scenario");
            let timeline = play(&pod(option), &scenario).expect("a timeline");
            let last = timeline.moments.last().map(|moment| (moment.pod.ready, moment.pod.in_service));
            let expected = if name == "delete" { (false, false) } else { (true, true) };
            assert_eq!(last, Some(expected), "{option}, {name}:\n{timeline}");
        }
    }
}
