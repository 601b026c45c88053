//! The image of the wait program is pushed whole, read back by another program, and asked about as policies ask.

use crate::image::layout;
use crate::place::{Outcome, Place};
use crate::skopeo;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use waitwarden_registry::{Configured, Digest, Problem};

fn blob(layout: &Path, digest: &Value) -> Outcome<Vec<u8>> {
    let hex = digest.as_str().and_then(|text| text.strip_prefix("sha256:")).ok_or("no digest")?;
    Ok(fs::read(layout.join("blobs/sha256").join(hex))?)
}

fn document(layout: &Path, digest: &Value) -> Outcome<Value> {
    Ok(serde_json::from_slice(&blob(layout, digest)?)?)
}

fn names(folder: &Path) -> Outcome<BTreeSet<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

#[test]
fn an_image_is_pushed_with_everything_that_belongs_to_it() -> Outcome {
    let place = Place::new()?;
    let layout = layout(place.folder.path())?;
    let top: Value = serde_json::from_slice(&fs::read(layout.join("index.json"))?)?;
    let (image, bill) = (&top["manifests"][0], &top["manifests"][1]);
    let reference = place.reference("wait:1.2.3")?;
    let pushed = place.registries.push_layout(&reference, &layout)?;
    assert_eq!(json!(pushed.digest), image["digest"], "the digest is that of the layout");
    assert_eq!(pushed.reference, reference.pinned(&pushed.digest));
    // The index, both platforms and the bill, byte for byte.
    let at = place.registry.repository("wait");
    assert_eq!(skopeo::raw(&format!("{at}:1.2.3"))?, blob(&layout, &image["digest"])?);
    let index = document(&layout, &image["digest"])?;
    let platforms = index["manifests"].as_array().ok_or("no list")?;
    assert_eq!(platforms.len(), 2);
    for part in platforms.iter().chain([bill]) {
        let name = part["digest"].as_str().ok_or("no digest")?;
        assert_eq!(skopeo::raw(&format!("{at}@{name}"))?, blob(&layout, &part["digest"])?);
    }
    // Everything, blobs too, comes back with the digests that it went with.
    let back = place.folder.path().join("back");
    let target = format!("oci:{}:1.2.3", back.display());
    skopeo::skopeo(&[
        "--insecure-policy",
        "copy",
        "--quiet",
        "--all",
        "--src-tls-verify=false",
        &format!("{at}:1.2.3"),
        &target,
    ])?;
    let manifest = document(&layout, &bill["digest"])?;
    let only_here: BTreeSet<String> =
        [&bill["digest"], &manifest["config"]["digest"], &manifest["layers"][0]["digest"]]
            .into_iter()
            .map(|digest| digest.as_str().unwrap_or_default().replace("sha256:", ""))
            .collect();
    let sent: BTreeSet<String> = names(&layout.join("blobs/sha256"))?.difference(&only_here).cloned().collect();
    assert_eq!(names(&back.join("blobs/sha256"))?, sent);
    // The bill is found by those who ask about the image: this registry does not list referrers by itself.
    let list = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": bill["digest"],
            "size": bill["size"],
            "artifactType": "application/vnd.cyclonedx+json",
            "annotations": { "org.opencontainers.image.created": "1970-01-01T00:00:00Z" },
        }],
    });
    assert_eq!(skopeo::inspect(&format!("{at}:sha256-{}", pushed.digest.hex()))?, list);
    // Two layers, two configurations, and of the bill both.
    assert_eq!(pushed.sent.len(), 6, "{:?}", pushed.sent);
    let again = place.registries.push_layout(&reference, &layout)?;
    assert_eq!((again.digest, again.sent), (pushed.digest, vec![]), "nothing is sent twice");
    Ok(())
}

#[test]
fn policies_may_ask_about_it() -> Outcome {
    let place = Place::new()?;
    let layout = layout(place.folder.path())?;
    let pushed = place.registries.push_layout(&place.reference("wait:1.2.3")?, &layout)?;
    let image = format!("{}/wait:1.2.3", place.registry.address());
    assert_eq!(place.registries.manifest_digest(&image), Ok(pushed.digest.to_string()));
    let index = document(&layout, &json!(pushed.digest))?;
    assert_eq!(place.registries.manifest(&image), Ok(index.clone()));
    let here = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let entries = index["manifests"].as_array().ok_or("no list")?;
    let entry = entries.iter().find(|entry| entry["platform"]["architecture"] == here).ok_or("not this machine")?;
    let manifest = document(&layout, &entry["digest"])?;
    let config = document(&layout, &manifest["config"]["digest"])?;
    let digest = entry["digest"].as_str().ok_or("no digest")?.to_owned();
    let expected = Configured { manifest: manifest.clone(), digest: digest.clone(), config };
    assert_eq!(place.registries.manifest_and_config(&image), Ok(expected.clone()));
    let pin = format!("{}/wait@{digest}", place.registry.address());
    assert_eq!(place.registries.manifest_and_config(&pin), Ok(expected));
    // An image is no policy.
    let problem = |reference| {
        let result = place.registries.pull_policy(&reference, &place.cache, false);
        result.expect_err("it is no policy").problem
    };
    assert_eq!(problem(image.parse()?), Problem::Index { manifests: 2 });
    let found = "`application/vnd.oci.image.layer.v1.tar+gzip`".to_owned();
    assert_eq!(problem(pin.parse()?), Problem::NotAPolicy { found });
    // What is not there, and what is no name.
    let error = place.registries.manifest_digest("A B").expect_err("no name");
    assert_eq!(
        (error.reference.as_str(), error.problem),
        ("A B", Problem::Reference("invalid reference format".to_owned()))
    );
    let missing = image.replace("/wait:", "/none:");
    for error in [
        place.registries.manifest_digest(&missing).expect_err("missing"),
        place.registries.manifest(&missing).expect_err("missing"),
        place.registries.manifest_and_config(&missing).expect_err("missing"),
    ] {
        assert_eq!(error.reference, missing);
        assert_eq!(error.problem, Problem::NotFound { what: "the manifest".to_owned() });
    }
    Ok(())
}

#[test]
fn an_image_for_one_platform_needs_no_index() -> Outcome {
    let place = Place::new()?;
    let layout = layout(place.folder.path())?;
    let file = layout.join("index.json");
    let top: Value = serde_json::from_slice(&fs::read(&file)?)?;
    let index = document(&layout, &top["manifests"][0]["digest"])?;
    let manifest = &index["manifests"][1];
    fs::write(&file, json!({ "schemaVersion": 2, "manifests": [manifest] }).to_string())?;
    let pushed = place.registries.push_layout(&place.reference("wait:arm64")?, &layout)?;
    assert_eq!(json!(pushed.digest), manifest["digest"]);
    let seen = skopeo::raw(&format!("{}:arm64", place.registry.repository("wait")))?;
    assert_eq!(seen, blob(&layout, &manifest["digest"])?);
    Ok(())
}

#[test]
fn whatever_refers_to_the_image_goes_with_it() -> Outcome {
    let place = Place::new()?;
    let layout = layout(place.folder.path())?;
    let file = layout.join("index.json");
    let mut top: Value = serde_json::from_slice(&fs::read(&file)?)?;
    let put = |kind: &str, bytes: &[u8]| -> Outcome<Value> {
        let digest = Digest::of(bytes);
        fs::write(layout.join("blobs/sha256").join(digest.hex()), bytes)?;
        Ok(json!({ "mediaType": kind, "digest": digest, "size": bytes.len() }))
    };
    // A signature of old: it has no type but that of its configuration.
    let signature = json!({
        "schemaVersion": 2,
        "config": put("application/vnd.example.config+json", b"{\"a\": 1}")?,
        "layers": [put("application/vnd.example", b"signed")?],
        "subject": top["manifests"][0],
    });
    let entry = put("application/vnd.oci.image.manifest.v1+json", signature.to_string().as_bytes())?;
    top["manifests"].as_array_mut().ok_or("no list")?.push(entry.clone());
    fs::write(&file, top.to_string())?;
    let pushed = place.registries.push_layout(&place.reference("wait:1")?, &layout)?;
    let at = place.registry.repository("wait");
    let list = skopeo::inspect(&format!("{at}:sha256-{}", pushed.digest.hex()))?;
    let mut expected = entry.clone();
    expected["artifactType"] = json!("application/vnd.example.config+json");
    assert_eq!(list["manifests"].as_array().map(Vec::len), Some(2), "{list}");
    assert_eq!(list["manifests"][1], expected);
    assert_eq!(
        skopeo::raw(&format!("{at}@{}", entry["digest"].as_str().unwrap_or_default()))?,
        signature.to_string().into_bytes()
    );
    Ok(())
}

#[test]
fn a_layout_that_is_damaged_is_not_pushed() -> Outcome {
    let place = Place::new()?;
    let layout = layout(place.folder.path())?;
    let top: Value = serde_json::from_slice(&fs::read(layout.join("index.json"))?)?;
    let index = document(&layout, &top["manifests"][0]["digest"])?;
    let manifest = document(&layout, &index["manifests"][0]["digest"])?;
    let name = manifest["layers"][0]["digest"].as_str().ok_or("no digest")?.to_owned();
    let path = layout.join("blobs/sha256").join(name.trim_start_matches("sha256:"));
    let whole = fs::read(&path)?;
    let mut altered = whole.clone();
    altered[0] ^= 1;
    let reference = place.reference("wait:1")?;
    let push = || place.registries.push_layout(&reference, &layout).expect_err("it is damaged").problem;
    let wrong = |path: &Path, reason: String| Problem::Layout { path: path.to_owned(), reason };
    fs::write(&path, &altered)?;
    assert_eq!(push(), wrong(&path, format!("its digest is {}", Digest::of(&altered))));
    fs::write(&path, &whole[1..])?;
    assert_eq!(push(), wrong(&path, format!("it has {} bytes where {} are named", whole.len() - 1, whole.len())));
    fs::remove_file(&path)?;
    assert_eq!(push(), wrong(&path, "No such file or directory (os error 2)".to_owned()));
    fs::write(&path, &whole)?;
    // Two images, or none, are not one.
    let file = layout.join("index.json");
    for (manifests, count) in [(json!([]), 0), (json!([top["manifests"][0], index["manifests"][0]]), 2)] {
        fs::write(&file, json!({ "schemaVersion": 2, "manifests": manifests }).to_string())?;
        assert_eq!(push(), wrong(&file, format!("it names {count} images")));
    }
    fs::write(layout.join("oci-layout"), "{}")?;
    assert_eq!(push(), wrong(&layout.join("oci-layout"), "its `imageLayoutVersion` is not 1.0.0".to_owned()));
    assert!(!place.registry.blob(&name).exists(), "nothing was sent");
    Ok(())
}
