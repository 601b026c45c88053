//! When the cluster is asked, what its answers mean, and where it stops.

use crate::fake::{Fake, POINTER, create, deployment, job, masked, service, with, workload};
use proptest::prelude::*;
use serde_json::{Value, json};
use waitwarden_core::cluster::{Answer, Kind, Question};
use waitwarden_core::finding::{Finding, Severity};
use waitwarden_core::{Settings, decide, decide_with};

fn failed(severity: Severity, message: &str, help: &str) -> Finding {
    Finding::new("lookup-failed", severity, POINTER, message).help(help)
}

const OPTIONAL: &str = "nothing is said about these; docs/lookups.md names the rights that lookups need";
const REQUIRED: &str = "grant the policy what it asks for, or set `lookups.mode: optional`";

#[test]
fn absent_denied_failed_and_unknown_are_four_answers() {
    let object = deployment("shop/web", "service/db");
    let required = json!({ "lookups": { "mode": "required" } });
    let find = |cluster: &mut Fake, settings: &Value| cluster.judge(&object, settings).findings;

    let absent = find(&mut Fake::default(), &required);
    assert_eq!(
        absent.iter().map(|finding| (finding.rule, finding.severity)).collect::<Vec<_>>(),
        [("unknown-dependency", Severity::Warning)]
    );
    assert_eq!(find(&mut Fake { open: true, ..Fake::default() }, &required), vec![]);

    let denied = || Fake { denied: vec![Kind::Service], ..Fake::default() };
    let message = "could not be looked up: Service shop/db (the policy has not been granted access)";
    assert_eq!(find(&mut denied(), &Value::Null), [failed(Severity::Note, message, OPTIONAL)]);
    assert_eq!(find(&mut denied(), &required), [failed(Severity::Error, message, REQUIRED)]);

    let failing = || Fake { failing: vec![Kind::Service], ..Fake::default() };
    let message = "could not be looked up: Service shop/db (connection refused)";
    assert_eq!(find(&mut failing(), &Value::Null), [failed(Severity::Note, message, OPTIONAL)]);
    assert_eq!(find(&mut failing(), &required), [failed(Severity::Error, message, REQUIRED)]);
    let verdict = failing().judge(&object, &required);
    assert!(!verdict.accepted() && verdict.object.is_none());

    // Many failures are one finding.
    let mut many = failing();
    many.failing.push(Kind::Job);
    let object = deployment("shop/web", "service/a, service/b, job/c-1, job/d-1");
    let message =
        "could not be looked up: Service shop/a, Service shop/b, Job shop/c-1, and 1 more (connection refused)";
    assert_eq!(many.findings(&object), [failed(Severity::Note, message, OPTIONAL)]);
}

#[test]
fn what_is_no_json_is_a_failure() {
    let settings = Settings::read(&Value::Null).unwrap();
    let request = create(&deployment("shop/web", "service/db"));
    let verdict = decide_with(&request, &settings, &mut |question| match question {
        Question::Get { .. } => Answer::Found(b"{".to_vec()),
        _ => Answer::Unknown,
    });
    let message = "could not be looked up: Service shop/db (the answer cannot be read)";
    assert_eq!(verdict.findings, [failed(Severity::Note, message, OPTIONAL)]);
}

#[test]
fn severities_are_set_by_rule() {
    let object = deployment("shop/web", "service/db");
    for (word, severity) in [("ignore", None), ("warn", Some(Severity::Warning)), ("reject", Some(Severity::Error))] {
        let settings = json!({ "findings": { "unknown-dependency": word } });
        let verdict = Fake::default().judge(&object, &settings);
        assert_eq!(
            verdict.findings.iter().map(|finding| finding.severity).collect::<Vec<_>>(),
            Vec::from_iter(severity)
        );
        assert_eq!(verdict.accepted(), word != "reject");
    }
}

/// What a request asks.
fn questions(request: &Value, settings: &Value) -> usize {
    let settings = Settings::read(settings).unwrap();
    let mut asked = 0;
    decide_with(request, &settings, &mut |_| {
        asked += 1;
        Answer::Unknown
    });
    asked
}

#[test]
fn nothing_is_asked_where_nothing_can_come_of_it() {
    let object = deployment("shop/web", "service/db");
    let request = create(&object);
    let none = json!({});
    assert!(questions(&request, &none) > 0);
    assert_eq!(questions(&request, &json!({ "lookups": { "mode": "off" } })), 0);
    assert_eq!(questions(&request, &json!({ "exempt": { "namespaces": ["shop"] } })), 0);
    assert_eq!(questions(&request, &json!({ "allow": { "targets": ["job"] } })), 0, "refused");
    assert_eq!(questions(&request, &json!({ "mode": "validate", "inject": "templates" })), 0, "refused by compare");
    assert_eq!(questions(&create(&deployment("shop/web", "")), &none), 0, "no declaration");
    assert_eq!(questions(&create(&deployment("shop/web", "service/")), &none), 0, "a wrong one");
    let left = with(object.clone(), "/spec/template/metadata/annotations/waitwarden.io~1inject", json!("false"));
    assert_eq!(questions(&create(&left), &none), 0);
    let probe = json!({ "waitwarden.io/readiness": "tcp://:80" });
    let probe = with(
        with(object.clone(), "/spec/template/metadata/annotations", probe),
        "/spec/template/spec/containers/0/readinessProbe",
        Value::Null,
    );
    assert_eq!(questions(&create(&probe), &none), 0, "readiness alone");

    // Pods of a handled owner are scheduled, whatever the cluster says.
    let mut pod = json!({
        "kind": "Pod",
        "metadata": {
            "generateName": "web-", "namespace": "shop", "annotations": { "waitwarden.io/depends-on": "service/db" },
        },
        "spec": object["spec"]["template"]["spec"],
    });
    assert!(questions(&create(&pod), &none) > 0);
    pod["metadata"]["ownerReferences"] =
        json!([{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "controller": true }]);
    assert_eq!(questions(&create(&pod), &none), 0);

    // Controllers update their objects all the time.
    let mut update = request.clone();
    update["operation"] = json!("UPDATE");
    update["oldObject"] = object.clone();
    assert_eq!(questions(&update, &none), 0);
    update["oldObject"]["spec"]["template"]["spec"]["containers"][0]["image"] = json!("app:0");
    assert!(questions(&update, &none) > 0, "a rollout");
    let mut seed = job("shop/seed");
    seed["spec"]["template"]["metadata"] = json!({ "annotations": { "waitwarden.io/depends-on": "service/db" } });
    let mut update = create(&seed);
    assert!(questions(&update, &none) > 0);
    update["operation"] = json!("UPDATE");
    assert_eq!(questions(&update, &none), 0, "a Job's template cannot change");
}

#[test]
fn lists_are_asked_for_only_where_a_rule_needs_them() {
    let lists =
        |cluster: &Fake| cluster.asked.iter().filter(|question| matches!(question, Question::List { .. })).count();
    let mut cluster = Fake::of([job("shop/seed-1"), deployment("shop/api", "")]);
    assert_eq!(cluster.findings(&deployment("shop/web", "job/seed-1, deployment/api, dns://a.example")), vec![]);
    assert_eq!(lists(&cluster), 0);
    let mut cluster = Fake::default();
    cluster.findings(&deployment("shop/web", "service/db"));
    assert_eq!(lists(&cluster), 0, "there is no such Service");
    let mut cluster = Fake::of([service("shop/db"), workload("StatefulSet", "shop/db", "")]);
    cluster.findings(&deployment("shop/web", "service/db"));
    assert_eq!(lists(&cluster), 5);
    // With the rights of Kubewarden's chart.
    let mut cluster = Fake::of([service("shop/db"), workload("StatefulSet", "shop/db", "")]);
    cluster.unlisted = vec![Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Job];
    assert_eq!(cluster.findings(&deployment("shop/web", "service/db")), vec![]);
    assert_eq!(lists(&cluster), 2);
}

#[test]
fn a_chain_without_end_is_cut_and_said() {
    let settings = Settings::read(&Value::Null).unwrap();
    let request = create(&deployment("shop/web", "n0/deployment/d"));
    let mut asked = 0;
    let verdict = decide_with(&request, &settings, &mut |question| {
        asked += 1;
        let Question::Get { namespace, .. } = question else { return Answer::Unknown };
        let next: u32 = namespace.trim_start_matches('n').parse().unwrap();
        let depends = format!("n{}/deployment/d", next + 1);
        Answer::Found(deployment("n/d", &depends).to_string().into_bytes())
    });
    assert_eq!(
        verdict.findings,
        [failed(
            Severity::Note,
            "there is more to look up than one request may ask for",
            "what was not looked up is not judged here; `waitwarden lint` with the manifests sees more"
        )]
    );
    assert!((8..=16).contains(&asked), "{asked}");

    // Many questions of one round are asked in several.
    let many: Vec<String> = (0..200).map(|at| format!("dns{at}/service/s")).collect();
    let settings = Settings::read(&json!({ "allow": { "maxDependencies": 300 } })).unwrap();
    let request = create(&deployment("shop/web", &many.join(",")));
    let mut asked = Vec::new();
    decide_with(&request, &settings, &mut |question| {
        assert!(!asked.contains(question));
        asked.push(question.clone());
        Answer::Unknown
    });
    assert_eq!(asked.len(), 8 * 64);
}

#[test]
fn annotations_of_a_workload_count_as_the_policy_copies_them() {
    let find = |own: Value, template: Value| {
        let api = with(deployment("shop/api", ""), "/metadata/annotations", own);
        let api = with(api, "/spec/template/metadata/annotations", template);
        let mut cluster = Fake::of([service("shop/web"), service("shop/api"), api]);
        let found = cluster.findings(&deployment("shop/web", "service/api"));
        found.iter().any(|finding| finding.rule == "dependency-cycle")
    };
    let (key, inject) = ("waitwarden.io/depends-on", "waitwarden.io/inject");
    let copied = json!({ "copied": ["depends-on"], "v": 1 }).to_string();
    assert!(find(json!({ key: "service/web" }), json!({})));
    assert!(find(json!({}), json!({ key: "service/web" })));
    assert!(!find(json!({ key: "service/web" }), json!({ key: "service/x" })), "the template's own wins");
    let stale = json!({ key: "service/x", "waitwarden.io/injected": copied });
    assert!(find(json!({ key: "service/web" }), stale), "a copied key follows the workload's");
    let gone = json!({ key: "service/web", "waitwarden.io/injected": copied });
    assert!(!find(json!({ "other/depends-on": "x" }), gone), "and goes with it");
    assert!(!find(json!({ key: "service/web", inject: "false" }), json!({})));
}

/// The operations, kinds and masks of `docs/lookups.md` are those of the code.
#[test]
fn the_page_names_every_lookup() {
    let page = include_str!("../../../../docs/lookups.md");
    let mut expected = Vec::new();
    for kind in Kind::ALL {
        let mask = |mask: &[&str]| mask.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        let name = format!("`{}` {}", kind.api_version(), kind.name());
        expected.push(format!("| `get_resource` | {name} | {} |", mask(kind.object_mask())));
        if !kind.list_mask().is_empty() {
            expected.push(format!("| `list_resources_by_namespace` | {name} | {} |", mask(kind.list_mask())));
        }
    }
    let rows = |operation: &str| page.lines().filter(|line| line.starts_with(&format!("| `{operation}`"))).count();
    for row in &expected {
        assert!(page.lines().any(|line| line.starts_with(row.as_str())), "docs/lookups.md lacks\n{row}");
    }
    assert_eq!(rows("get_resource") + rows("list_resources_by_namespace"), expected.len());
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("  - {{apiVersion: {}, kind: {}}}\n", kind.api_version(), kind.name()))
        .collect();
    let metadata = include_str!("../../../metadata.yml");
    assert!(
        metadata.contains(&format!("contextAwareResources:\n{}annotations:", kinds.concat()))
            || metadata.contains(&format!("contextAwareResources:\n{}#", kinds.concat())),
        "{}",
        kinds.concat()
    );
}

#[test]
fn plain_decide_asks_nothing_and_says_nothing_of_the_cluster() {
    let object = with(deployment("shop/web", "tcp://db:80"), "/spec/template/spec/hostNetwork", json!(true));
    let settings = Settings::read(&Value::Null).unwrap();
    assert_eq!(decide(&create(&object), &settings).findings, vec![]);
    assert_eq!(masked(&object, &["kind"]), json!({ "kind": "Deployment" }));
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let json = prop_oneof![
        Just(json!({ "allowed": true })),
        Just(deployment("shop/api", "service/web\nservice/api")),
        Just(service("shop/web")),
        Just(json!({ "spec": { "selector": { "app": "web" }, "ports": 3, "type": [] } })),
        Just(json!({ "items": [deployment("shop/api", "shop/service/web"), service("shop/web"), null, 1, {}, []] })),
        Just(json!({ "items": { "metadata": 1 }, "metadata": { "continue": 7 } })),
        Just(
            json!({ "items": [{ "metadata": { "labels": { "app": "web" }, "name": "x", "ownerReferences": [[], { "controller": true }] } }] })
        ),
        Just(json!([1, 2.5, null, true, "text"])),
    ];
    prop_oneof![
        8 => json.prop_map(|json| Answer::Found(json.to_string().into_bytes())),
        1 => ".{0,8}".prop_map(|text| Answer::Found(text.into_bytes())),
        1 => Just(Answer::Absent),
        1 => Just(Answer::Unknown),
        1 => "\\PC{0,300}".prop_map(Answer::Failed),
        1 => "\\PC{0,300}".prop_map(Answer::Denied),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Total and bounded on any facts, and the same facts give the same verdict.
    #[test]
    fn any_facts_give_a_verdict(
        answers in proptest::collection::vec(any_answer(), 1..12),
        seed in any::<u64>(),
        depends in "(service/(web|api|db)(:80|:http)?|job/seed|deployment/(web|api)|tcp://api:1|pods/app=web)( on-loss=(unready|restart))?(,service/x)?",
        rewait in prop_oneof![Just("ignore"), Just("rewait")],
        kind in prop_oneof![Just("Deployment"), Just("StatefulSet"), Just("DaemonSet")],
    ) {
        let object = workload(kind, "shop/web", &depends);
        let request = create(&with(object, "/spec/template/metadata/annotations/waitwarden.io~1on-restart", json!(rewait)));
        let settings = Settings::read(&json!({
            "inject": "templates",
            "kubernetesVersion": "1.36",
            "allow": { "onLoss": ["ignore", "unready", "restart"] },
        }))
        .unwrap();
        let run = || {
            let mut asked = Vec::new();
            let mut state = seed;
            let verdict = decide_with(&request, &settings, &mut |question| {
                assert!(!asked.contains(question));
                asked.push(question.clone());
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                answers[usize::try_from(state >> 33).unwrap() % answers.len()].clone()
            });
            (verdict, asked)
        };
        let (verdict, asked) = run();
        prop_assert!(asked.len() <= 8 * 64);
        prop_assert!(verdict.object.is_none() || verdict.accepted());
        prop_assert_eq!(run(), (verdict, asked));
    }
}
