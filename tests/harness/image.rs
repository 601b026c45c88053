//! The image of the wait program, laid out and unpacked: what the containers of the tests run.

use crate::{binary, root};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, io};
use waitwarden_image::{Bom, Content, Image, Platform, Program};

/// The static program, as it stands in the image.
pub fn program() -> PathBuf {
    let built = "target/x86_64-unknown-linux-musl/release-wait/waitwarden-wait";
    env::var_os("WAITWARDEN_WAIT").map_or_else(|| root().join(built), PathBuf::from)
}

/// An image on the disk.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// The OCI layout.
    pub layout: PathBuf,
    /// What a runtime makes of it: the root of a container.
    pub root: PathBuf,
}

/// The image with the program that the tests run, made once by each process that asks for it.
///
/// # Errors
/// Where the program was not built, or the image cannot be made of it.
pub fn unpacked() -> io::Result<&'static Unpacked> {
    static IMAGE: LazyLock<Result<Unpacked, String>> = LazyLock::new(|| make().map_err(|error| error.to_string()));
    IMAGE.as_ref().map_err(|error| io::Error::other(error.clone()))
}

fn make() -> Result<Unpacked, Box<dyn Error>> {
    let path = program();
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}; run `make wait`", path.display()))?;
    let programs = [Program::new(Platform::Amd64, bytes)?];
    let bom = Bom::of(&root(), Content::Wait, &[Platform::Amd64])?;
    let version = env!("CARGO_PKG_VERSION");
    let layout =
        Image { content: Content::Wait, version, created: jiff::Timestamp::UNIX_EPOCH, programs: &programs, bom: &bom }
            .layout()?;
    let index: Value = serde_json::from_slice(layout.files()?.get(Path::new("index.json")).ok_or("no index.json")?)?;
    let digest = index
        .pointer("/manifests/0/digest")
        .and_then(Value::as_str)
        .and_then(|text| text.get(7..23))
        .ok_or("no digest")?;
    // Beside the tests' binaries, under the digest of the image: the next process finds it there.
    let folder = binary("waitwarden").parent().and_then(Path::parent).ok_or("no target folder")?.join("tmp");
    let place = folder.join(format!("wait-{digest}"));
    let image = Unpacked { layout: place.join("layout"), root: place.join("root") };
    if !place.exists() {
        fs::create_dir_all(&folder)?;
        let draft = tempfile::tempdir_in(&folder)?;
        layout.write(&draft.path().join("layout"))?;
        unpack(&draft.path().join("layout"), "amd64", &draft.path().join("root"))?;
        let renamed = fs::rename(draft.path(), &place);
        // Another process may have been faster.
        if renamed.is_err() && !place.exists() {
            renamed?;
        }
    }
    Ok(image)
}

/// Reads a blob of a layout.
///
/// # Errors
/// Where it is missing.
pub fn blob(layout: &Path, descriptor: &Value) -> io::Result<Vec<u8>> {
    let digest = descriptor.get("digest").and_then(Value::as_str).unwrap_or_default();
    fs::read(layout.join("blobs").join(digest.replace(':', "/")))
}

/// Reads a blob that is JSON.
///
/// # Errors
/// Where it is missing, or no JSON.
pub fn document(layout: &Path, descriptor: &Value) -> io::Result<Value> {
    Ok(serde_json::from_slice(&blob(layout, descriptor)?)?)
}

/// Unpacks the layers for an architecture into a new folder.
fn unpack(layout: &Path, architecture: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let entry: Value = serde_json::from_slice(&fs::read(layout.join("index.json"))?)?;
    let index = document(layout, entry.pointer("/manifests/0").ok_or("no index")?)?;
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted =
        |manifest: &Value| manifest.pointer("/platform/architecture").and_then(Value::as_str) == Some(architecture);
    let manifest = list(&index, "manifests").into_iter().find(wanted).ok_or("no such architecture")?;
    let manifest = document(layout, &manifest)?;
    fs::create_dir_all(folder)?;
    for layer in list(&manifest, "layers") {
        let mut archive = tar::Archive::new(GzDecoder::new(io::Cursor::new(blob(layout, &layer)?)));
        archive.set_preserve_permissions(true);
        archive.unpack(folder)?;
    }
    Ok(())
}
