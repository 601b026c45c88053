//! The wait program: its size, its start, its memory.

use crate::figure::{Error, Figure, median};
use crate::load::Pod;
use std::path::Path;
use std::time::{Duration, Instant};
use waitwarden_test_servers::{Answer, Server};

/// Starts that are timed.
const RUNS: usize = 50;
/// Long enough for ten watches to be open.
const SETTLED: Duration = Duration::from_secs(2);

/// Measures it.
pub fn measure(program: &Path) -> Result<Vec<Figure>, Error> {
    let mebibytes = |bytes: u64| Duration::from_micros(bytes).as_secs_f64() * 1e6 / f64::from(1 << 20);
    let size = std::fs::metadata(program)?.len();
    let complete = r#"{"metadata":{"name":"migrate"},"status":{"conditions":[{"type":"Complete","status":"True"}]}}"#;
    let server =
        Server::api(&[("/apis/batch/v1/namespaces/bench/jobs/migrate", &[Answer::Text(200, complete.to_owned())])]);
    let mut starts = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let mut pod = Pod::start(program, &server, &["job/migrate"])?;
        let status = pod.child.wait()?;
        starts.push(start.elapsed().as_secs_f64() * 1e3);
        if !status.success() {
            return Err(format!("the wait program ended with {status}").into());
        }
    }
    Ok(vec![
        Figure::new("size of the wait program", mebibytes(size), "MiB").within(6.0),
        Figure::new(
            format!("start to end of a wait for a complete Job, TLS included (median of {RUNS})"),
            median(starts),
            "ms",
        )
        .within(20.0),
        Figure::new("memory with ten targets", mebibytes(peak(program)?), "MiB").within(12.0),
    ])
}

/// The most memory that a wait for ten targets needs, in bytes: services, a Job, workloads, Pods and names.
fn peak(program: &Path) -> Result<u64, Error> {
    let none = Answer::Text(200, r#"{"metadata":{"resourceVersion":"1"},"items":[]}"#.to_owned());
    let server = Server::api(&[
        ("/apis/discovery.k8s.io/v1/namespaces/bench/endpointslices", std::slice::from_ref(&none)),
        ("/api/v1/namespaces/bench/pods", std::slice::from_ref(&none)),
    ]);
    let missing = Answer::Text(404, r#"{"details":{"name":"x"}}"#.to_owned());
    for path in ["apis/batch/v1/namespaces/bench/jobs/a", "apis/apps/v1/namespaces/bench/deployments/a"] {
        server.answer(&format!("/{path}"), std::slice::from_ref(&missing));
    }
    let targets = [
        "service/a:http",
        "service/b:http",
        "service/c",
        "job/a",
        "deployment/a",
        "pods/app=a",
        "tcp://127.0.0.1:1",
        "https://127.0.0.1:1/",
        "grpc://127.0.0.1:1",
        "dns://a.example.com",
    ];
    let mut pod = Pod::start(program, &server, &targets)?;
    std::thread::sleep(SETTLED);
    let status = std::fs::read_to_string(format!("/proc/{}/status", pod.child.id()))?;
    pod.child.kill()?;
    pod.child.wait()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: u64 = peak.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?.parse()?;
    Ok(kibibytes << 10)
}
