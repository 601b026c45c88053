//! Injection through every string of a declaration that reaches the Pod.

use crate::ask;
use serde_json::{Value, json};
use std::sync::LazyLock;
use waitwarden_core::annotation::parse_list;
use waitwarden_core::dependency::parse_one;
use waitwarden_core::finding::Severity;

/// What means something to a shell, to Kubernetes, to a terminal, to a reader of flags or to a reader's eye.
const HOSTILE: [&str; 62] = [
    ";reboot",
    "|reboot",
    "&&reboot",
    "&reboot&",
    "`reboot`",
    "$(reboot)",
    "$$(reboot)",
    "$$$(reboot)",
    "$$$$(reboot)",
    "$",
    "$$",
    "${HOME}",
    "$HOME",
    "$(",
    "$(HOME",
    ")",
    "$(HOME)$(HOME)",
    ">/etc/passwd",
    "<a>",
    "'",
    "\"",
    "\\",
    "\\n",
    "'; reboot; '",
    "\"; reboot; \"",
    "*",
    "?",
    "~",
    "{a,b}",
    "!",
    "!!",
    "[a-z]",
    "../../..",
    "%00",
    "%0a",
    "%",
    "%zz",
    "--timeout=0s",
    " --timeout=0s",
    "\n--timeout=0s",
    "-h",
    "--",
    " -- ",
    "=",
    "#",
    " #",
    "\0",
    "\n",
    "\r\n",
    "\t",
    "\u{1b}[31m",
    "\u{1b}]0;x\u{7}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
    "\u{feff}",
    "\u{ff1a}",
    "\u{455}",
];

/// Every place of a target or option, as `{}`.
const PLACES: [&str; 36] = [
    "{}",
    "{}service/db",
    "service{}/db",
    "service/{}",
    "service/d{}b",
    "service/db{}",
    "service/db:{}",
    "service/db:ht{}p",
    "{}/service/db:80",
    "n{}s/service/db:80",
    "job/{}",
    "job/m{}n",
    "shop/deployment/{}",
    "statefulset/a{}",
    "daemonset/{}b",
    "pods/{}=web",
    "pods/app={}",
    "pods/app=w{}b&tier=db",
    "pods/a{}.io/name=web",
    "certificates{}.v1.cert-manager.io/web",
    "certificates.v1{}.cert-manager.io/web",
    "certificates.v1.cert-manager.io{}/web",
    "certificates.v1.cert-manager.io/{}",
    "tcp://{}:5432",
    "tcp://db{}.example.com:5432",
    "tcp://db:{}",
    "http://{}/",
    "http://db/{}",
    "http://db/a{}b?c=d",
    "https://db?{}",
    "http{}://db/",
    "grpc://db:1/{}",
    "dns://{}",
    "dns://a{}b",
    "service/db timeout={}",
    "http://db status=200{}",
];

/// More places, in options.
const OPTIONS: [&str; 6] = [
    "service/db {}=true",
    "service/db required={}",
    "service/db on-loss={}",
    "deployment/a replicas={}",
    "certificates.v1.cert-manager.io/web condition={}",
    "service/db stable=1s{}",
];

fn pod(annotation: &str, value: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web", "annotations": { format!("waitwarden.io/{annotation}"): value } },
        "spec": { "containers": [{ "name": "web", "image": "a", "readinessProbe": null }], "restartPolicy": "Never" },
    })
}

/// What Kubernetes makes of an argument, where every variable is set to something else.
/// Source: Kubernetes `third_party/forked/golang/expansion/expand.go`.
fn expanded(argument: &str) -> String {
    let mut result = String::new();
    let mut rest = argument;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            result.push('$');
            rest = behind;
        } else if let (true, Some(end)) = (rest.starts_with('('), rest.find(')')) {
            result.push_str("EXPANDED");
            rest = &rest[end + 1..];
        } else {
            result.push('$');
        }
    }
    result + rest
}

/// The wait container without the arguments that name dependencies, and those.
fn taken_apart(pod: &Value) -> (Value, Vec<String>) {
    let mut container = pod["spec"]["initContainers"][0].clone();
    let args: Vec<String> =
        container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap().to_owned()).collect();
    let dashes = args.iter().position(|arg| arg == "--").unwrap();
    container["args"] = json!(args[..=dashes]);
    (container, args[dashes + 1..].to_vec())
}

/// The containers of Pods that wait for something harmless: of the API server, and of something else.
static PLAIN: LazyLock<[Value; 2]> = LazyLock::new(|| {
    ["service/a", "tcp://a:1"].map(|value| taken_apart(&ask(&pod("depends-on", value), "mutate").object.unwrap()).0)
});

/// Refused, with the place of every mistake; or the arguments are what was declared, byte for byte, and nothing else of the
/// Pod knows of it.
fn check(value: &str) -> bool {
    let object = pod("depends-on", value);
    let verdict = ask(&object, "mutate");
    let (declared, errors) = parse_list(value);
    if !verdict.accepted() {
        for finding in verdict.findings.iter().filter(|finding| finding.severity == Severity::Error) {
            assert_eq!(finding.pointer, "/metadata/annotations/waitwarden.io~1depends-on", "{value:?}");
            let span = finding.span.clone().unwrap_or(0..value.len());
            assert!(value.get(span).is_some(), "{value:?}: {finding:?}");
            assert!(!finding.help.is_empty(), "{value:?}: {finding:?}");
        }
        assert_eq!(verdict.object, None);
        return false;
    }
    assert_eq!(errors, [], "{value:?}");
    let Some(after) = verdict.object else {
        assert!(declared.is_empty(), "{value:?}");
        return true;
    };
    let (container, arguments) = taken_apart(&after);
    let read: Vec<_> = arguments.iter().map(|argument| parse_one(&expanded(argument)).unwrap()).collect();
    let wanted: Vec<_> = declared.iter().map(|declared| declared.dependency.clone()).collect();
    let mut waited = wanted.clone();
    for dependency in &mut waited {
        // What comes after the start is the sidecar's.
        dependency.options.on_loss = waitwarden_core::dependency::OnLoss::Ignore;
    }
    assert_eq!(read, waited, "{value:?}");
    for (argument, dependency) in arguments.iter().zip(&waited) {
        assert_eq!(expanded(argument), dependency.to_string(), "{value:?}");
        assert!(!argument.starts_with('-'), "{value:?}: {argument:?}");
        assert!(argument.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{value:?}: {argument:?}");
    }
    // The rest is that of any Pod that waits for the same kinds of things as long.
    let asks_api = wanted.iter().any(|dependency| dependency.target.asks_api());
    let mut plain = if asks_api { PLAIN[0].clone() } else { PLAIN[1].clone() };
    plain["args"][0] = container["args"][0].clone();
    assert_eq!(container, plain, "{value:?}");
    true
}

#[test]
fn a_declaration_is_refused_with_its_place_or_arrives_as_it_is() {
    let (mut accepted, mut refused) = (0, 0);
    for place in PLACES.iter().chain(&OPTIONS) {
        for hostile in HOSTILE {
            for value in [place.replace("{}", hostile), format!("tcp://a:1\n{}", place.replace("{}", hostile))] {
                if check(&value) {
                    accepted += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    // Both happen, or nothing is tried.
    assert!(accepted > 300 && refused > 3_000, "{accepted} accepted, {refused} refused");
}

#[test]
fn look_alikes_are_no_kinds() {
    for value in [
        "\u{455}ervice/db",
        "service\u{2215}db",
        "service\u{ff0f}db",
        "service/db\u{ff1a}5432",
        "se\u{200b}rvice/db",
        "\u{202e}bd/ecivres",
        "\u{feff}service/db",
        "service/\u{501}b",
        "tcp:\u{ff0f}\u{ff0f}db:1",
        "htt\u{440}://db/",
        "tcp://d\u{0435}:1",
        "job/migr\u{430}te",
        "\u{ff53}ervice/db",
    ] {
        assert!(!check(value), "{value:?}");
    }
}

#[test]
fn the_other_annotations_are_refused_or_arrive_as_they_are() {
    for hostile in HOSTILE {
        for (annotation, place) in
            [("timeout", "{}"), ("timeout", "5m{}"), ("inject", "{}"), ("inject", "false{}"), ("on-restart", "{}")]
        {
            let value = place.replace("{}", hostile);
            let verdict = ask(&pod(annotation, &value), "mutate");
            // A duration may have blanks around it.
            assert_eq!(verdict.accepted(), value.trim() == "5m", "{annotation}: {value:?}");
        }
        for place in [
            "http://:80/{}",
            "http://:80/a{}b",
            "https://:ht{}p/",
            "tcp://:{}",
            "grpc://:80/{}",
            "{}",
            "tcp://:80 {}",
            "tcp://:80 period={}",
        ] {
            let value = place.replace("{}", hostile);
            let mut object = pod("readiness", &value);
            object["spec"]["restartPolicy"] = json!("Always");
            let verdict = ask(&object, "mutate");
            let Some(after) = verdict.object else {
                assert!(!verdict.accepted(), "{value:?}");
                assert!(verdict.findings.iter().all(|finding| finding.pointer.starts_with("/metadata/annotations/")));
                continue;
            };
            let probe = &after["spec"]["containers"][0]["readinessProbe"];
            let text = ["/httpGet/path", "/grpc/service"].iter().find_map(|at| probe.pointer(at)?.as_str());
            let first = value.split_ascii_whitespace().next().unwrap();
            let wanted = first.split_once(":80/").map(|(_, rest)| rest).filter(|rest| !rest.is_empty());
            match (text, wanted) {
                (Some(text), Some(wanted)) => {
                    assert_eq!(text.trim_start_matches('/'), wanted.trim_start_matches('/'), "{value:?}");
                }
                (text, None) => assert!(text.is_none_or(|text| text == "/"), "{value:?}: {probe}"),
                (None, Some(_)) => panic!("{value:?}: {probe}"),
            }
            assert!(probe.to_string().bytes().all(|byte| byte.is_ascii_graphic()), "{value:?}: {probe}");
        }
    }
}

/// Names of containers stand in the note, which is JSON in a string, and in messages.
#[test]
fn names_of_containers_stay_names() {
    for hostile in HOSTILE {
        let mut object = pod("readiness", "tcp://:80");
        object["spec"]["restartPolicy"] = json!("Always");
        object["spec"]["containers"][0]["name"] = json!(hostile);
        let after = ask(&object, "mutate").object.unwrap();
        let note = after["metadata"]["annotations"]["waitwarden.io/injected"].as_str().unwrap();
        let note: Value = serde_json::from_str(note).unwrap();
        assert_eq!(note, json!({ "probes": [hostile], "v": 1 }));
        assert_eq!(ask(&after, "mutate").object, None, "{hostile:?}");
    }
}
