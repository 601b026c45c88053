//! What comes after the start, run for real: the containers of a Pod that the command line rendered, out of the image, as
//! the kubelet runs them. The dependency is there, is lost, and comes back.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use waitwarden_tests::pod::Sandbox;
use waitwarden_tests::{binary, yaml};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The Pod with a dependency on this port, as `waitwarden render` writes it.
fn pod(port: u16, on_loss: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let manifest = write(
        "pod.yaml",
        &format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations:\n    \
             waitwarden.io/depends-on: tcp://127.0.0.1:{port} on-loss={on_loss}\nspec:\n  containers:\n    \
             - {{name: web, image: \"web:1\", readinessProbe: {{tcpSocket: {{port: 80}}}}}}\n"
        ),
    );
    let settings = write(
        "settings.yaml",
        "kubernetesVersion: \"1.36\"\nallow: {onLoss: [unready, restart]}\nwait: {interval: 500ms, lossGrace: 1s}\n",
    );
    let output = Command::new(binary("waitwarden"))
        .args(["render", "--isolated", "--settings"])
        .args([&settings, &manifest])
        .output()
        .expect("waitwarden runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    yaml(&String::from_utf8(output.stdout).expect("UTF-8"))
}

/// One of our containers, with a volume in memory where it mounts one.
fn sandbox() -> Sandbox {
    let nothing = Sandbox::new("/var/run/secrets/none", &[]).expect("the static program: run `make wait`");
    nothing.empty_dir("/run/waitwarden").expect("a folder")
}

fn spawn(sandbox: &Sandbox, container: &Value) -> Child {
    sandbox.command(container, &[]).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// What the readiness probe says: its exit code and its words.
fn check(sandbox: &Sandbox, sidecar: &Value) -> (Option<i32>, String) {
    let output = sandbox.probe(&sidecar["readinessProbe"]).stdin(Stdio::null()).output().expect("the probe runs");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// Probes until the answer has this code.
fn until(sandbox: &Sandbox, sidecar: &Value, code: i32) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        let (found, words) = check(sandbox, sidecar);
        if found == Some(code) {
            return words;
        }
        assert!(Instant::now() < end, "the probe says {found:?}: {words}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// How a container ended.
fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

fn listen(port: u16) -> TcpListener {
    let end = Instant::now() + PATIENCE;
    loop {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(listener) => return listener,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_lost_dependency_makes_the_pod_unready_until_it_is_back() {
    let listener = listen(0);
    let port = listener.local_addr().expect("an address").port();
    let pod = pod(port, "unready");
    let (wait, sidecar) = (&pod["spec"]["initContainers"][0], &pod["spec"]["initContainers"][1]);
    let (code, log) = ended(spawn(&sandbox(), wait));
    assert_eq!(code, Some(0), "{log}");

    let sandbox = sandbox();
    let child = spawn(&sandbox, sidecar);
    assert_eq!(check(&sandbox, sidecar).0, Some(0), "nothing is known to be lost");
    drop(listener);
    let words = until(&sandbox, sidecar, 1);
    assert!(words.contains(&format!("tcp://127.0.0.1:{port}")), "{words}");
    let _listener = listen(port);
    until(&sandbox, sidecar, 0);
    let pid = i32::try_from(child.id()).expect("a process");
    Command::new("kill").args(["-TERM", &pid.to_string()]).status().expect("kill runs");
    // bubblewrap stands between; what the program says itself is in the tests of the wait program.
    drop(child.wait_with_output());
}

#[test]
fn a_dependency_that_stays_away_ends_the_sidecar_with_the_code_of_its_rule() {
    let listener = listen(0);
    let port = listener.local_addr().expect("an address").port();
    let pod = pod(port, "restart");
    let (wait, sidecar) = (&pod["spec"]["initContainers"][0], &pod["spec"]["initContainers"][1]);
    let sandbox = sandbox();
    let child = spawn(&sandbox, sidecar);
    assert_eq!(check(&sandbox, sidecar).0, Some(0), "nothing is known to be lost");
    drop(listener);
    let (code, log) = ended(child);
    assert_eq!(
        sidecar["restartPolicyRules"],
        json!([{ "action": "RestartAllContainers", "exitCodes": { "operator": "In", "values": [code] } }]),
        "{log}"
    );
    // Now the kubelet starts everything again: the wait waits again, in the same Pod.
    let again = spawn(&sandbox, wait);
    let _listener = listen(port);
    let (code, log) = ended(again);
    assert_eq!(code, Some(0), "{log}");
}
