//! Unknown is not lost: whoever does not answer, nothing changes.

use super::{Port, watch};
use crate::data::{data, status};
use crate::program::{Listening, Program, until};
use std::net::Ipv4Addr;
use std::time::Duration;
use waitwarden_test_servers::{Answer, DnsServer, Mood, Server};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/rec/deployments/web";
const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices";
const GONE: &str = "no such object: there is no Deployment `web` in the namespace `rec`";

/// Longer than everything: three intervals, and the grace time.
const LONG: Duration = Duration::from_millis(1500);
/// The same where the grace time has to be long enough for what the test does before.
const LONGER: Duration = Duration::from_secs(4);

/// A Deployment that is present, or lost, while `trouble` and until `peace`; `reason` is what is said of that.
#[track_caller]
fn stays(is_lost: bool, reason: &str, trouble: impl FnOnce(&Server), peace: impl FnOnce(&Server)) {
    let now = if is_lost { status(404, "error-404-object.json") } else { data("deployment-ready.json") };
    let server = Server::api(&[(DEPLOYMENT, &[now])]);
    // Long enough that it would be over while nothing is known, where that counted.
    let program = Program::with_api(&server).command("watch").option("--interval=100ms").option("--grace=3s");
    let mut watching = program.listen(&["deployment/web on-loss=restart"]);
    let (known, code, stays) = if is_lost {
        (format!("deployment/web: lost: {GONE}; the Pod starts again where that lasts 3s"), 1, "lost")
    } else {
        ("deployment/web: present".to_owned(), 0, "present")
    };
    watching.hears(&known);
    trouble(&server);
    let unknown = format!("deployment/web: unknown: {reason}; until more is known it counts as {stays}");
    watching.hears(&unknown);
    std::thread::sleep(if is_lost { LONGER } else { LONG });
    assert_eq!(watching.check().0, Some(code));
    if is_lost {
        // What is known again is a return, so that the grace time does not end the test.
        server.answer(DEPLOYMENT, &[data("deployment-ready.json")]);
    }
    peace(&server);
    watching.hears("deployment/web: known again");
    if is_lost {
        watching.hears("deployment/web: back after Ns");
    }
    let mut lines = vec!["watching deployment/web on-loss=restart", &known, &unknown, "deployment/web: known again"];
    lines.extend(is_lost.then_some("deployment/web: back after Ns"));
    lines.push("stopped by SIGTERM after Ns: present: deployment/web");
    let outcome = watching.stop();
    // A question that was on its way when the server left fails in another way.
    let on_its_way = |line: &&String| line.contains("API server unreachable") && **line != unknown;
    let said: Vec<&str> = outcome.lines.iter().filter(|line| !on_its_way(line)).map(String::as_str).collect();
    assert_eq!((outcome.code, said.join("\n")), (Some(0), lines.join("\n")));
}

#[test]
fn an_api_server_that_is_away_changes_nothing() {
    let refused = "API server unreachable: https://API: Connection refused (os error 111)";
    std::thread::scope(|scope| {
        for is_lost in [false, true] {
            scope.spawn(move || stays(is_lost, refused, Server::leave, Server::come_back));
        }
    });
}

#[test]
fn an_api_server_in_trouble_changes_nothing() {
    let troubled = |is_lost, reason: &str, answer: Answer| {
        stays(is_lost, reason, |server| server.trouble(Some(answer)), |server| server.trouble(None));
    };
    let said = |code| Answer::Text(code, format!(r#"{{"kind":"Status","message":"starting","code":{code}}}"#));
    std::thread::scope(|scope| {
        for code in [429, 500, 503] {
            let reason = format!("API server error: it answers {code}: starting");
            scope.spawn(move || troubled(code == 503, &reason, said(code)));
        }
        let role = "Role in the namespace `rec` with rules: [{apiGroups: [\"apps\"], resources: [\"deployments\"], verbs: \
                    [\"get\", \"list\", \"watch\"]}] and a RoleBinding there for";
        scope.spawn(move || {
            troubled(
                false,
                &format!(
                    "forbidden: the API server does not accept the service account's token (401): it has expired, or is of \
                     another cluster; once accepted, it needs a {role} this Pod's service account"
                ),
                status(401, "error-401.json"),
            );
        });
        scope.spawn(move || {
            troubled(
                false,
                &format!(
                    "forbidden: the service account `nobody` of the namespace `rec` may not list deployments in the \
                     namespace `rec` (403); it needs a {role} {{kind: ServiceAccount, namespace: rec, name: nobody}}"
                ),
                status(403, "error-403.json"),
            );
        });
        scope.spawn(move || {
            troubled(
                true,
                "no such API: the API server does not know apps/v1 (404); is the cluster older than that?",
                Answer::Text(404, "404 page not found\n".to_owned()),
            );
        });
    });
}

/// Nothing is known from the start, for this reason.
#[track_caller]
fn is_unknown(mut watching: Listening, target: &str, reason: &str) {
    let unknown = format!("{target}: unknown: {reason}; until more is known it counts as present");
    watching.hears(&unknown);
    std::thread::sleep(LONG);
    assert_eq!(watching.check(), (Some(0), String::new()));
    watching.stop().is(
        0,
        &[
            &format!("watching {target} on-loss=restart"),
            &unknown,
            &format!("stopped by SIGTERM after Ns: present: {target}"),
        ],
    );
}

#[test]
fn without_access_nothing_is_known() {
    let (server, other) = (Server::api(&[]), Server::api(&[]));
    let untrusted = Program::with_api(&server).file("account/ca.crt", &other.ca);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            is_unknown(
                watch(Program::new()).listen(&["deployment/web on-loss=restart"]),
                "deployment/web",
                "no access to the API: KUBERNETES_SERVICE_HOST is not set, so this is no container of a Kubernetes Pod",
            );
        });
        scope.spawn(|| {
            is_unknown(
                watch(untrusted).listen(&["deployment/web on-loss=restart"]),
                "deployment/web",
                "TLS not trusted: the API server https://API: its certificate is not signed by DIR/account/ca.crt",
            );
        });
    });
}

#[test]
fn a_connection_in_place_of_endpoints_counts_once_it_has_opened() {
    let mut port = Port::open();
    let server = Server::api(&[(SLICES, &[status(403, "error-403.json")])]);
    let program = Program::with_api(&server).file("hosts", "127.0.0.1 web.rec.svc\n");
    let program = watch(program).name(&format!(":{}", port.address.port()), ":PORT");
    let target = format!("service/web:{}", port.address.port());
    let role = "it needs a Role in the namespace `rec` with rules: [{apiGroups: [\"discovery.k8s.io\"], resources: \
                [\"endpointslices\"], verbs: [\"list\", \"watch\"]}, {apiGroups: [\"\"], resources: [\"services\"], verbs: \
                [\"get\"]}] and a RoleBinding there for {kind: ServiceAccount, namespace: rec, name: nobody}";
    let forbidden = format!(
        "service/web:PORT: unknown: forbidden: the service account `nobody` of the namespace `rec` may not list endpointslices \
         in the namespace `rec` (403); {role}; until then a TCP connection to web.rec.svc:PORT has to be enough; until more is \
         known it counts as present"
    );
    let refused = "connection refused: web.rec.svc:PORT (127.0.0.1): nobody listens there yet; EndpointSlices not read: forbidden";
    let never = format!("service/web:PORT: unknown: {refused}; until more is known it counts as present");
    let present = "service/web:PORT: present (TCP connection to web.rec.svc:PORT; EndpointSlices not read: forbidden)";
    port.close();
    let mut watching = program.listen(&[&format!("{target} on-loss=unready")]);
    watching.hears(&forbidden);
    watching.hears(&never);
    std::thread::sleep(LONG);
    assert_eq!(watching.check(), (Some(0), String::new()));
    port.open_again();
    watching.hears(present);
    port.close();
    watching.hears(&format!("service/web:PORT: lost: {refused}"));
    assert_eq!(watching.check().0, Some(1));
    watching.stop().is(
        0,
        &[
            "watching service/web:PORT on-loss=unready",
            &forbidden,
            &never,
            "service/web:PORT: known again",
            present,
            &format!("service/web:PORT: lost: {refused}"),
            "stopped by SIGTERM after Ns: lost: service/web:PORT",
        ],
    );
}

#[test]
fn a_name_server_that_does_not_tell_changes_nothing() {
    std::thread::scope(|scope| {
        scope.spawn(|| is_not_told(Mood::Failing, "DNS error: error response: Server Failure"));
        scope.spawn(|| is_not_told(Mood::Silent, "no answer in time"));
    });
}

/// A name that resolves, until the name server is in that mood.
#[track_caller]
fn is_not_told(mood: Mood, why: &str) {
    let server = DnsServer::start(&[("db.", Ipv4Addr::LOCALHOST)]);
    let port = Port::open();
    let program = Program::new()
        .file("resolv.conf", "search rec.svc\nnameserver 127.0.0.1\n")
        .env("WAITWARDEN_DNS_PORT", &server.port.to_string())
        .name(&format!(":{}", port.address.port()), ":PORT");
    let mut watching = watch(program).listen(&[&format!("tcp://db:{} on-loss=restart", port.address.port())]);
    watching.hears("tcp://db:PORT: present");
    let unknown = format!(
        "tcp://db:PORT: unknown: name does not resolve: the name server 127.0.0.1 does not tell `db` ({why}); tried \
         db.rec.svc., db.; until more is known it counts as present"
    );
    *server.mood.lock().unwrap() = mood;
    watching.hears(&unknown);
    std::thread::sleep(LONG);
    assert_eq!(watching.check(), (Some(0), String::new()));
    *server.mood.lock().unwrap() = Mood::Good;
    watching.hears("tcp://db:PORT: known again");
    watching.stop().is(
        0,
        &[
            "watching tcp://db:PORT on-loss=restart",
            "tcp://db:PORT: present",
            &unknown,
            "tcp://db:PORT: known again",
            "stopped by SIGTERM after Ns: present: tcp://db:PORT",
        ],
    );
}

#[test]
fn trouble_is_said_once_for_each_change() {
    let server = Server::api(&[(DEPLOYMENT, &[data("deployment-ready.json")])]);
    let mut watching = watch(Program::with_api(&server)).listen(&["deployment/web on-loss=unready"]);
    watching.hears("deployment/web: present");
    let mut lines = vec!["watching deployment/web on-loss=unready".to_owned(), "deployment/web: present".to_owned()];
    for code in [503, 500] {
        server.trouble(Some(Answer::Text(code, String::new())));
        let line = format!(
            "deployment/web: unknown: API server error: it answers {code}; until more is known it counts as present"
        );
        watching.hears(&line);
        let asked = server.requests().len();
        // Said once, however often it is asked.
        until(|| server.requests().len() >= asked + 2);
        lines.push(line);
    }
    lines.push("stopped by SIGTERM after Ns: present: deployment/web".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    watching.stop().is(0, &lines);
}
