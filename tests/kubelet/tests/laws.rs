//! What holds of every timeline, whatever happens.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails says where")]

use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use waitwarden_test_kubelet::scenario::{Application, Event};
use waitwarden_test_kubelet::{Scenario, Timeline, plain, play};

const WAIT: &str = "wait-for-dependencies";
const WATCH: &str = "watch-dependencies";
const POSTGRES: &str = "service/postgres:5432";
/// So long the readiness probe of the sidecar needs: `periodSeconds` times `failureThreshold`.
const PROBE: u32 = 10;

const IGNORE: &str = include_str!("data/ignore.json");
const UNREADY: &str = include_str!("data/unready.json");
const RESTART: &str = include_str!("data/restart.json");
const REWAIT: &str = include_str!("data/rewait.json");

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn pods() -> impl Strategy<Value = Value> {
    let texts = prop::sample::select(vec![IGNORE, UNREADY, RESTART, REWAIT]);
    (texts, prop::sample::select(vec!["Always", "OnFailure", "Never"])).prop_map(|(text, policy)| {
        let mut pod = read(text);
        pod["spec"]["restartPolicy"] = policy.into();
        pod
    })
}

fn events() -> impl Strategy<Value = Event> {
    let exits = |container: &str, code: i32| Event::Exits { container: container.to_owned(), code };
    prop_oneof![
        4 => Just(Event::Away(POSTGRES.to_owned())),
        4 => Just(Event::Back(POSTGRES.to_owned())),
        2 => Just(Event::ApiServerAway),
        2 => Just(Event::ApiServerBack),
        3 => (0..3).prop_map(move |code| exits("app", code)),
        1 => (0..80).prop_map(move |code| exits(WAIT, code)),
        1 => (1..100u32).prop_map(Event::Reboot),
        1 => Just(Event::Delete),
    ]
}

fn scenarios() -> impl Strategy<Value = Scenario> {
    let behaviour = (0..30u32, 1..60u32, prop::option::of(1..20u32), any::<bool>(), any::<bool>());
    let applications = behaviour.prop_map(|(ready_after, stops_in, crashes_after, reconnects, ends)| Application {
        ready_after,
        stops_in,
        needs: vec![POSTGRES.to_owned()],
        crashes_after,
        reconnects,
        ends: ends.then_some((ready_after + stops_in, 0)),
        ..Application::new("app")
    });
    (applications, prop::collection::vec((0..2_000u32, events()), 0..24)).prop_map(|(application, events)| Scenario {
        name: "any",
        applications: vec![application],
        events,
        end: 2_200,
    })
}

fn played(pod: &Value, scenario: &Scenario) -> Timeline {
    play(pod, scenario).expect("a Pod that can be played")
}

/// The application starts only after the wait has ended with 0, anew after everything that begins from the beginning.
fn waits_first(timeline: &Timeline) -> Result<(), String> {
    let mut waited = false;
    for (at, who, what) in timeline.entries() {
        match (who, what) {
            (WAIT, "starts" | "starts again") | ("kubelet", "creates the Pod" | "creates a new sandbox") => {
                waited = false;
            }
            ("kubelet", what) if what.starts_with("restarts all") => waited = false,
            (WAIT, "ends with 0" | "exits with 0") => waited = true,
            ("app", "starts" | "starts again") if !waited => return Err(format!("app starts at {at} without a wait")),
            _ => {}
        }
    }
    Ok(())
}

/// The seconds in which nobody can tell the API what a Pod is.
fn silent(scenario: &Scenario) -> BTreeSet<u32> {
    let mut events = scenario.events.clone();
    events.sort_by_key(|(at, _)| *at);
    let mut silent = BTreeSet::new();
    let mut away = None;
    for (at, event) in events {
        match event {
            Event::ApiServerAway => away = away.or(Some(at)),
            Event::ApiServerBack => silent.extend(away.take().map_or(0..0, |since| since..at)),
            Event::Reboot(seconds) => silent.extend(at..at + seconds),
            _ => {}
        }
    }
    silent.extend(away.map_or(0..0, |since| since..scenario.end + 1));
    silent
}

/// While the sidecar has found a dependency lost for longer than its probe needs, the Pod is not Ready.
fn lost_is_not_ready(timeline: &Timeline, scenario: &Scenario) -> Result<(), String> {
    let silent = silent(scenario);
    let mut lost: Option<u32> = None;
    let mut entries = timeline.entries().peekable();
    for second in 0..=scenario.end {
        while let Some((_, who, what)) = entries.next_if(|(at, ..)| *at <= second) {
            match (who, what) {
                (WATCH, what) if what.ends_with(" lost") => lost = Some(second),
                (WATCH, what) if what.ends_with(" back") || what.contains(" with ") => lost = None,
                ("node", "reboots") => lost = None,
                _ => {}
            }
        }
        let long = lost.is_some_and(|since| second > since + PROBE);
        let ready = timeline.at(second).is_some_and(|state| state.ready);
        if long && ready && !silent.contains(&second) {
            return Err(format!("Ready at {second}, and lost since {lost:?}"));
        }
    }
    Ok(())
}

/// An init container that has ended with 0 does not run again in the same sandbox.
fn once(timeline: &Timeline) -> Result<(), String> {
    let mut done = false;
    for (at, who, what) in timeline.entries() {
        match (who, what) {
            ("kubelet", "creates a new sandbox") => done = false,
            (WAIT, "ends with 0" | "exits with 0") => done = true,
            (WAIT, "starts" | "starts again") if done => return Err(format!("the wait starts at {at}, and was over")),
            _ => {}
        }
    }
    Ok(())
}

/// Two restarts that the sidecar asks for are ten minutes apart, unless a reboot is in between.
fn bounded(timeline: &Timeline) -> Result<(), String> {
    let mut last: Option<u32> = None;
    for (at, who, what) in timeline.entries() {
        match (who, what) {
            ("node", "reboots") => last = None,
            (WATCH, "exits with 75") => {
                if let Some(before) = last.replace(at)
                    && at < before + 600
                {
                    return Err(format!("restarts at {before} and {at}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_application_waits_and_a_lost_dependency_is_seen(pod in pods(), scenario in scenarios()) {
        let timeline = played(&pod, &scenario);
        prop_assert_eq!(waits_first(&timeline), Ok(()), "{}", timeline);
        prop_assert_eq!(lost_is_not_ready(&timeline, &scenario), Ok(()), "{}", timeline);
        prop_assert_eq!(bounded(&timeline), Ok(()), "{}", timeline);
    }

    #[test]
    fn plain_init_containers_run_once(pod in pods(), scenario in scenarios()) {
        let timeline = played(&plain(&pod), &scenario);
        prop_assert_eq!(once(&timeline), Ok(()), "{}", timeline);
        prop_assert_eq!(waits_first(&timeline), Ok(()), "{}", timeline);
    }

    #[test]
    fn the_same_happens_each_time_and_it_ends(pod in pods(), scenario in scenarios()) {
        let timeline = played(&pod, &scenario);
        prop_assert_eq!(&timeline, &played(&pod, &scenario));
        let times: Vec<u32> = timeline.moments.iter().map(|moment| moment.at).collect();
        prop_assert!(times.is_sorted_by(|one, next| one < next) && times.iter().all(|at| *at <= scenario.end));
        // Nothing happens more often than once a second, of each kind and to each container.
        prop_assert!(timeline.moments.iter().all(|moment| moment.entries.len() <= 12 + scenario.events.len()));
    }

    #[test]
    fn a_pod_that_ignores_losses_is_a_plain_one(scenario in scenarios()) {
        let pod = read(IGNORE);
        for text in [IGNORE, UNREADY, RESTART, REWAIT] {
            let plain = plain(&read(text));
            prop_assert_eq!(&plain["spec"], &pod["spec"]);
            prop_assert_eq!(played(&plain, &scenario), played(&pod, &scenario));
        }
    }

    /// Unknown is not lost.
    #[test]
    fn an_api_server_that_comes_and_goes_changes_nothing(
        text in prop::sample::select(vec![IGNORE, UNREADY, RESTART, REWAIT]),
        mut times in prop::collection::vec(20..2_000u32, 0..20),
    ) {
        times.sort_unstable();
        let outage = |(index, at): (usize, &u32)| {
            (*at, if index % 2 == 0 { Event::ApiServerAway } else { Event::ApiServerBack })
        };
        let events = times.iter().enumerate().map(outage).collect();
        let applications = vec![Application { ready_after: 5, ..Application::new("app") }];
        let timeline = played(&read(text), &Scenario { name: "outages", applications, events, end: 2_200 });
        for second in 20..=2_200 {
            prop_assert!(timeline.at(second).is_some_and(|state| state.ready && state.in_service));
        }
        prop_assert!(timeline.entries().all(|(at, who, _)| at < 20 || who == "API server"));
    }

    /// Whatever a Pod is, it is played or refused.
    #[test]
    fn any_pod_is_played_or_refused(
        number in any::<i64>(),
        place in prop::sample::select(vec![
            "/spec/restartPolicy",
            "/spec/containers",
            "/spec/containers/0/name",
            "/spec/containers/0/readinessProbe/periodSeconds",
            "/spec/initContainers",
            "/spec/initContainers/0/args/0",
            "/spec/initContainers/1/restartPolicyRules/0/exitCodes/values",
            "/spec/initContainers/1/readinessProbe",
        ]),
        scenario in scenarios(),
    ) {
        for value in [Value::Null, number.into(), "x".into(), vec![number].into(), Value::Object(serde_json::Map::new())] {
            let mut pod = read(RESTART);
            *pod.pointer_mut(place).expect("a place") = value;
            if let Err(error) = play(&pod, &scenario) {
                prop_assert!(!error.at.is_empty() && !error.message.is_empty());
            }
        }
    }
}
