//! What the image says of itself, and how its parts hang together.
//!
//! ```text
//! index.json ─┬ index (the version) ─┬ manifest (amd64) ─ config, layer
//!             │    ▲                 └ manifest (arm64) ─ config, layer
//!             └ bill of materials: its `subject` is that index
//! ```

use crate::layer::Layer;
use crate::layout::digest;
use crate::{Bom, Content, Layout, LayoutError, Program};
use oci_spec::image::{
    self as oci, ConfigBuilder, Descriptor, HistoryBuilder, ImageConfigurationBuilder, ImageIndexBuilder,
    ImageManifestBuilder, MediaType, Os, PlatformBuilder, RootFsBuilder,
};
use serde_json::json;
use std::collections::HashMap;

/// User and group. Numbers, so that `runAsNonRoot` can be checked, and nobody's on any distribution.
pub const USER: &str = "65532:65532";

/// The media type of a bill of materials, in the registry of IANA.
const BOM: &str = "application/vnd.cyclonedx+json";

/// What goes into an image.
#[derive(Clone, Debug)]
pub struct Image<'a> {
    /// What it is for.
    pub content: Content,
    /// The release.
    pub version: &'a str,
    /// When it was made, as far as anybody is told.
    pub created: jiff::Timestamp,
    /// One for each platform.
    pub programs: &'a [Program],
    /// What the programs are made of.
    pub bom: &'a Bom,
}

impl Image<'_> {
    /// Lays it out.
    ///
    /// # Errors
    /// Where the version or the time cannot stand in an image.
    pub fn layout(&self) -> Result<Layout, LayoutError> {
        let mut layout = Layout::default();
        let mut programs: Vec<&Program> = self.programs.iter().collect();
        programs.sort_by_key(|program| program.platform());
        let manifests =
            programs.into_iter().map(|program| self.manifest(&mut layout, program)).collect::<Result<Vec<_>, _>>()?;
        let index = ImageIndexBuilder::default()
            .schema_version(2_u32)
            .media_type(MediaType::ImageIndex)
            .manifests(manifests)
            .annotations(self.labels())
            .build()?;
        let mut index = layout.document(MediaType::ImageIndex, &index)?;
        let bom = self.bom_manifest(&mut layout, index.clone())?;
        index.set_annotations(Some(once(oci::ANNOTATION_REF_NAME, self.version)));
        layout.entry(index);
        layout.entry(bom);
        Ok(layout)
    }

    /// Labels of the configuration, annotations of manifest and index: the same words.
    fn labels(&self) -> HashMap<String, String> {
        [
            (oci::ANNOTATION_TITLE, self.content.name().to_owned()),
            (oci::ANNOTATION_DESCRIPTION, self.content.description().to_owned()),
            (oci::ANNOTATION_VERSION, self.version.to_owned()),
            (oci::ANNOTATION_CREATED, self.created.to_string()),
            (oci::ANNOTATION_SOURCE, env!("CARGO_PKG_REPOSITORY").to_owned()),
            (oci::ANNOTATION_DOCUMENTATION, concat!(env!("CARGO_PKG_REPOSITORY"), "#readme").to_owned()),
            (oci::ANNOTATION_LICENSES, env!("CARGO_PKG_LICENSE").to_owned()),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
    }

    /// The image of one platform.
    fn manifest(&self, layout: &mut Layout, program: &Program) -> Result<Descriptor, LayoutError> {
        let modified = u64::try_from(self.created.as_second()).unwrap_or_default();
        let layer = Layer::of(program, self.content.name(), modified).map_err(LayoutError::Layer)?;
        let config = ConfigBuilder::default()
            .user(USER)
            .entrypoint([self.content.path()])
            .working_dir("/")
            .labels(self.labels())
            .build()?;
        let root = RootFsBuilder::default().typ("layers").diff_ids([digest(&layer.tar)]).build()?;
        let history = HistoryBuilder::default().created(self.created.to_string()).created_by("make image").build()?;
        let configuration = ImageConfigurationBuilder::default()
            .created(self.created.to_string())
            .architecture(program.platform().arch())
            .os(Os::Linux)
            .config(config)
            .rootfs(root)
            .history([history])
            .build()?;
        let manifest = ImageManifestBuilder::default()
            .schema_version(2_u32)
            .media_type(MediaType::ImageManifest)
            .config(layout.document(MediaType::ImageConfig, &configuration)?)
            .layers([layout.blob(MediaType::ImageLayerGzip, layer.gzip)?])
            .annotations(self.labels())
            .build()?;
        let mut descriptor = layout.document(MediaType::ImageManifest, &manifest)?;
        let platform = PlatformBuilder::default().architecture(program.platform().arch()).os(Os::Linux).build()?;
        descriptor.set_platform(Some(platform));
        Ok(descriptor)
    }

    /// The bill of materials, as an artifact that refers to the image.
    /// Source: image-spec 1.1, `manifest.md`, "Guidelines for Artifact Usage".
    fn bom_manifest(&self, layout: &mut Layout, subject: Descriptor) -> Result<Descriptor, LayoutError> {
        let kind = MediaType::Other(BOM.to_owned());
        let manifest = ImageManifestBuilder::default()
            .schema_version(2_u32)
            .media_type(MediaType::ImageManifest)
            .artifact_type(kind.clone())
            .config(layout.document(MediaType::EmptyJSON, &json!({}))?)
            .layers([layout.blob(kind.clone(), self.bom.json().to_vec())?])
            .subject(subject)
            .annotations(once(oci::ANNOTATION_CREATED, &self.created.to_string()))
            .build()?;
        let mut descriptor = layout.document(MediaType::ImageManifest, &manifest)?;
        descriptor.set_artifact_type(Some(kind));
        Ok(descriptor)
    }
}

fn once(key: &str, value: &str) -> HashMap<String, String> {
    HashMap::from([(key.to_owned(), value.to_owned())])
}
