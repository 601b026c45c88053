//! Edited documents: what changes is new, and every other byte stays.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

use serde_json::{Value, json};
use waitwarden_manifest::{Document, Entry, read};

fn documents(text: &str) -> Vec<Document> {
    let documents = read(text).into_iter().map(|entry| match entry {
        Entry::Document(document) => document,
        other => panic!("{other:?}"),
    });
    documents.collect()
}

/// Edits the last document of a file. A leading line break of both texts is for the eye only.
#[track_caller]
fn check(text: &str, change: impl Fn(&mut Value), expected: &str) {
    let (text, expected) = (text.strip_prefix('\n').unwrap_or(text), expected.strip_prefix('\n').unwrap_or(expected));
    let document = documents(text).pop().unwrap();
    let mut wanted = document.value.clone();
    change(&mut wanted);
    let edited = format!("{}{}", text.get(..document.range.start).unwrap(), document.edited(text, &wanted));
    assert_eq!(edited, expected);
    assert_eq!(documents(&edited).pop().unwrap().value, wanted);
    assert_eq!(document.edited(text, &document.value), text.get(document.range.clone()).unwrap());
}

/// Puts a key behind another one, as the policy does.
fn insert_after(value: &mut Value, after: &str, key: &str, new: Value) {
    let map = value.as_object_mut().unwrap();
    let at = map.keys().position(|name| name == after).unwrap();
    map.shift_insert(at + 1, key.to_owned(), new);
}

fn wait() -> Value {
    json!({"name": "wait", "image": "wait:1", "args": ["--for", "db:5432"]})
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the site
spec:
  template:
    spec:
      # What runs.
      containers:
      - name: web
        image: nginx:1.27 # pinned
      restartPolicy: Always
";

#[test]
fn init_containers_come_before_containers() {
    check(
        DEPLOYMENT,
        |value| {
            let spec = &mut value["spec"]["template"]["spec"];
            spec.as_object_mut().unwrap().shift_insert(0, "initContainers".to_owned(), json!([wait()]));
        },
        "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the site
spec:
  template:
    spec:
      # What runs.
      initContainers:
      - name: wait
        image: wait:1
        args:
        - --for
        - db:5432
      containers:
      - name: web
        image: nginx:1.27 # pinned
      restartPolicy: Always
",
    );
}

#[test]
fn init_containers_come_after_containers() {
    check(
        DEPLOYMENT,
        |value| insert_after(&mut value["spec"]["template"]["spec"], "containers", "initContainers", json!([wait()])),
        "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the site
spec:
  template:
    spec:
      # What runs.
      containers:
      - name: web
        image: nginx:1.27 # pinned
      initContainers:
      - name: wait
        image: wait:1
        args:
        - --for
        - db:5432
      restartPolicy: Always
",
    );
}

#[test]
fn an_item_goes_to_the_head_of_a_list() {
    check(
        "
spec:
    initContainers:
        # Schema first.
        - name: migrate
          image: 'migrate:1'   # pinned
    containers:
        - name: web
",
        |value| value["spec"]["initContainers"].as_array_mut().unwrap().insert(0, wait()),
        "
spec:
    initContainers:
        - name: wait
          image: wait:1
          args:
              - --for
              - db:5432
        # Schema first.
        - name: migrate
          image: 'migrate:1'   # pinned
    containers:
        - name: web
",
    );
}

#[test]
fn an_item_goes_into_and_behind_a_list() {
    check(
        "
items:
- name: a # one

# about b
- name: b # two
other: 1
",
        |value| {
            let items = value["items"].as_array_mut().unwrap();
            items.push(json!({"name": "z"}));
            items.insert(1, json!({"name": "m", "v": ["y"]}));
        },
        "
items:
- name: a # one
- name: m
  v:
  - \"y\"

# about b
- name: b # two
- name: z
other: 1
",
    );
}

#[test]
fn an_annotation_joins_others() {
    check(
        "
metadata:
  annotations:
    a: \"1\" # one

    # about b
    b: two
  name: web",
        |value| value["metadata"]["annotations"]["c"] = json!("y"),
        "
metadata:
  annotations:
    a: \"1\" # one

    # about b
    b: two
    c: \"y\"
  name: web",
    );
    check(
        "metadata: {annotations: {a: 'x'}, name: web} # flow\n",
        |value| value["metadata"]["annotations"]["b"] = json!("y: 1"),
        "metadata: {annotations: {a: 'x', b: 'y: 1'}, name: web} # flow\n",
    );
    check(
        "metadata:\n  annotations: {} # none yet\n  name: web\n",
        |value| value["metadata"]["annotations"]["b"] = json!("0644"),
        "metadata:\n  annotations: # none yet\n    b: \"0644\"\n  name: web\n",
    );
    check(
        "metadata:\n  annotations:\n  name: web\n",
        |value| value["metadata"]["annotations"] = json!({"b": "on"}),
        "metadata:\n  annotations:\n    b: \"on\"\n  name: web\n",
    );
}

#[test]
fn a_template_without_metadata_gets_some() {
    check(
        "
spec:
  template: # the Pod
    spec:
      containers: []
",
        |value| {
            let template = value["spec"]["template"].as_object_mut().unwrap();
            template.shift_insert(0, "metadata".to_owned(), json!({"annotations": {"a/b": "c\nd\n"}}));
        },
        "
spec:
  template: # the Pod
    metadata:
      annotations:
        a/b: |
          c
          d
    spec:
      containers: []
",
    );
}

#[test]
fn a_scalar_changes_in_its_quotes() {
    check("a: 'x' # c\nb: 1\n", |value| value["a"] = json!("it's"), "a: 'it''s' # c\nb: 1\n");
    check("a: \"x\" # c\n", |value| value["a"] = json!("say \"y\""), "a: \"say \\\"y\\\"\" # c\n");
    check("a: x # c\n", |value| value["a"] = json!("yes"), "a: \"yes\" # c\n");
    check("a: x # c\n", |value| value["a"] = json!(false), "a: false # c\n");
    check("a: # c\nb: 1\n", |value| value["a"] = json!("z"), "a: z # c\nb: 1\n");
    check("a: |\n  x\n  y\nb: 1\n", |value| value["a"] = json!("x\nz\n"), "a: |\n  x\n  z\nb: 1\n");
    check("a: |\n  x\n  y\n\n# c\nb: 1\n", |value| value["a"] = json!(5), "a: 5\n\n# c\nb: 1\n");
    check("- 1 # one\n- 2 # two\n- 3\n", |value| value[1] = json!("b"), "- 1 # one\n- b # two\n- 3\n");
    check("a:\n  b: 1\n  c: 2 # c\nd: 1\n", |value| value["a"] = json!(null), "a: null # c\nd: 1\n");
    check("a: 1 # c\nd: 1\n", |value| value["a"] = json!([1]), "a: # c\n- 1\nd: 1\n");
}

#[test]
fn a_key_goes() {
    let remove = |key: &'static str| move |value: &mut Value| _ = value.as_object_mut().unwrap().shift_remove(key);
    check("# top\na: 1 # one\n# about b\nb:\n  c: 2\n\nd: 3\n", remove("b"), "# top\na: 1 # one\n# about b\n\nd: 3\n");
    check("a: 1\nb: 2", remove("b"), "a: 1\n");
    check("a: 1\n", remove("a"), "{}\n");
    check("{a: 1, b: 2, c: 3}\n", remove("a"), "{b: 2, c: 3}\n");
    check("{a: 1, b: 2, c: 3}\n", remove("b"), "{a: 1, c: 3}\n");
    check("{a: 1, b: 2, c: 3}\n", remove("c"), "{a: 1, b: 2}\n");
    check(
        "- a: 1\n  # about b\n  b: 2 # two\n- a: 3\n",
        |value| _ = value[0].as_object_mut().unwrap().shift_remove("a"),
        "- # about b\n  b: 2 # two\n- a: 3\n",
    );
}

#[test]
fn an_item_goes() {
    check(
        "a:\n- 1 # one\n- 2\n- 3 # three\n",
        |value| _ = value["a"].as_array_mut().unwrap().remove(1),
        "a:\n- 1 # one\n- 3 # three\n",
    );
    check("- - 1\n  - 2\n- 3\n", |value| _ = value[0].as_array_mut().unwrap().remove(0), "- - 2\n- 3\n");
    check("a:\n- 1\n", |value| _ = value["a"].as_array_mut().unwrap().remove(0), "a: []\n");
}

#[test]
fn a_list_item_of_a_file_with_several_documents_is_edited() {
    check(
        "
---
# Source: chart/templates/list.yaml
apiVersion: v1
kind: ConfigMap
--- # the list
apiVersion: v1
kind: List
items:
  # first
  - kind: Pod
    spec:
      containers:
        - name: web
  - kind: Pod # second
    spec:
      containers:
        - name: api # c
",
        |value| insert_after(&mut value["items"][1]["spec"], "containers", "initContainers", json!([{"name": "wait"}])),
        "
---
# Source: chart/templates/list.yaml
apiVersion: v1
kind: ConfigMap
--- # the list
apiVersion: v1
kind: List
items:
  # first
  - kind: Pod
    spec:
      containers:
        - name: web
  - kind: Pod # second
    spec:
      containers:
        - name: api # c
      initContainers:
        - name: wait
",
    );
}

#[test]
fn json_stays_json() {
    let text = "{\n    \"kind\": \"Pod\",\n    \"metadata\": {},\n    \"spec\": {\n        \"containers\": [\n            {\"name\": \"a\\/b\"}\n        ]\n    }\n}\n";
    check(
        text,
        |value| {
            value["metadata"] = json!({"annotations": {"a": "y"}});
            value["spec"]["initContainers"] = json!([]);
            value["spec"]["containers"][0]["image"] = json!("x");
            value["spec"]["containers"].as_array_mut().unwrap().insert(0, json!({"name": "w"}));
        },
        "{\n    \"kind\": \"Pod\",\n    \"metadata\": {\n        \"annotations\": {\n            \"a\": \"y\"\n        }\n    },\n    \"spec\": {\n        \"containers\": [\n            {\n                \"name\": \"w\"\n            },\n            {\"name\": \"a\\/b\", \"image\": \"x\"}\n        ],\n        \"initContainers\": []\n    }\n}\n",
    );
    check("{\"a\":1,\"b\":[1,2]}", |value| value["b"] = json!([1, {"c": 2}, 2]), "{\"a\":1,\"b\":[1,{\"c\":2},2]}");
    check(
        "{\"a\":1}\n{\"b\":1}\n",
        |value| value["c"] = json!("\u{1f600}"),
        "{\"a\":1}\n{\"b\":1,\"c\":\"\u{1f600}\"}\n",
    );
}

#[test]
fn line_ends_stay() {
    check(
        "a:\r\n  b: 1 # c\r\nc: 2\r\n",
        |value| {
            value["a"]["d"] = json!("x\ny\n");
            value["e"] = json!([1]);
        },
        "a:\r\n  b: 1 # c\r\n  d: |\r\n    x\r\n    y\r\nc: 2\r\ne:\r\n- 1\r\n",
    );
    check("a:\n  b: 1", |value| value["a"]["c"] = json!({"d": 1}), "a:\n  b: 1\n  c:\n    d: 1");
    check("a:\n  b: 1", |value| value["a"]["c"] = json!("x\n"), "a:\n  b: 1\n  c: |\n    x\n");
    check("\u{feff}a: 1\n", |value| value["b"] = json!(2), "\u{feff}a: 1\nb: 2\n");
}

#[test]
fn an_anchor_with_several_users_is_written_out() {
    check("# top\na: &x\n  k: 1\nb: *x\n", |value| value["a"]["k"] = json!(2), "# top\na:\n  k: 2\nb:\n  k: 1\n");
    check("a: &x {k: 1}\nb: *x # c\n", |value| value["b"]["k"] = json!(2), "a: &x {k: 1}\nb: # c\n  k: 2\n");
    check(
        "a: &x {k: 1, l: 2}\nb:\n  <<: *x # m\n  z: 1\n",
        |value| value["b"]["k"] = json!(3),
        "a: &x {k: 1, l: 2}\nb:\n  <<: *x # m\n  z: 1\n  k: 3\n",
    );
}

#[test]
fn strings_that_look_like_something_else_are_quoted() {
    for text in [
        "",
        "y",
        "No",
        "on",
        "null",
        "~",
        "0644",
        "0x1F",
        "1_000",
        "1e3",
        ".5",
        ".inf",
        "<<",
        "=",
        "2001-12-14",
        "1:30",
        "- a",
        "-",
        "?",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a",
        "\"a",
        "[a",
        "{a",
        ",a",
        " a",
        "a ",
        "a\tb",
        "a\rb",
        "\u{7}",
        "\u{85}",
        "\u{feff}",
        "a\n",
        "\na",
        "\n",
        "a\n\n",
        "a\n\nb",
        " a\nb",
        "a\n b\n",
        "a\n \nb",
        "\ta\nb",
        "---",
        "...",
        "a\r\nb",
        "\u{1f600}\n\u{e9}",
        "a, b",
        "a\\b\nc",
        "x\u{2028}y",
    ] {
        for base in ["k: 1\n", "- k\n", "k: {a: b}\n", "{\"k\": 1}", "k: 'q'\n", "k: |\n  x\n"] {
            let document = documents(base).pop().unwrap();
            for wanted in [
                json!({"k": text, "z": 1}),
                json!([{"a": text}, text, [text]]),
                json!({"k": {"a": text, text: [text]}}),
            ] {
                let edited = document.edited(base, &wanted);
                assert_eq!(documents(&edited).pop().unwrap().value, wanted, "{edited}");
            }
        }
    }
}

#[test]
fn comments_in_empty_values_are_kept() {
    let volumes = json!([{"name": "a"}]);
    for (text, expected) in [
        (
            "spec:\n  volumes: [\n    # later: the cache\n  ]\n  z: 1\n",
            "spec:\n  volumes:\n  # later: the cache\n  - name: a\n  z: 1\n",
        ),
        ("spec:\n  volumes: [ # later\n  ]\n  z: 1\n", "spec:\n  volumes:\n  # later\n  - name: a\n  z: 1\n"),
        ("spec:\n  volumes:\n    # one\n    []\n  z: 1\n", "spec:\n  volumes:\n  # one\n  - name: a\n  z: 1\n"),
        (
            "spec:\n  volumes: # one\n    # two\n    null # three\n  z: 1\n",
            "spec:\n  volumes: # one # three\n  # two\n  - name: a\n  z: 1\n",
        ),
    ] {
        for crlf in [false, true] {
            let lines = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
            let (text, expected) = (lines(text), lines(expected));
            let document = documents(&text).pop().unwrap();
            assert_eq!(document.edited(&text, &json!({"spec": {"volumes": volumes, "z": 1}})), expected);
        }
    }
    // Between brackets there is no room for them: nothing is spliced.
    let text = "spec: {volumes: [\n  # later\n  ], z: 1}\n";
    let document = documents(text).pop().unwrap();
    assert_eq!(document.spliced(text, &json!({"spec": {"volumes": volumes, "z": 1}})), None);
}
