//! Targets that the API server is asked about.

use crate::cell::Cell;
use crate::network::unknown;
use serde_json::{Value, json};
use std::net::TcpListener;
use waitwarden_test_servers::{Answer, Authority, DnsServer, Server};
use waitwarden_tests::root;

/// A file of answers that a real API server gave.
fn text(file: &str) -> String {
    std::fs::read_to_string(root().join("wait/tests/data").join(file)).expect("an answer of a real API server")
}

fn data(file: &str) -> Answer {
    Answer::Text(200, text(file))
}

fn status(code: u16, file: &str) -> Answer {
    Answer::Text(code, text(file))
}

/// An answer with other values.
fn with(file: &str, values: &[(&str, Value)]) -> Answer {
    let mut json: Value = serde_json::from_str(&text(file)).unwrap();
    for (pointer, value) in values {
        *json.pointer_mut(pointer).expect(pointer) = value.clone();
    }
    Answer::Text(200, json.to_string())
}

/// What the cells of a row have in common.
struct Row<'a> {
    /// The declaration.
    item: &'a str,
    /// The path of its answers.
    path: &'a str,
    ready: Answer,
    unready: Answer,
    /// Behind `not ready yet: `.
    why: &'a str,
    missing: Answer,
    /// All that is said where it is missing.
    missed: &'a str,
    /// `list jobs`
    action: &'a str,
    /// The rules of the Role.
    rules: &'a str,
    /// Behind `no such API: `.
    unknown: &'a str,
    /// Behind what keeps it from being asked.
    hint: &'a str,
    /// Further paths.
    more: Vec<(&'a str, Answer)>,
}

impl Row<'_> {
    fn server(&self, answers: &[Answer]) -> Server {
        let server = Server::api(&[(self.path, answers)]);
        for (path, answer) in &self.more {
            server.answer(path, std::slice::from_ref(answer));
        }
        server
    }

    /// The cells that every target has which asks the API server.
    fn cells(&self) -> Vec<Cell> {
        let Self { item, ready, unready, why, missed, action, rules, unknown, hint, .. } = self;
        let cell = |outcome, answers: &[Answer]| Cell::new(outcome, *item).with_api(self.server(answers));
        let changing = self.server(std::slice::from_ref(unready));
        let (state, path, now) = (std::sync::Arc::clone(&changing.state), self.path.to_owned(), ready.clone());
        let role = |who: &str| {
            format!(
                "it needs a Role in the namespace `shop` with rules: [{rules}] and a RoleBinding there for {who}{hint}"
            )
        };
        let refused = Server::api(&[]);
        let gone = format!("https://{}", refused.address);
        let optional = format!("{item} required=false");
        let pem = Authority::new().pem();
        vec![
            cell("satisfied", std::slice::from_ref(ready)),
            Cell::new("becomes satisfied", *item)
                .with_api(changing)
                .then(move || {
                    state.lock().unwrap().answers.insert(path, vec![now]);
                })
                .remarks(format!("not ready yet: {why}")),
            cell("not ready yet", std::slice::from_ref(unready)).times_out(format!("not ready yet: {why}")),
            cell("no such object", std::slice::from_ref(&self.missing)).times_out(*missed),
            Cell::new("no such API", *item).with_api(Server::api(&[])).times_out(format!("no such API: {unknown}")),
            cell("forbidden", &[status(403, "error-403.json")]).times_out(format!(
                "forbidden: the service account `nobody` of the namespace `rec` may not {action} in the namespace `shop` (403); {}",
                role("{kind: ServiceAccount, namespace: rec, name: nobody}")
            )),
            cell("token refused", &[]).token("secret-token-old").times_out(format!(
                "forbidden: the API server does not accept the service account's token (401): it has expired, or is of another \
                 cluster; once accepted, {}",
                role("this Pod's service account")
            )),
            Cell::new("API server unreachable", *item)
                .with_api_at("127.0.0.1", 1, &refused.ca)
                .times_out("API server unreachable: https://127.0.0.1:1: Connection refused (os error 111)"),
            cell("API server error", &[Answer::Text(500, r#"{"message":"etcdserver: leader changed"}"#.to_owned())])
                .times_out("API server error: it answers 500: etcdserver: leader changed"),
            Cell::new("API server not trusted", *item).api_ca(pem).with_api(refused).times_out(format!(
                "TLS not trusted: the API server {gone}: its certificate is not signed by \
                 /var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
            )),
            self.without_access(item),
            Cell::new("not required", optional)
                .with_api(self.server(std::slice::from_ref(unready)))
                .gives_up(format!("not ready yet: {why}")),
        ]
    }

    /// Nothing says where the API server is.
    fn without_access(&self, item: &str) -> Cell {
        let why =
            "no access to the API: KUBERNETES_SERVICE_HOST is not set, so this is no container of a Kubernetes Pod";
        Cell::new("no access to the API", item).fails(format!("{why}{}", self.hint))
    }
}

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";
const SERVICE: &str = "/api/v1/namespaces/shop/services/web";
const SLICES_RULE: &str =
    r#"{apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"]}"#;
const NO_DISCOVERY: &str = "the API server does not know discovery.k8s.io/v1 (404); is the cluster older than that?";

/// A Service without a port number.
pub(crate) fn service(port: &str, missing: &str) -> Vec<Cell> {
    Row {
        item: &format!("service/web{port}"),
        path: SLICES,
        ready: data("endpointslices-ready-and-unready.json"),
        unready: data("endpointslices-null-endpoints.json"),
        why: "0 of 0 endpoints are ready",
        missing: data("endpointslices-no-service.json"),
        missed: &format!("not ready yet: no EndpointSlice belongs to the Service {missing}"),
        action: "list endpointslices",
        rules: SLICES_RULE,
        unknown: NO_DISCOVERY,
        hint: "; or write a port number, `service/web:PORT`, and a TCP connection to it is enough",
        more: Vec::new(),
    }
    .cells()
}

/// A Service with a port number, which has something to fall back to: the name of the Service does not resolve here.
pub(crate) fn service_by_number() -> Vec<Cell> {
    let service = || (SERVICE, data("service-port-80-to-8080.json"));
    let row = Row {
        item: "service/web:80",
        path: SLICES,
        ready: data("endpointslices-port-80-to-8080.json"),
        unready: data("endpointslices-null-endpoints.json"),
        why: "0 of 0 endpoints are ready",
        missing: data("endpointslices-no-service.json"),
        missed: "no such object: there is no Service `web` in the namespace `shop`",
        action: "list endpointslices",
        rules: SLICES_RULE,
        unknown: NO_DISCOVERY,
        hint: "",
        more: vec![service()],
    };
    let mut cells = row.cells();
    // Where the API server tells nothing, the connection's own trouble is the reason.
    for cell in &mut cells {
        let why = match cell.outcome {
            "forbidden" | "token refused" => "forbidden",
            "no access to the API" => "no access to the API",
            _ => continue,
        };
        let says = format!("{}; EndpointSlices not read: {why}", unknown("web.shop.svc"));
        let taken = std::mem::replace(cell, Cell::new("", ""));
        *cell = taken.name_server(&DnsServer::start(&[]), 5).times_out(says);
    }
    let missing = cells.iter().position(|cell| cell.outcome == "no such object").unwrap();
    let none = Server::api(&[
        (SLICES, &[data("endpointslices-no-service.json")]),
        (SERVICE, &[status(404, "error-404-object.json")]),
    ]);
    cells[missing] = Cell::new("no such object", row.item).with_api(none).times_out(row.missed);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let closed = Server::api(&[(SLICES, &[status(403, "error-403.json")])]);
    cells.push(
        Cell::new("falls back to TCP", format!("service/web:{port}"))
            .with_api(closed)
            .host("127.0.0.1 web.shop.svc")
            .keep(listener)
            .remarks(format!("(TCP connection to web.shop.svc:{port}; EndpointSlices not read: forbidden)")),
    );
    let server = Server::api(&[(SLICES, &[data("endpointslices-port-80-to-8080.json")]), (SERVICE, &[service().1])]);
    cells.push(
        Cell::new("no such port", "service/web:8080")
            .with_api(server)
            .times_out("no such port: the Service has no port 8080; its ports are 80 (`http`), 9000 (`admin`)"),
    );
    let external = json!({ "spec": { "type": "ExternalName", "externalName": "db.example.com" } }).to_string();
    let server =
        Server::api(&[(SLICES, &[data("endpointslices-no-service.json")]), (SERVICE, &[Answer::Text(200, external)])]);
    cells.push(Cell::new("is an ExternalName", "service/web:80").with_api(server).times_out(
        "not ready yet: it is an ExternalName, which never has endpoints; write `tcp://db.example.com:80` instead",
    ));
    cells
}

/// A Job.
pub(crate) fn job() -> Vec<Cell> {
    let path = "/apis/batch/v1/namespaces/shop/jobs/migrate";
    let mut cells = Row {
        item: "job/migrate",
        path,
        ready: data("job-complete.json"),
        unready: data("job-running.json"),
        why: "0 of 1 completions, 1 Pods active, 0 failed",
        missing: status(404, "error-404-object.json"),
        missed: "no such object: there is no Job `migrate` in the namespace `shop`",
        action: "list jobs",
        rules: r#"{apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "watch"]}"#,
        unknown: "the API server does not know batch/v1 (404); is the cluster older than that?",
        hint: "",
        more: Vec::new(),
    }
    .cells();
    let failed = Server::api(&[(path, &[data("job-failed.json")])]);
    cells.push(Cell::new("failed for good", "job/migrate").with_api(failed).fails(
        "the Job failed: BackoffLimitExceeded: Job has reached the specified backoff limit; look at its Pods' logs, delete it \
         and run it again",
    ));
    cells
}

/// A Deployment, StatefulSet or DaemonSet.
pub(crate) fn workload(word: &str, kind: &str) -> Vec<Cell> {
    let path = format!("/apis/apps/v1/namespaces/shop/{word}s/web");
    let file = format!("{word}-ready.json");
    let item = format!("{word}/web");
    let ready = with(&file, &[]);
    let (count, wanted) = match word {
        "daemonset" => ("/status/numberReady", "/status/desiredNumberScheduled"),
        _ => ("/status/readyReplicas", "/spec/replicas"),
    };
    let of: Value = serde_json::from_str(&text(&file)).unwrap();
    let mut cells = Row {
        item: &item,
        path: &path,
        ready: ready.clone(),
        unready: with(&file, &[(count, json!(0))]),
        why: &format!("0 of {} replicas are ready", of.pointer(wanted).unwrap()),
        missing: status(404, "error-404-object.json"),
        missed: &format!("no such object: there is no {kind} `web` in the namespace `shop`"),
        action: &format!("list {word}s"),
        rules: &format!(r#"{{apiGroups: ["apps"], resources: ["{word}s"], verbs: ["get", "list", "watch"]}}"#),
        unknown: "the API server does not know apps/v1 (404); is the cluster older than that?",
        hint: "",
        more: Vec::new(),
    }
    .cells();
    let server = Server::api(&[(&path, &[ready])]);
    cells.push(Cell::new("rolled out", format!("{item} replicas=all")).with_api(server));
    cells
}

/// Pods with a label.
pub(crate) fn pods() -> Vec<Cell> {
    Row {
        item: "pods/app=web",
        path: "/api/v1/namespaces/shop/pods",
        ready: data("pods-half-ready.json"),
        unready: with("pods-half-ready.json", &[("/items/0/status/conditions", json!([]))]),
        why: "0 of 2 Pods are ready",
        missing: data("pods-none.json"),
        missed: "not ready yet: no Pod has these labels in the namespace `shop`",
        action: "list pods",
        rules: r#"{apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]}"#,
        unknown: "the API server does not know v1 (404); is the cluster older than that?",
        hint: "",
        more: Vec::new(),
    }
    .cells()
}

/// A custom resource.
pub(crate) fn custom() -> Vec<Cell> {
    let path = "/apis/example.com/v1/namespaces/shop/databases/main";
    let item = "databases.v1.example.com/main";
    let unready = json!([{ "type": "Ready", "status": "False", "reason": "Down", "message": "the disk is full" }]);
    let mut cells = Row {
        item,
        path,
        ready: data("customresource-ready.json"),
        unready: with("customresource-ready.json", &[("/status/conditions", unready)]),
        why: "its condition `Ready` is False: Down: the disk is full",
        missing: status(404, "error-404-object.json"),
        missed: "no such object: there is no databases.example.com `main` in the namespace `shop`",
        action: "list databases",
        rules: r#"{apiGroups: ["example.com"], resources: ["databases"], verbs: ["get", "list", "watch"]}"#,
        unknown: "the API server does not know databases of example.com/v1 in namespaces (404); is the CRD installed, and does \
                  it serve this version?",
        hint: "",
        more: Vec::new(),
    }
    .cells();
    let server = Server::api(&[(path, &[data("customresource-ready.json")])]);
    let says = "not ready yet: its condition `Degraded` is False: No";
    cells.push(Cell::new("another condition", format!("{item} condition=Degraded")).with_api(server).times_out(says));
    cells
}
