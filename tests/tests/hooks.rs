//! The pre-commit hooks and the GitHub Action at the top level: they can be read, and name options that there are.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::Value;
use std::process::Command;
use waitwarden_tests::{binary, root, yaml};

fn top_level(name: &str) -> Value {
    yaml(&std::fs::read_to_string(root().join(name)).unwrap())
}

/// All options of a command, from its help.
fn help(command: &str) -> String {
    let output = Command::new(binary("waitwarden")).args([command, "--help"]).output().unwrap();
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_hooks_run_commands_that_there_are() {
    let hooks = top_level(".pre-commit-hooks.yaml");
    let hooks = hooks.as_array().unwrap();
    let ids: Vec<&str> = hooks.iter().map(|hook| hook["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["waitwarden-lint", "waitwarden-fix"]);
    for hook in hooks {
        let mut words = hook["entry"].as_str().unwrap().split(' ');
        assert_eq!(words.next(), Some("waitwarden"));
        let help = help(words.next().unwrap());
        for option in words {
            assert!(help.contains(option), "{option}\n{help}");
        }
    }
}

#[test]
fn the_action_uses_options_and_inputs_that_there_are() {
    let action = top_level("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    let help = help("lint");
    let mut used = Vec::new();
    for step in action["runs"]["steps"].as_array().unwrap() {
        let script = step["run"].as_str().unwrap();
        if script.contains("waitwarden lint") {
            let options = script.split([' ', '(', ')', '"', '\n']).filter(|word| word.starts_with("--"));
            for option in options {
                assert!(help.contains(option), "{option}\n{help}");
            }
        }
        for value in step["env"].as_object().unwrap().values() {
            let value = value.as_str().unwrap().trim_start_matches("${{ ").trim_end_matches(" }}");
            used.extend(value.strip_prefix("inputs.").map(str::to_owned));
        }
    }
    let inputs: Vec<&String> = action["inputs"].as_object().unwrap().keys().collect();
    assert_eq!(used.iter().collect::<Vec<_>>(), inputs);
}
