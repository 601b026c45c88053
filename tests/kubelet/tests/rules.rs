//! The rules of the simulation, one by one: a Pod, what happens, and every line of what comes of it.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use waitwarden_test_kubelet::scenario::{Application, Event};
use waitwarden_test_kubelet::{Scenario, play};

/// A Pod of init containers and one regular container.
fn pod(policy: &str, init: &[Value], regular: &Value) -> Value {
    json!({"spec": {"restartPolicy": policy, "initContainers": init, "containers": [regular]}})
}

fn named(name: &str) -> Value {
    json!({"name": name})
}

fn sidecar(name: &str) -> Value {
    json!({"name": name, "restartPolicy": "Always"})
}

fn with_rules(name: &str, policy: &str, rules: &[(&str, &str, &[i32])]) -> Value {
    let rule = |(action, operator, values): &(&str, &str, &[i32])| json!({"action": action, "exitCodes": {"operator": operator, "values": values}});
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    json!({"name": name, "restartPolicy": policy, "restartPolicyRules": rules})
}

fn scenario(applications: &[Application], events: &[(u32, Event)], end: u32) -> Scenario {
    Scenario { name: "test", applications: applications.to_vec(), events: events.to_vec(), end }
}

fn work(name: &str, seconds: u32, code: i32) -> Application {
    Application { ends: Some((seconds, code)), ..Application::new(name) }
}

fn exits(name: &str, code: i32) -> Event {
    Event::Exits { container: name.to_owned(), code }
}

#[track_caller]
fn check(pod: &Value, scenario: &Scenario, expected: &[&str]) {
    let timeline = play(pod, scenario).expect("a Pod that can be played");
    let lines: Vec<String> = timeline.entries().map(|(at, who, what)| format!("{at} {who} {what}")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn init_containers_run_in_order_and_a_sidecar_is_not_waited_for() {
    let pod = pod("Always", &[named("first"), sidecar("proxy"), named("second")], &named("app"));
    let expected = [
        "0 kubelet creates the Pod",
        "0 first starts",
        "4 first ends with 0",
        "4 proxy starts",
        "5 second starts",
        "6 second ends with 0",
        "6 app starts",
    ];
    check(&pod, &scenario(&[work("first", 4, 0)], &[], 20), &expected);
}

#[test]
fn an_application_that_exits_is_started_again_and_its_init_containers_are_not() {
    let pod = pod("Always", &[named("init"), sidecar("proxy")], &named("app"));
    let expected = [
        "0 kubelet creates the Pod",
        "0 init starts",
        "1 init ends with 0",
        "1 proxy starts",
        "2 app starts",
        "9 app exits with 0",
        "9 app starts again",
        "12 app exits with 1",
        "12 app is in CrashLoopBackOff for 10s",
        "15 proxy exits with 3",
        "15 proxy starts again",
        "22 app starts again",
    ];
    let events = [(9, exits("app", 0)), (12, exits("app", 1)), (15, exits("proxy", 3))];
    check(&pod, &scenario(&[], &events, 30), &expected);
}

#[test]
fn an_init_container_that_fails_is_tried_again_or_ends_the_pod() {
    let again = [
        "0 kubelet creates the Pod",
        "0 init starts",
        "1 init exits with 1",
        "1 init starts again",
        "2 init exits with 1",
        "2 init is in CrashLoopBackOff for 10s",
        "12 init starts again",
        "13 init exits with 1",
        "13 init is in CrashLoopBackOff for 20s",
    ];
    for policy in ["Always", "OnFailure"] {
        let pod = pod(policy, &[named("init")], &named("app"));
        check(&pod, &scenario(&[work("init", 1, 1)], &[], 20), &again);
    }
    let never = pod("Never", &[named("init")], &named("app"));
    let expected =
        ["0 kubelet creates the Pod", "0 init starts", "1 init exits with 1", "1 kubelet says that the Pod has Failed"];
    check(&never, &scenario(&[work("init", 1, 1)], &[], 20), &expected);
}

#[test]
fn a_job_completes_although_sidecars_run() {
    for policy in ["Never", "OnFailure"] {
        let pod = pod(policy, &[sidecar("one"), sidecar("two")], &named("job"));
        let expected = [
            "0 kubelet creates the Pod",
            "0 one starts",
            "1 two starts",
            "2 job starts",
            "7 job ends with 0",
            "7 two is told to stop",
            "8 two exits with 143",
            "8 one is told to stop",
            "9 one exits with 143",
            "9 kubelet says that the Pod has Succeeded",
        ];
        check(&pod, &scenario(&[work("job", 5, 0)], &[], 20), &expected);
    }
}

#[test]
fn a_job_that_fails_is_over_or_tried_again() {
    let never = pod("Never", &[], &named("job"));
    let over =
        ["0 kubelet creates the Pod", "0 job starts", "5 job exits with 2", "5 kubelet says that the Pod has Failed"];
    check(&never, &scenario(&[work("job", 5, 2)], &[], 20), &over);
    let on_failure = pod("OnFailure", &[], &named("job"));
    let again = [
        "0 kubelet creates the Pod",
        "0 job starts",
        "5 job exits with 2",
        "5 job starts again",
        "10 job exits with 2",
        "10 job is in CrashLoopBackOff for 10s",
    ];
    check(&on_failure, &scenario(&[work("job", 5, 2)], &[], 19), &again);
}

#[test]
fn the_first_matching_rule_counts_then_the_container_then_the_pod() {
    let over =
        ["0 kubelet creates the Pod", "0 job starts", "5 job exits with 2", "5 kubelet says that the Pod has Failed"];
    let again = ["0 kubelet creates the Pod", "0 job starts", "5 job exits with 2", "5 job starts again"];
    let all = [
        "0 kubelet creates the Pod",
        "0 job starts",
        "5 job exits with 2",
        "5 kubelet restarts all containers, for exit code 2",
        "6 job starts again",
    ];
    let cases: [(Value, &[&str]); 7] = [
        (with_rules("job", "Never", &[("Restart", "In", &[2, 3])]), &again),
        (with_rules("job", "Never", &[("Restart", "In", &[3])]), &over),
        (with_rules("job", "Never", &[("Restart", "NotIn", &[0, 3])]), &again),
        (with_rules("job", "Never", &[("RestartAllContainers", "In", &[2]), ("Restart", "In", &[2])]), &all),
        (with_rules("job", "Never", &[("Restart", "In", &[2]), ("RestartAllContainers", "In", &[2])]), &again),
        (json!({"name": "job", "restartPolicy": "OnFailure"}), &again),
        (named("job"), &over),
    ];
    for (container, expected) in cases {
        check(&pod("Never", &[], &container), &scenario(&[work("job", 5, 2)], &[], 9), expected);
    }
}

#[test]
fn restarting_all_containers_leaves_them_two_seconds_each_and_begins_with_the_first() {
    let rules = [("RestartAllContainers", "In", &[75][..])];
    let pod = pod("Always", &[named("init"), with_rules("proxy", "Always", &rules)], &named("app"));
    let slow = Application { stops_in: 20, ..Application::new("app") };
    let expected = [
        "0 kubelet creates the Pod",
        "0 init starts",
        "1 init ends with 0",
        "1 proxy starts",
        "2 app starts",
        "9 proxy exits with 75",
        "9 kubelet restarts all containers, for exit code 75",
        "9 app is told to stop",
        "11 app is killed",
        "11 app exits with 137",
        "12 init starts again",
        "13 init ends with 0",
        "13 proxy starts again",
        "14 app starts again",
    ];
    check(&pod, &scenario(&[slow], &[(9, exits("proxy", 75))], 20), &expected);
}

#[test]
fn restarting_all_containers_knows_no_backoff() {
    let rules = [("RestartAllContainers", "NotIn", &[0][..])];
    let pod = pod("Always", &[], &with_rules("app", "Always", &rules));
    let timeline = play(&pod, &scenario(&[work("app", 3, 1)], &[], 39)).expect("a timeline");
    let starts: Vec<u32> =
        timeline.entries().filter(|(_, _, what)| what.starts_with("starts")).map(|(at, ..)| at).collect();
    assert_eq!(starts, [0, 4, 8, 12, 16, 20, 24, 28, 32, 36]);
}

#[test]
fn a_reboot_begins_with_the_first_init_container_except_where_the_work_is_done() {
    let events = [(10, Event::Reboot(5))];
    let begins = [
        "0 kubelet creates the Pod",
        "0 init starts",
        "1 init ends with 0",
        "1 app starts",
        "10 node reboots",
        "15 node is up again",
        "15 kubelet creates a new sandbox",
        "15 init starts again",
        "16 init ends with 0",
        "16 app starts again",
    ];
    for policy in ["Always", "OnFailure"] {
        check(&pod(policy, &[named("init")], &named("app")), &scenario(&[], &events, 20), &begins);
    }
    let never = [
        "0 kubelet creates the Pod",
        "0 init starts",
        "1 init ends with 0",
        "1 app starts",
        "10 node reboots",
        "15 node is up again",
        "15 kubelet says that the Pod has Failed",
    ];
    check(&pod("Never", &[named("init")], &named("app")), &scenario(&[], &events, 20), &never);
}

#[test]
fn a_pod_that_is_deleted_stops_its_sidecars_last_and_within_its_grace_period() {
    let mut pod = pod("Always", &[sidecar("one"), sidecar("two")], &named("app"));
    pod["spec"]["terminationGracePeriodSeconds"] = json!(4);
    let slow = Application { stops_in: 60, ..Application::new("app") };
    let expected = [
        "0 kubelet creates the Pod",
        "0 one starts",
        "1 two starts",
        "2 app starts",
        "10 user deletes the Pod",
        "10 app is told to stop",
        "14 app is killed",
        "14 app exits with 137",
        "14 two is told to stop",
        "15 two exits with 143",
        "15 one is told to stop",
        "16 one exits with 143",
        "16 kubelet removes the Pod",
    ];
    check(&pod, &scenario(&[slow], &[(10, Event::Delete)], 20), &expected);
}

#[test]
fn the_wait_gives_up_after_its_timeout() {
    let wait = json!({"name": "wait", "command": ["/waitwarden-wait"],
        "args": ["--timeout=8s", "--", "job/migrate", "tcp://cache:6379 required=false timeout=3s"]});
    let pod = pod("Never", &[wait], &named("app"));
    let away = |name: &str| (0, Event::Away(name.to_owned()));
    let expected = [
        "0 job/migrate is not there yet",
        "0 tcp://cache:6379 is not there yet",
        "0 kubelet creates the Pod",
        "0 wait starts",
        "1 wait waits for job/migrate, tcp://cache:6379",
        "8 wait exits with 69",
        "8 kubelet says that the Pod has Failed",
    ];
    check(&pod, &scenario(&[], &[away("job/migrate"), away("tcp://cache:6379")], 20), &expected);
}

#[test]
fn the_wait_goes_on_without_the_api_server_where_a_connection_is_enough() {
    let expected = |wait: &str| -> Vec<String> {
        let lines = ["API server goes away", "kubelet creates the Pod", "wait starts"].map(|line| format!("0 {line}"));
        lines.into_iter().chain([format!("1 wait waits for {wait}")]).collect()
    };
    for (target, connects) in [("service/db:5432", true), ("service/db:sql", false), ("job/migrate", false)] {
        let wait = json!({"name": "wait", "command": ["/waitwarden-wait"], "args": ["--", target]});
        let pod = pod("Always", &[wait], &named("app"));
        let mut lines = expected(target);
        if connects {
            lines.extend(["11 wait ends with 0".to_owned(), "11 app starts".to_owned()]);
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(&pod, &scenario(&[], &[(0, Event::ApiServerAway)], 40), &lines);
    }
}

#[test]
fn what_the_sidecar_keeps_outlives_a_restart_and_not_a_reboot() {
    let watch = json!({"name": "watch", "command": ["/waitwarden-wait"], "restartPolicy": "Always",
        "args": ["watch", "--grace=4s", "--", "service/db:5432 on-loss=restart"],
        "restartPolicyRules": [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [75]}}]});
    let pod = pod("Always", &[watch], &named("app"));
    let events = [(10, Event::Away("service/db:5432".to_owned())), (40, Event::Reboot(5))];
    let expected = [
        "0 kubelet creates the Pod",
        "0 watch starts",
        "1 app starts",
        "10 service/db:5432 goes away",
        "16 watch finds service/db:5432 lost",
        "20 watch exits with 75",
        "20 kubelet restarts all containers, for exit code 75",
        "20 app is told to stop",
        "21 app exits with 143",
        "22 watch starts again",
        "23 app starts again",
        // It is lost still, for all that the file says.
        "26 watch may not restart the Pod before 10m20s",
        "40 node reboots",
        "45 node is up again",
        "45 kubelet creates a new sandbox",
        "45 watch starts again",
        "46 app starts again",
        // Six seconds after its first look.
        "52 watch finds service/db:5432 lost",
        "56 watch exits with 75",
        "56 kubelet restarts all containers, for exit code 75",
        "56 app is told to stop",
        "57 app exits with 143",
        "58 watch starts again",
        "59 app starts again",
    ];
    check(&pod, &scenario(&[], &events, 60), &expected);
}

#[test]
fn nobody_learns_that_a_pod_is_not_ready_while_the_api_server_is_away() {
    let pod = pod("Always", &[], &named("app"));
    let events = [(10, Event::ApiServerAway), (12, exits("app", 1)), (13, exits("app", 1)), (20, Event::ApiServerBack)];
    let timeline = play(&pod, &scenario(&[], &events, 40)).expect("a timeline");
    let serves = |second| timeline.at(second).map(|state| (state.running.len(), state.ready, state.in_service));
    let seconds = [0, 9, 14, 19, 20, 22, 23];
    let expected = [
        (1, true, true),
        (1, true, true),
        (0, true, true),
        (0, true, true),
        (0, false, false),
        (0, false, false),
        (1, true, true),
    ];
    assert_eq!(seconds.map(serves), expected.map(Some));
}

#[test]
fn what_cannot_be_played_is_refused_with_its_place() {
    let app = || named("app");
    let cases = [
        (json!({}), "spec: expected a Pod, which has an object here"),
        (json!({"spec": {"containers": []}}), "spec.containers: expected a Pod, which has at least one container"),
        (json!({"spec": {"containers": {}}}), "spec.containers: expected a list"),
        (json!({"spec": {"containers": [{}]}}), "spec.containers[0].name: expected a name"),
        (pod("Sometimes", &[], &app()), "spec.restartPolicy: expected Always, OnFailure or Never"),
        (
            pod("Always", &[], &json!({"name": "app", "livenessProbe": {}})),
            "spec.containers[0].livenessProbe: is not simulated; leave it out",
        ),
        (
            pod("Always", &[json!({"name": "init", "readinessProbe": {}})], &app()),
            "spec.initContainers[0].readinessProbe: not allowed on an init container without `restartPolicy: Always`",
        ),
        (
            pod(
                "Always",
                &[],
                &json!({"name": "app", "restartPolicyRules": [
                {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}),
            ),
            "spec.containers[0].restartPolicy: expected a value, because there are restartPolicyRules",
        ),
        (
            pod("Always", &[], &with_rules("app", "Always", &[("Reboot", "In", &[1])])),
            "spec.containers[0].restartPolicyRules[0].action: expected Restart or RestartAllContainers",
        ),
        (
            pod(
                "Always",
                &[],
                &json!({"name": "app", "command": ["/waitwarden-wait"], "args": ["--now", "--", "job/a"]}),
            ),
            "spec.containers[0].args: `--now`: expected a flag of the wait program",
        ),
        (
            pod("Always", &[], &json!({"name": "app", "command": ["/waitwarden-wait"], "args": ["watch", "--"]})),
            "spec.containers[0].args: expected `--` and at least one target",
        ),
        (
            pod("Always", &[], &json!({"name": "app", "command": ["/waitwarden-wait"], "args": ["--", "job/a if=b"]})),
            "spec.containers[0].args: `if=b` of `job/a if=b`: expected an option of a dependency",
        ),
    ];
    for (pod, expected) in cases {
        let error = play(&pod, &scenario(&[], &[], 10)).expect_err("a refusal");
        assert_eq!(error.to_string(), expected);
    }
    let refused = |scenario: &Scenario| play(&pod("Always", &[], &app()), scenario).map_err(|error| error.to_string());
    assert_eq!(
        refused(&scenario(&[], &[(1, exits("web", 1))], 10)),
        Err("scenario `test`: `web`: the Pod has no such container".to_owned())
    );
    assert_eq!(
        refused(&scenario(&[], &[], 86_401)),
        Err("scenario.end: 86401 seconds: expected at most 86400".to_owned())
    );
}
