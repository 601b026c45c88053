//! Requests that nobody means well with, byte by byte through the module: nested to the limit, with keys that stand twice,
//! with what is no text, with numbers that no type holds, with nothing where something belongs. Each gets a clear answer.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::fs;
use std::sync::LazyLock;
use waitwarden::engine::Policy;
use waitwarden::request::Identity;
use waitwarden_tests::{admission, documents, exact, root, verdict};

static POLICY: LazyLock<Policy> = LazyLock::new(|| verdict::policy().expect("the policy"));

/// What the module answers, exactly.
fn answer(payload: &[u8]) -> Value {
    let answer = POLICY.call("validate", payload).answer.expect("an answer");
    exact::read(std::str::from_utf8(&answer).expect("UTF-8")).expect("JSON")
}

/// A Pod that waits, with more in its metadata, its spec and its container.
fn payload(metadata: &str, spec: &str, container: &str) -> String {
    format!(
        r#"{{"request":{{"operation":"CREATE","kind":{{"group":"","version":"v1","kind":"Pod"}},"namespace":"shop","object":{{"metadata":{{"annotations":{{"waitwarden.io/depends-on":"tcp://a:1"}}{metadata}}},"spec":{{"restartPolicy":"Always"{spec},"containers":[{{"name":"web"{container}}}]}}}}}},"settings":{{"lookups":{{"mode":"off"}}}}}}"#
    )
}

fn not_json() -> Value {
    json!({ "accepted": false, "message": "waitwarden: the request is not JSON", "code": exact::number("422") })
}

/// The rules of what is refused.
fn errors(answer: &Value) -> Vec<String> {
    let findings = answer.pointer("/audit_annotations/findings").and_then(Value::as_str).unwrap_or("[]");
    let findings: Vec<Value> = serde_json::from_str(findings).expect("a list");
    let errors = findings.iter().filter(|finding| finding.get("severity") == Some(&json!("error")));
    errors.filter_map(|finding| finding.get("rule")?.as_str()).map(str::to_owned).collect()
}

/// 127 levels are read, as by policy-server: four of them stand above what is nested here.
#[test]
fn nesting_at_the_limit_is_kept_and_above_it_refused() {
    for (open, close, inner) in [("[", "]", ""), ("{\"a\":", "}", "1")] {
        let nested = |levels: usize| format!("{}{inner}{}", open.repeat(levels), close.repeat(levels));
        let asked = |levels: usize| {
            answer(
                payload(&format!(r#","x":{}"#, nested(levels)), "", r#","readinessProbe":{"exec":{"command":["a"]}}"#)
                    .as_bytes(),
            )
        };
        let kept = asked(123);
        assert_eq!(kept.get("accepted"), Some(&json!(true)));
        let value = kept.pointer("/mutated_object/metadata/x").expect("the nested value");
        assert_eq!(exact::print(value), nested(123));
        for levels in [124, 200, 10_000, 1_000_000] {
            assert_eq!(asked(levels), not_json(), "{levels}");
        }
    }
    // What declares nothing is not read, and what is no part of the object neither.
    let plain = payload("", "", "").replace("waitwarden.io", "example.com");
    for place in [r#""restartPolicy":"Always""#, r#""operation":"CREATE""#] {
        let deep = plain.replace(place, &format!(r#"{place},"x":{}{}"#, "[".repeat(100_000), "]".repeat(100_000)));
        assert_eq!(answer(deep.as_bytes()), json!({ "accepted": true }));
    }
    let beside = payload("", "", r#","readinessProbe":{"exec":{"command":["a"]}}"#);
    let deep = beside.replace(
        r#""operation""#,
        &format!(r#""userInfo":{}{},"operation""#, "[".repeat(100_000), "]".repeat(100_000)),
    );
    assert_eq!(answer(deep.as_bytes()), answer(beside.as_bytes()));
}

/// The last one counts, as in policy-server and for the API server, which hands on what it has read and so sends no key
/// twice.
#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let probe = r#","readinessProbe":{"exec":{"command":["a"]}}"#;
    let once = payload("", "", probe);
    let wanted = answer(once.as_bytes());
    assert_eq!(wanted.get("accepted"), Some(&json!(true)));
    for (place, before) in [
        (r#""settings":"#, r#""settings":{"mode":"validate"},"#),
        (r#""settings":"#, r#""settings":7,"#),
        (r#""request":"#, r#""request":{"operation":"DELETE"},"#),
        (r#""request":"#, r#""request":[],"#),
        (r#""operation":"#, r#""operation":"DELETE","#),
        (r#""operation":"#, r#""oper\u0061tion":"DELETE","#),
        (r#""kind":{"#, r#""kind":{"kind":"Secret"},"#),
        (r#""kind":"Pod""#, r#""kind":"Secret","#),
        (r#""object":"#, r#""object":{"spec":{}},"#),
        (r#""metadata":"#, r#""metadata":{"annotations":{"waitwarden.io/inject":"false"}},"#),
        (r#""annotations":"#, r#""annotations":{"waitwarden.io/inject":"false"},"#),
        (r#""waitwarden.io/depends-on":"#, r#""waitwarden.io/depends-on":"service/other","#),
        (r#""waitwarden.io/depends-on":"#, r#""w\u0061itwarden.io\/depends-on":"service/other","#),
        (r#""spec":"#, r#""spec":null,"#),
        (r#""containers":"#, r#""containers":[],"#),
        (r#""readinessProbe":"#, r#""readinessProbe":null,"#),
    ] {
        assert!(once.contains(place), "{place}");
        let twice = once.replacen(place, &format!("{before}{place}"), 1);
        assert_eq!(answer(twice.as_bytes()), wanted, "{twice}");
    }
    // And the other way round: what stands first does not count.
    let last = once.replacen(
        r#""waitwarden.io/depends-on":"tcp://a:1""#,
        r#""waitwarden.io/depends-on":"tcp://a:1","waitwarden.io/depends-on":"nonsense""#,
        1,
    );
    assert_eq!(errors(&answer(last.as_bytes())), ["invalid-dependency"]);
}

#[test]
fn what_is_no_text_is_refused_and_escapes_are_kept() {
    let probe = r#","readinessProbe":{"exec":{"command":["a"]}}"#;
    let with = |value: &[u8]| {
        let text = payload(r#","x":@"#, "", probe);
        let (head, tail) = text.split_once('@').expect("a place");
        answer(&[head.as_bytes(), value, tail.as_bytes()].concat())
    };
    for value in [
        &b"\"\xff\""[..],
        b"\"\xc0\x80\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xf4\x90\x80\x80\"",
        b"\"\x00\"",
        b"\"\n\"",
        b"\"\x1b[31m\"",
        br#""\ud800""#,
        br#""\udc00\ud800""#,
        br#""\x41""#,
        br#""\u12""#,
        b"'a'",
        b"NaN",
        b"Infinity",
        b"01",
        b"1.",
        b".5",
        b"+1",
        b"0x1",
        b"1e",
        b"--1",
        b"nul",
        b"[1,]",
        b"{\"a\":1,}",
        b"{a:1}",
        b"/**/1",
        b"",
    ] {
        assert_eq!(with(value), not_json(), "{}", value.escape_ascii());
    }
    for value in [
        r#""\u0000\u001f\u007f\ufeff\u202e\ud83e\udd80""#,
        r#""\"\\\/\b\f\n\r\t""#,
        "\"\u{7f}\u{feff}\u{2028}\u{10ffff}\"",
    ] {
        let kept = with(value.as_bytes());
        let wanted: Value = serde_json::from_str(value).expect("a string");
        assert_eq!(kept.pointer("/mutated_object/metadata/x"), Some(&wanted), "{value}");
    }
    let whole = payload("", "", probe);
    for payload in [
        format!("\u{feff}{whole}"),
        format!("{whole}x"),
        format!("{whole}{whole}"),
        whole.trim_end_matches('}').to_owned(),
    ] {
        assert_eq!(answer(payload.as_bytes()), not_json(), "{payload}");
    }
    assert_eq!(answer(format!(" \t\r\n{whole}\n ").as_bytes()), answer(whole.as_bytes()));
}

/// A port is a whole number from 1 to 65535, written as one; whatever else stands there is kept as it is written.
#[test]
fn numbers_that_no_type_holds() {
    for (number, port) in [
        ("1", true),
        ("65535", true),
        ("0", false),
        ("-0", false),
        ("65536", false),
        ("-1", false),
        ("1.0", false),
        ("8e+1", false),
        ("80.5", false),
        ("18446744073709551616", false),
        ("12345678901234567890123", false),
        ("1e+400", false),
        ("4294967376", false),
        ("1e-400", false),
    ] {
        let container = format!(r#","ports":[{{"containerPort":{number}}}]"#);
        let said = answer(payload("", "", &container).as_bytes());
        let wanted: &[&str] = if port { &[] } else { &["no-readiness-probe"] };
        assert_eq!(errors(&said), wanted, "{number}");
        if port {
            let probe = said.pointer("/mutated_object/spec/containers/0/readinessProbe/tcpSocket/port");
            assert_eq!(probe, Some(&exact::number(number)));
        }
        let probe = format!(r#","readinessProbe":{{"tcpSocket":{{"port":{number}}}}}"#);
        let said = answer(payload("", "", &probe).as_bytes());
        let wanted: &[&str] = if port { &[] } else { &["readiness-cannot-work"] };
        assert_eq!(errors(&said), wanted, "{number}");
        // Where nobody reads it.
        let fields = ["terminationGracePeriodSeconds", "activeDeadlineSeconds", "priority", "unheardOf"];
        let spec = fields.map(|field| format!(r#","{field}":{number}"#)).concat();
        let probe =
            format!(r#","readinessProbe":{{"exec":{{"command":["a"]}},"periodSeconds":1,"unheardOf":{number}}}"#);
        let said = answer(payload("", &spec, &probe).as_bytes());
        assert_eq!(errors(&said), Vec::<String>::new(), "{number}");
        for field in fields {
            let kept = said.pointer(&format!("/mutated_object/spec/{field}"));
            assert_eq!(kept, Some(&exact::number(number)), "{field}");
        }
        let kept = said.pointer("/mutated_object/spec/containers/0/readinessProbe/unheardOf");
        assert_eq!(kept, Some(&exact::number(number)));
    }
    // Numbers that Kubernetes refuses in a probe are refused here, in whatever way they are written; others are left to it.
    for (key, number, refused) in [
        ("periodSeconds", "-1", true),
        ("timeoutSeconds", "-2147483649", true),
        ("failureThreshold", "-9223372036854775808", true),
        ("periodSeconds", "2147483648", false),
        ("initialDelaySeconds", "9223372036854775808", false),
        ("terminationGracePeriodSeconds", "1", true),
        ("terminationGracePeriodSeconds", "9223372036854775808", true),
    ] {
        let probe = format!(r#","readinessProbe":{{"exec":{{"command":["a"]}},"{key}":{number}}}"#);
        let wanted: &[&str] = if refused { &["readiness-cannot-work"] } else { &[] };
        assert_eq!(errors(&answer(payload("", "", &probe).as_bytes())), wanted, "{key}: {number}");
    }
}

/// Every place of a value, as pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in inner {
        places(value, &format!("{at}/{key}"), all);
    }
}

/// Each value of the nine kinds is nothing, and of another type, in turn: the module answers what the core decides, and never
/// traps.
#[test]
fn every_value_of_every_kind_may_be_another() {
    let text = fs::read_to_string(root().join("tests/data/nine-kinds.yaml")).expect("the manifests");
    let mut asked = 0;
    for document in documents(&text) {
        let identity = Identity::of(&document.value, "default");
        let mut all = Vec::new();
        places(&document.value, "", &mut all);
        for place in all {
            for value in [json!(null), json!(true), json!(-1), json!("a"), json!([null]), json!({ "a": null })] {
                let mut object = document.value.clone();
                if let Some(there) = object.pointer_mut(&place) {
                    *there = value;
                }
                let settings = json!({ "inject": "templates" });
                if let Err(why) = verdict::ask(&POLICY, &admission(&object, &identity), &settings) {
                    panic!("{place}: {why}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
}
