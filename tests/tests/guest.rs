//! Guest equals core: on the Pods of the specifications, mutated at random, on any JSON, and with a cluster around, the
//! module answers what the core decides, and never fails.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, LazyLock};
use waitwarden::context::Context;
use waitwarden::engine::Policy;
use waitwarden::request::Identity;
use waitwarden_core::settings::LOOKUP_RULES;
use waitwarden_tests::{admission, documents, root, spec, verdict, yaml};

static POLICY: LazyLock<Policy> = LazyLock::new(|| verdict::policy().expect("the policy"));

/// Every object of the specifications.
static OBJECTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let files = fs::read_dir(root().join("tests/specs")).expect("the folder");
    let texts = files.map(|file| fs::read_to_string(file.expect("an entry").path()).expect("a specification"));
    let blocks = texts.flat_map(|text| spec::cases(&text)).flat_map(|case| case.blocks);
    blocks
        .filter(|block| block.info == "yaml object")
        .flat_map(|block| documents(&block.text))
        .map(|document| document.value)
        .collect()
});

/// Values that are wrong nearly everywhere, and strings that mean something.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec![
            json!(null),
            json!(true),
            json!(-1),
            json!(1.5),
            json!([]),
            json!({}),
            json!([null]),
            json!({ "a": 1 }),
            json!(""),
            json!("service/a"),
            json!("tcp://a:1 timeout=1s"),
            json!("svc/a"),
            json!("http://:80/x"),
            json!("none"),
            json!("Always"),
            json!("windows"),
            json!("5m"),
            json!("\u{1f980},#\n"),
            json!("/waitwarden-wait"),
        ]),
        "[ -~\n\u{e9}\u{1f980}]{0,40}".prop_map(Value::from),
    ]
}

/// Every place of a value, as pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                places(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                places(value, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

fn agree(request: &Value, settings: &Value) -> Result<(), TestCaseError> {
    verdict::ask(&POLICY, request, settings).map(|_| ()).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_objects_with_something_odd_in_them(
        at in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), odd()), 0..4),
        update in any::<bool>(),
        mode in select(vec!["mutate", "validate"]),
        inject in select(vec!["pods", "templates"]),
    ) {
        let original = at.get(&OBJECTS).clone();
        let mut object = original.clone();
        for (place, value) in changes {
            let mut all = Vec::new();
            places(&object, "", &mut all);
            if let Some(there) = object.pointer_mut(place.get::<String>(&all)) {
                *there = value;
            }
        }
        let mut request = admission(&object, &Identity::of(&original, "default"));
        if let (true, Some(map)) = (update, request.as_object_mut()) {
            map.insert("operation".to_owned(), json!("UPDATE"));
            map.insert("oldObject".to_owned(), original);
        }
        agree(&request, &json!({
            "mode": mode,
            "inject": inject,
            "kubernetesVersion": "1.36",
            "allow": { "onLoss": ["ignore", "unready", "restart"] },
        }))?;
    }

    #[test]
    fn on_requests_with_something_odd_in_them(at in any::<Index>(), place in any::<Index>(), value in odd()) {
        let object = at.get(&OBJECTS);
        let mut request = admission(object, &Identity::of(object, "default"));
        let mut all = Vec::new();
        places(&request, "", &mut all);
        all.retain(|place| !place.starts_with("/object/"));
        if let Some(there) = request.pointer_mut(place.get::<String>(&all)) {
            *there = value;
        }
        agree(&request, &Value::Null)?;
    }
}

/// Every example of every rule: the objects beside one are the cluster that it comes into.
#[test]
fn with_the_cluster_of_the_examples_around() {
    let usual = json!({
        "inject": "templates",
        "kubernetesVersion": "1.36",
        "allow": { "onLoss": ["ignore", "unready", "restart"] },
    });
    let mut rules = BTreeSet::new();
    for file in fs::read_dir(root().join("docs/rules")).expect("the folder") {
        let path = file.expect("an entry").path();
        let page = spec::cases(&fs::read_to_string(&path).expect("a page"));
        let settings = page.iter().find_map(|case| case.block("yaml settings")).map_or_else(|| usual.clone(), yaml);
        let examples = page.iter().flat_map(|case| &case.blocks);
        for example in examples.filter(|block| ["yaml", "yaml closed"].contains(&block.info.as_str())) {
            let objects: Vec<Value> = documents(&example.text).into_iter().map(|document| document.value).collect();
            let context = Context::default().with(objects.clone()).closed(example.info == "yaml closed");
            context.introduce(&settings);
            let context = Arc::new(context);
            for object in &objects {
                let request = admission(object, &Identity::of(object, "default"));
                let verdict = verdict::ask_in(&context, &POLICY, &request, &settings);
                let verdict = verdict.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                rules.extend(verdict.findings.iter().map(|finding| finding.rule));
            }
        }
    }
    for rule in LOOKUP_RULES {
        assert!(rules.contains(rule), "no example says {rule}");
    }
}
