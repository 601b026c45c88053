//! The sidecar that follows dependencies while the application runs, and answers for them.

use super::{Container, Role, container, resources};
use crate::annotation::Declaration;
use crate::dependency::OnLoss;
use crate::duration::Duration;
use crate::fixed::fixed;
use crate::settings::Settings;
use serde_json::Value;

/// Plans the sidecar, where a dependency may be lost, and these nodes know sidecars.
pub(super) fn plan(template: &Value, declaration: &Declaration, settings: &Settings) -> Option<Container> {
    let mut dependencies = Vec::new();
    let mut restarts = false;
    for declared in &declaration.dependencies {
        let on_loss = declared.dependency.options.on_loss;
        if on_loss != OnLoss::Ignore && settings.kubernetes_minor >= least(on_loss) {
            let mut dependency = declared.dependency.clone();
            // That is of the wait.
            dependency.options.timeout = None;
            restarts |= on_loss == OnLoss::Restart;
            dependencies.push(dependency);
        }
    }
    if dependencies.is_empty() {
        return None;
    }
    let mut args = vec!["watch".to_owned()];
    if restarts && settings.wait.loss_grace != Duration::seconds(30) {
        args.push(format!("--grace={}", settings.wait.loss_grace));
    }
    let resources = resources::of_watch(template, settings);
    let mut container = container::build(template, Role::Watch, dependencies, args, resources, &settings.wait);
    container.set("restartPolicy", "Always".into());
    if restarts {
        // The code with which it ends when a dependency stays away (`EX_TEMPFAIL`).
        container.set(
            "restartPolicyRules",
            fixed(r#"[{"action":"RestartAllContainers","exitCodes":{"operator":"In","values":[75]}}]"#),
        );
    }
    // It decides slowly by itself what is lost; an answer that is late once says nothing.
    container.set(
        "readinessProbe",
        fixed(
            r#"{"exec":{"command":["/waitwarden-wait","check"]},"periodSeconds":5,"timeoutSeconds":5,"failureThreshold":2}"#,
        ),
    );
    let state = fixed(r#"{"name":"waitwarden-watch","mountPath":"/run/waitwarden"}"#);
    match container.value.get_mut("volumeMounts").and_then(Value::as_array_mut) {
        Some(mounts) => mounts.push(state),
        None => container.set("volumeMounts", Value::from([state].as_slice())),
    }
    container.volumes.push(fixed(r#"{"name":"waitwarden-watch","emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}}"#));
    Some(container)
}

/// The minor of Kubernetes that it needs.
pub(crate) const fn least(on_loss: OnLoss) -> u16 {
    match on_loss {
        OnLoss::Ignore => 0,
        OnLoss::Unready => crate::settings::SIDECARS,
        OnLoss::Restart => crate::settings::RESTART_ALL,
    }
}
