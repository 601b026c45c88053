//! `push` and `pull`: policies and images, to a registry and from it.

use super::{Stop, Terminal};
use crate::args::{Pull, Push, PushTo, Pushing};
use crate::exit::Exit;
use crate::fetch::Fetch;
use crate::output::Output;
use std::collections::BTreeMap;
use std::path::Path;
use waitwarden_registry::{Pushed, Reference};

pub(super) fn push(command: &Push, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let (Pushing::Policy { to, .. } | Pushing::Image { to, .. }) = &command.what;
    let PushTo { reference, insecure_registry } = to;
    let reference: Reference =
        reference.parse().map_err(|error: waitwarden_registry::Error| Stop::usage(error.to_string()))?;
    let registries = Fetch { insecure: insecure_registry.clone(), offline: false }.registries();
    let pushed = match &command.what {
        Pushing::Image { layout, .. } => registries.push_layout(&reference, layout),
        Pushing::Policy { module, .. } => {
            let (wasm, annotations) = read(module)?;
            registries.push_policy(&reference, &wasm, &annotations)
        }
    };
    let Pushed { reference, sent, left_out, .. } =
        pushed.map_err(|error| Stop { exit: Exit::NotEvaluated, message: error.to_string() })?;
    let blobs = match sent.len() {
        0 => "everything was there already".to_owned(),
        1 => "1 blob was sent".to_owned(),
        count => format!("{count} blobs were sent"),
    };
    terminal.note(&blobs);
    if !left_out.is_empty() {
        terminal.note(&format!("of several lines, and so not among the annotations there: {}", left_out.join(", ")));
    }
    // The digest, for whoever pins it or signs it.
    let _ = terminal.print(&format!("{reference}\n"));
    Ok(Exit::Clean)
}

/// A module, which must have metadata: policy-server loads no other. And its annotations.
fn read(module: &Path) -> Result<(Vec<u8>, BTreeMap<String, String>), Stop> {
    let stop = |message: String| Stop::usage(format!("{}: {message}", module.display()));
    let wasm = std::fs::read(module).map_err(|error| stop(error.to_string()))?;
    let metadata = waitwarden_module::metadata(&wasm).map_err(|error| stop(error.to_string()))?;
    let Some(metadata) = metadata else {
        return Err(stop(
            "it has no Kubewarden metadata, and policy-server would not load it; push an annotated module, such as \
             annotated-policy.wasm"
                .to_owned(),
        ));
    };
    let all = metadata.get("annotations").and_then(serde_json::Value::as_object);
    let annotations =
        all.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    Ok((wasm, annotations.collect()))
}

pub(super) fn pull(command: &Pull, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let stop = |message: String| Stop { exit: Exit::NotEvaluated, message };
    let fetched = Fetch::from(&command.fetching).policy(&command.reference).map_err(stop)?;
    for note in &fetched.notes {
        terminal.note(note);
    }
    if let Some(path) = &command.output {
        let written = Output::create(path).and_then(|mut file| file.write(&fetched.wasm).and_then(|()| file.finish()));
        written.map_err(|error| stop(format!("{}: {error}", path.display())))?;
    }
    let bytes = fetched.wasm.len();
    let _ = terminal.print(&format!("{}: {bytes} bytes\n", command.reference));
    Ok(Exit::Clean)
}
