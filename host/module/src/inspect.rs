//! What is in a module, for people: as `kwctl inspect`, and what it leaves out: fields that Kubewarden does not read, what it
//! would refuse, and the sections with their sizes. Any WebAssembly module will do.

use crate::annotate::{is_metadata, parsed};
use crate::metadata::key;
use crate::wasm::{self, CUSTOM};
use crate::{Error, Operation, Reading, Resource, Rule, SECTION};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What is said of a module without metadata.
const BARE: &str = "This module has no Kubewarden metadata, so policy-server does not load it. If it is a policy, annotate it:\n\n  \
                    kwctl annotate --metadata-path metadata.yml --usage-path README.md \\\n    \
                    --output-path annotated-policy.wasm policy.wasm\n";

/// What a module holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Bytes of the whole file.
    pub size: usize,
    /// Its sections in the order of the file: what each is for, or the name of a custom one, and its bytes.
    pub sections: Vec<(String, usize)>,
    /// The metadata as they stand there.
    pub metadata: Option<Value>,
}

impl Inspection {
    /// Looks into a module.
    ///
    /// # Errors
    /// It is broken, or its metadata are no JSON.
    pub fn of(module: &[u8]) -> Result<Self, Error> {
        let sections = wasm::sections(module)?;
        let metadata = sections.iter().find(|section| is_metadata(section)).map(parsed).transpose()?;
        let sections = sections.into_iter().map(|section| {
            let name = if section.id == CUSTOM { format!("custom {}", section.name) } else { section.name.to_owned() };
            (name, section.range.len())
        });
        Ok(Self { size: module.len(), sections: sections.collect(), metadata })
    }

    /// The same for programs: `size`, `sections` (each `name`, `size`) and `metadata`, null where there are none.
    pub fn json(&self) -> Value {
        let Self { size, sections, metadata } = self;
        let sections: Vec<Value> = sections.iter().map(|(name, size)| json!({ "name": name, "size": size })).collect();
        json!({ "size": size, "sections": sections, "metadata": metadata })
    }
}

/// The text for people; it ends with a line break, and nothing in it controls a terminal.
pub fn describe(inspection: &Inspection) -> String {
    let mut page = Page { text: String::new() };
    let reading = inspection.metadata.as_ref().map(|json| (json, Reading::of(json)));
    match &reading {
        None => page.text.push_str(BARE),
        Some((json, reading)) => page.policy(json, reading),
    }
    page.module(inspection);
    // The longest comes last.
    if let Some(usage) = reading.as_ref().and_then(|(_, reading)| reading.metadata.annotation(key::USAGE)) {
        page.title("Usage");
        let _ = writeln!(page.text, "{}", tame(usage.trim_end(), true));
    }
    page.text
}

/// The text while it is written.
struct Page {
    text: String,
}

impl Page {
    fn policy(&mut self, json: &Value, Reading { metadata, unknown, mistakes }: &Reading) {
        let all = json.get("annotations").and_then(Value::as_object);
        let mut rest: Vec<(&str, &Value)> =
            all.into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
        rest.sort_unstable_by_key(|(key, _)| *key);
        rest.retain(|(key, _)| *key != key::USAGE);
        let mut details = Vec::new();
        for (name, key) in DETAILS {
            if let Some(at) = rest.iter().position(|(known, _)| *known == key) {
                details.push([name.to_owned(), plain(rest.remove(at).1)]);
            }
        }
        self.title("Policy");
        self.table(&details);
        self.title("How Kubewarden runs it");
        let field = |name: &str| json.get(name).map_or_else(|| "not said".to_owned(), plain);
        let or = |name: &str, default: &str| json.get(name).map_or_else(|| format!("{default}, the default"), plain);
        let mut rows = vec![
            ["mutating".to_owned(), field("mutating")],
            ["background audit".to_owned(), or("backgroundAudit", "true")],
            ["policy type".to_owned(), or("policyType", "kubernetes")],
            ["execution mode".to_owned(), or("executionMode", "kubewarden-wapc")],
            ["protocol version".to_owned(), field("protocolVersion")],
        ];
        if let Some(version) = json.get("minimumKubewardenVersion") {
            rows.push(["Kubewarden at least".to_owned(), plain(version)]);
        }
        self.table(&rows);
        self.rules(metadata.rules());
        self.lookups(metadata.context_aware_resources(), json.get("hostCapabilities"));
        if !rest.is_empty() {
            self.title("Other annotations");
            let rows = rest.iter().map(|(key, value)| [(*key).to_owned(), plain(value)]);
            self.table(&rows.collect::<Vec<_>>());
        }
        if !unknown.is_empty() {
            self.title("Fields that Kubewarden 1.36 does not read");
            let rows = unknown.iter().map(|(path, value)| [path.clone(), value.to_string()]);
            self.table(&rows.collect::<Vec<_>>());
        }
        if !mistakes.is_empty() {
            self.title("Mistakes in the metadata");
            for mistake in mistakes {
                let _ = writeln!(self.text, "  {}", tame(&mistake.to_string(), false));
            }
        }
    }

    fn module(&mut self, Inspection { size, sections, .. }: &Inspection) {
        self.title("Module");
        let mut rows = vec![["the whole file".to_owned(), format!("{size} bytes")]];
        rows.extend(sections.iter().map(|(name, size)| [name.clone(), format!("{size} bytes")]));
        self.table(&rows);
        let copies = sections.iter().filter(|(name, _)| name.strip_prefix("custom ") == Some(SECTION)).count();
        if copies > 1 {
            let _ = writeln!(
                self.text,
                "\n  There are {copies} sections with metadata. Kubewarden reads the first, and the others count nothing."
            );
        }
    }

    fn rules(&mut self, rules: &[Rule]) {
        self.title("Rules");
        if rules.is_empty() {
            self.text.push_str("  none\n");
            return;
        }
        let mut rows = vec![["OPERATIONS", "GROUPS", "VERSIONS", "RESOURCES"].map(str::to_owned)];
        rows.extend(rules.iter().map(|Rule { api_groups, api_versions, resources, operations }| {
            // The core group has no name.
            let groups: Vec<&str> =
                api_groups.iter().map(|group| if group.is_empty() { "\"\"" } else { group.as_str() }).collect();
            let operations: Vec<&str> = operations.iter().map(|operation| Operation::word(*operation)).collect();
            [operations.join(", "), groups.join(", "), api_versions.join(", "), resources.join(", ")]
        }));
        self.table(&rows);
    }

    fn lookups(&mut self, kinds: &BTreeSet<Resource>, capabilities: Option<&Value>) {
        let rows: Vec<_> =
            kinds.iter().map(|Resource { api_version, kind }| [kind.clone(), api_version.clone()]).collect();
        if !rows.is_empty() {
            self.title("What it may ask the cluster for");
            self.table(&rows);
            self.text.push_str("\n  Grant it only what you would let its author read.\n");
        }
        if let Some(capabilities) = capabilities {
            self.title("Host capabilities");
            for capability in capabilities.as_array().map_or(std::slice::from_ref(capabilities), Vec::as_slice) {
                let _ = writeln!(self.text, "  {}", tame(&plain(capability), false));
            }
        }
    }

    fn title(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let _ = writeln!(self.text, "{title}");
    }

    /// Columns two blanks apart.
    fn table<const N: usize>(&mut self, rows: &[[String; N]]) {
        let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| tame(cell, false))).collect();
        let mut widths = [0; N];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().min(WIDEST).max(*width);
            }
        }
        for row in rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                let _ = write!(line, "  {cell:width$}");
            }
            let _ = writeln!(self.text, "{}", line.trim_end());
        }
    }
}

/// Columns are not made wider than this, or one long name would fill the page with blanks.
const WIDEST: usize = 60;

/// The annotations that stand first, with short names.
const DETAILS: [(&str, &str); 10] = [
    ("title", key::TITLE),
    ("version", key::VERSION),
    ("description", key::DESCRIPTION),
    ("author", key::AUTHOR),
    ("url", key::URL),
    ("source", key::SOURCE),
    ("published as", key::OCI_URL),
    ("license", key::LICENSE),
    ("category", key::CATEGORY),
    ("severity", key::SEVERITY),
];

/// A string as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text of somebody else with its control characters escaped; line breaks and tabs stay where they may.
fn tame(text: &str, lines: bool) -> String {
    let mut tamed = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' if lines => tamed.push(char),
            '\n' => tamed.push(' '),
            // Also what turns the direction of writing.
            char if char.is_control()
                || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                tamed.extend(char.escape_unicode());
            }
            char => tamed.push(char),
        }
    }
    tamed
}
