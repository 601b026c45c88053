//! From a host, a policy and the sources of the page to one folder of static files.
//!
//! Names carry a hash of the contents, except that of `index.html`, so that everything else may be kept for ever. What
//! bundles JavaScript is esbuild, pinned by `package-lock.json`; `npm ci` puts it there.

use crate::examples::examples;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// What the page may be, as it is transferred.
pub const BUDGET_BYTES: usize = 3 << 19;

/// A file of the page, its bytes, and its bytes with gzip.
pub type Size = (String, usize, usize);

/// Writes the page into a folder, which becomes new. `host` is the crate `waitwarden-playground` as WebAssembly.
///
/// # Errors
/// What is missing, and what to do about it.
pub fn assemble(host: &Path, policy: &Path, folder: &Path) -> Result<Vec<Size>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().map_err(|error| error.to_string())?;
    let page = root.join("playground/page");
    let esbuild = page.join("node_modules/.bin/esbuild");
    if !esbuild.exists() {
        return Err("the page's parts are missing: run `npm ci --prefix playground/page`".to_owned());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| named(folder, &error))?;
    }
    fs::create_dir_all(folder).map_err(|error| named(folder, &error))?;
    let folder = &folder.canonicalize().map_err(|error| named(folder, &error))?;
    let generated = host.with_file_name("playground");
    bind(host, &generated)?;
    // Aliases of esbuild are read from where it runs, unless they are whole.
    let generated = generated.canonicalize().map_err(|error| named(&generated, &error))?;
    let list = examples(&root)?;
    write(&generated.join("examples.json"), serde_json::Value::Array(list).to_string().as_bytes())?;

    let host = put(folder, "host", "wasm", &read(&generated.join("host_bg.wasm"))?)?;
    let policy = put(folder, "policy", "wasm", &read(policy)?)?;
    let icon = put(folder, "icon", "svg", &read(&page.join("icon.svg"))?)?;
    let schema = root.join("host/schema/settings.schema.json");
    let bundle = Bundle { esbuild, page: page.clone(), folder: folder.clone(), generated, schema };
    let worker = bundle.make("worker", "js", &[])?;
    let script = bundle.make("main", "js", &[("HOST", &host), ("POLICY", &policy), ("WORKER", &worker)])?;
    let style = bundle.make("page", "css", &[])?;
    let mut index = fs::read_to_string(page.join("index.html")).map_err(|error| error.to_string())?;
    for (slot, name) in [
        ("icon.svg", &icon),
        ("page.css", &style),
        ("page.js", &script),
        ("host.wasm", &host),
        ("policy.wasm", &policy),
    ] {
        index = index.replace(&format!("{{{{{slot}}}}}"), name);
    }
    write(&folder.join("index.html"), index.as_bytes())?;
    sizes(folder)
}

/// The glue between JavaScript and the host, and the host without what only the glue's maker needs.
fn bind(host: &Path, generated: &Path) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(host)
        .out_name("host")
        .web(true)
        .map_err(|error| format!("{error:#}"))?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(generated).map_err(|error| format!("{error:#}"))
}

struct Bundle {
    esbuild: PathBuf,
    page: PathBuf,
    folder: PathBuf,
    generated: PathBuf,
    /// Of the settings.
    schema: PathBuf,
}

impl Bundle {
    /// Bundles a source and all that it imports, with names of files put in for words; the file's name.
    fn make(&self, name: &str, extension: &str, words: &[(&str, &str)]) -> Result<String, String> {
        let before = names(&self.folder)?;
        let mut command = Command::new(&self.esbuild);
        command
            .arg(self.page.join(format!("src/{name}.{extension}")))
            .args([
                "--bundle",
                "--minify",
                "--format=esm",
                "--target=es2022",
                "--charset=utf8",
                "--legal-comments=none",
            ])
            .args(["--log-level=warning", "--entry-names=[name]-[hash]"])
            .arg(format!("--alias:playground-host={}", self.generated.join("host.js").display()))
            .arg(format!("--alias:playground-examples={}", self.generated.join("examples.json").display()))
            .arg(format!("--alias:playground-schema={}", self.schema.display()))
            .arg(format!("--outdir={}", self.folder.display()))
            .args(words.iter().map(|(word, file)| format!("--define:{word}=\"{file}\"")));
        run(&mut command, "apt-get install nodejs npm")?;
        let made = names(&self.folder)?.into_iter().find(|file| !before.contains(file));
        made.ok_or_else(|| format!("esbuild wrote no {name}.{extension}"))
    }
}

/// Runs a program; `package` says how one gets it.
fn run(command: &mut Command, package: &str) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.status().map_err(|error| format!("{program}: {error}; install it as root: {package}"))?;
    if done.success() { Ok(()) } else { Err(format!("{program} failed: {done}")) }
}

/// Writes a file whose name says what is in it; the name.
fn put(folder: &Path, name: &str, extension: &str, bytes: &[u8]) -> Result<String, String> {
    let hash = Sha256::digest(bytes);
    let hash = hash.iter().take(4).fold(String::new(), |text, byte| format!("{text}{byte:02X}"));
    let name = format!("{name}-{hash}.{extension}");
    write(&folder.join(&name), bytes)?;
    Ok(name)
}

fn sizes(folder: &Path) -> Result<Vec<Size>, String> {
    let size = |name: String| {
        let bytes = read(&folder.join(&name))?;
        let packed = gzip(&bytes)?.len();
        Ok((name, bytes.len(), packed))
    };
    names(folder)?.into_iter().map(size).collect()
}

/// Bytes with gzip, as a web server sends them.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}

/// The files of a folder, by name.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, String> {
    let files = fs::read_dir(folder).map_err(|error| named(folder, &error))?;
    let mut names: Vec<String> =
        files.filter_map(|file| file.ok().map(|file| file.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    Ok(names)
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| named(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| named(path, &error))
}

fn named(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
