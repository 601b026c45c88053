//! What many Pods that wait for one Service ask the API server.

use crate::figure::{Error, Figure};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use waitwarden_test_servers::{Answer, Server, TOKEN};

/// A run of the wait program, with the files of a Pod.
#[derive(Debug)]
pub(crate) struct Pod {
    /// It.
    pub(crate) child: Child,
    _folder: TempDir,
}

impl Pod {
    /// Starts it.
    pub(crate) fn start(program: &Path, server: &Server, targets: &[&str]) -> Result<Self, Error> {
        let folder = TempDir::new()?;
        for (name, text) in [("token", TOKEN), ("ca.crt", server.ca.as_str()), ("namespace", "bench")] {
            std::fs::write(folder.path().join(name), text)?;
        }
        let child = Command::new(program)
            .env_clear()
            .env("WAITWARDEN_SERVICE_ACCOUNT_DIR", folder.path())
            .env("KUBERNETES_SERVICE_HOST", server.address.ip().to_string())
            .env("KUBERNETES_SERVICE_PORT", server.address.port().to_string())
            .arg("--")
            .args(targets)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child, _folder: folder })
    }
}

/// Starts the Pods together and counts what they ask while they wait.
pub fn measure(program: &Path, pods: u32, minutes: u32) -> Result<Vec<Figure>, Error> {
    let none = r#"{"metadata":{"resourceVersion":"1"},"items":[]}"#.to_owned();
    let port = r#"{"metadata":{"name":"web"},"spec":{"ports":[{"name":"http","port":80}]}}"#.to_owned();
    let server = Server::api(&[
        ("/apis/discovery.k8s.io/v1/namespaces/bench/endpointslices", &[Answer::Text(200, none)]),
        ("/api/v1/namespaces/bench/services/web", &[Answer::Text(200, port)]),
    ]);
    let mut running = Vec::new();
    for _ in 0..pods {
        running.push(Pod::start(program, &server, &["service/web:80"])?);
    }
    std::thread::sleep(Duration::from_secs(60 * u64::from(minutes)));
    let requests = u32::try_from(server.requests().len())?;
    let connections = u32::try_from(server.connections())?;
    for pod in &mut running {
        pod.child.kill()?;
        pod.child.wait()?;
    }
    Ok(vec![
        Figure::new(
            format!("API requests of a Pod, {pods} Pods waiting {minutes} minutes for one Service"),
            f64::from(requests) / f64::from(pods),
            "requests",
        )
        .within(10.0),
        Figure::new("connections of a Pod, meanwhile", f64::from(connections) / f64::from(pods), "connections")
            .within(2.0),
    ])
}
