//! One file, judged: every document in it, with the place of everything that is said.

use crate::evaluate::{Admit, Asked, Evaluator, Judged};
use crate::request::Identity;
use crate::verdict::{Finding, Severity};
use serde_json::Value;
use std::ops::Range;
use waitwarden_manifest::{Broken, Document, Entry, Place};

/// The rule of what cannot be read.
pub const UNREADABLE: &str = "unreadable";
/// The rule of YAML that reads differently from what it looks like.
pub const SUSPICIOUS_YAML: &str = "suspicious-yaml";
/// The rule of a plan that cannot be written into a text.
pub const NOT_EDITED: &str = "not-edited";

/// A finding with its place in a file.
#[derive(Clone, Debug)]
pub struct Located {
    /// What is said.
    pub finding: Finding,
    /// Where.
    pub place: Place,
    /// Of which object; none where a document cannot be read.
    pub object: Option<Identity>,
    /// The chart's file, in rendered Helm output.
    pub source: Option<String>,
    /// What ends it: an index into the fixes of the file.
    pub fix: Option<usize>,
}

/// A finding that somebody does not want to see.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The finding.
    pub located: Located,
    /// Why.
    pub reason: String,
    /// By the configuration, not by a comment.
    pub outside: bool,
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// In the order of the file.
    pub edits: Vec<Edit>,
}

/// A stretch of a file, and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The stretch; empty where something is only added.
    pub place: Place,
    /// The new text.
    pub text: String,
}

impl Fix {
    /// The text of the file with the change in it.
    pub fn applied(&self, text: &str) -> String {
        let mut new = String::new();
        let mut at = 0;
        for edit in &self.edits {
            new.push_str(text.get(at..edit.place.start).unwrap_or_default());
            new.push_str(&edit.text);
            at = edit.place.end;
        }
        new.push_str(text.get(at..).unwrap_or_default());
        new
    }
}

/// A stretch of a file, as it should be.
#[derive(Clone, Debug)]
pub enum Part {
    /// As it was.
    Same(Range<usize>),
    /// Changed.
    Changed(String),
    /// Behind a document: the Pod of a workload in it.
    Pod(Identity, Value),
}

/// A judged file.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// As it is shown.
    pub name: String,
    /// Its text.
    pub text: String,
    /// All that is said, in the order of the objects.
    pub findings: Vec<Located>,
    /// Changes that end findings.
    pub fixes: Vec<Fix>,
    /// What is suppressed.
    pub suppressed: Vec<Suppressed>,
    /// Every object.
    pub objects: Vec<Identity>,
    /// What the policy understood of each object that declares something.
    pub plans: Vec<(Identity, Value)>,
    /// The whole text as it should be.
    pub parts: Vec<Part>,
    /// How much was looked at.
    pub counts: Counts,
}

/// How much was looked at, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files.
    pub files: usize,
    /// Documents with Kubernetes objects.
    pub documents: usize,
    /// Kubernetes objects.
    pub objects: usize,
    /// Kubernetes objects that the policy does not want to be asked about.
    pub unasked: usize,
    /// Documents that are something else.
    pub skipped: usize,
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are notes.
    pub notes: usize,
    /// Objects whose Pods get an init container.
    pub gains: usize,
    /// Objects that the policy changes, themselves or their Pods.
    pub touched: usize,
    /// Files and documents that could not be read, objects that could not be evaluated.
    pub failed: usize,
    /// Findings that are suppressed.
    pub suppressed: usize,
    /// Findings that are shown, and that a change by the policy would end.
    pub fixable: usize,
    /// Of these, documents that are unrendered Helm templates.
    pub templates: usize,
}

impl Counts {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.documents += other.documents;
        self.objects += other.objects;
        self.unasked += other.unasked;
        self.skipped += other.skipped;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
        self.gains += other.gains;
        self.touched += other.touched;
        self.failed += other.failed;
        self.templates += other.templates;
        self.suppressed += other.suppressed;
        self.fixable += other.fixable;
    }

    fn of(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Note => &mut self.notes,
        }
    }

    /// Findings of this severity or a worse one.
    pub fn at_least(&self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.errors + self.warnings,
            Severity::Note => self.errors + self.warnings + self.notes,
        }
    }
}

/// What is wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// What is said about it.
    Findings,
    /// Its text as it should be, too.
    Text,
    /// The same, but no document is written anew: where that would be necessary, it stays as it is, and that is an error.
    InPlace,
    /// That, and the Pods.
    TextAndPods,
}

/// A text, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As it is shown.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Judges a text.
pub fn check_text(source: Source, evaluator: &Evaluator<impl Admit>, want: Want) -> Checked {
    let mut checked = Checked { name: source.name, ..Checked::default() };
    checked.counts.files = 1;
    for entry in waitwarden_manifest::read(&source.text) {
        match entry {
            Entry::Document(document) => checked.document(&document, &source.text, evaluator, want),
            Entry::Empty { range } => checked.parts.push(Part::Same(range)),
            Entry::Broken(broken) => checked.broken(&broken),
        }
    }
    checked.text = source.text;
    checked
}

impl Checked {
    /// What has no text, and why.
    pub fn unreadable(name: String, message: String) -> Self {
        let mut checked = Self { name, ..Self::default() };
        checked.counts.failed = 1;
        checked.add_to_file(Finding::new(UNREADABLE, Severity::Error, message));
        checked
    }

    /// The text as it should be, without Pods.
    pub fn edited(&self) -> String {
        let part = |part: &Part| match part {
            Part::Same(range) => self.text.get(range.clone()).unwrap_or_default().to_owned(),
            Part::Changed(text) => text.clone(),
            Part::Pod(..) => String::new(),
        };
        self.parts.iter().map(part).collect()
    }

    fn document(&mut self, document: &Document, text: &str, evaluator: &Evaluator<impl Admit>, want: Want) {
        if let Some((pointer, request)) = document.admission_request() {
            self.request(document, pointer, request, evaluator, want);
            return;
        }
        let objects: Vec<(String, &Value)> =
            document.items().into_iter().filter(|(_, object)| is_object(object)).collect();
        if objects.is_empty() {
            // An empty List is an object, with nothing in it to look at.
            if document.is_kubernetes_object() {
                self.counts.documents += 1;
            } else {
                self.counts.skipped += 1;
            }
            self.parts.push(Part::Same(document.range.clone()));
            return;
        }
        self.counts.documents += 1;
        for warning in &document.warnings {
            let finding = Finding::new(SUSPICIOUS_YAML, Severity::Warning, warning.message.clone());
            self.say(finding, warning.place, Some(Identity::of(&document.value, "")), document.source.clone());
        }
        let mut wanted = None;
        let mut pods = Vec::new();
        for (pointer, object) in objects {
            let judged = evaluator.judge(object);
            self.count(&judged);
            self.objects.push(judged.identity.clone());
            let keep = want != Want::Findings && !judged.refused();
            let source = waitwarden_manifest::origin(object).or_else(|| document.source.clone());
            for mut finding in judged.findings {
                finding.pointer.insert_str(0, &pointer);
                let place = document.place(&finding.pointer, finding.span.clone());
                self.say(finding, place, Some(judged.identity.clone()), source.clone());
            }
            if let Some(plan) = judged.plan {
                self.plans.push((judged.identity.clone(), plan));
            }
            if let Some(changed) = judged.changed.filter(|_| keep) {
                let whole = wanted.get_or_insert_with(|| document.value.clone());
                if let Some(slot) = whole.pointer_mut(&pointer) {
                    *slot = changed;
                }
            }
            // A Pod that somebody wrote is in the text already.
            if let Some(pod) = judged.pod.filter(|_| keep && want == Want::TextAndPods && judged.identity.kind != "Pod")
            {
                pods.push(Part::Pod(judged.identity, pod));
            }
        }
        let part = match wanted {
            None => Part::Same(document.range.clone()),
            Some(wanted) => self.edit(document, text, &wanted, want),
        };
        self.parts.push(part);
        self.parts.append(&mut pods);
    }

    /// A file may hold a request, which is judged as it was sent. Nobody applies it, so it is not edited.
    fn request(
        &mut self,
        document: &Document,
        pointer: &str,
        request: &Value,
        evaluator: &Evaluator<impl Admit>,
        want: Want,
    ) {
        self.counts.documents += 1;
        self.parts.push(Part::Same(document.range.clone()));
        let mut judged = evaluator.judge_request(request);
        self.count(&judged);
        self.objects.push(judged.identity.clone());
        if judged.changed.is_some() && want != Want::Findings {
            let message = "the policy changes the object of this request; requests are judged, not edited";
            judged.findings.push(Finding::new(NOT_EDITED, Severity::Note, message));
        }
        let object = if request.get("object").is_some_and(Value::is_object) { "object" } else { "oldObject" };
        for mut finding in judged.findings {
            finding.pointer = format!("{pointer}/{object}{}", finding.pointer);
            let place = document.place(&finding.pointer, finding.span.clone());
            self.say(finding, place, Some(judged.identity.clone()), document.source.clone());
        }
        if let Some(plan) = judged.plan {
            self.plans.push((judged.identity, plan));
        }
    }

    /// The new text of a document. It is read again before it is believed.
    fn edit(&mut self, document: &Document, text: &str, wanted: &Value, want: Want) -> Part {
        let edited = match want {
            Want::InPlace => document.spliced(text, wanted),
            _ => Some(document.edited(text, wanted)),
        };
        let object = Some(Identity::of(&document.value, ""));
        let Some(edited) = edited else {
            let message =
                "the change cannot be made piece by piece: this document would be written anew, without its comments";
            let finding = Finding::new(NOT_EDITED, Severity::Error, message)
                .help("make it by hand, as the diff shows it; an anchor (`&`) on what changes is the usual reason");
            self.say(finding, document.place("", None), object, document.source.clone());
            return Part::Same(document.range.clone());
        };
        let mut read =
            waitwarden_manifest::read(&edited).into_iter().filter(|entry| !matches!(entry, Entry::Empty { .. }));
        let good = matches!((read.next(), read.next()), (Some(Entry::Document(read)), None) if read.value == *wanted);
        if good {
            return Part::Changed(edited);
        }
        self.counts.failed += 1;
        let message = "the change cannot be written into this text without changing something else";
        let finding = Finding::new(NOT_EDITED, Severity::Error, message)
            .help("this is a bug of waitwarden: please report it with the document");
        self.say(finding, document.place("", None), object, document.source.clone());
        Part::Same(document.range.clone())
    }

    fn count(&mut self, judged: &Judged) {
        self.counts.objects += 1;
        self.counts.unasked += usize::from(judged.asked == Asked::No);
        self.counts.gains += usize::from(judged.gains);
        self.counts.touched += usize::from(judged.touched);
        self.counts.failed += usize::from(judged.asked == Asked::Failed);
    }

    fn broken(&mut self, broken: &Broken) {
        self.counts.failed += 1;
        let start = broken.offset;
        let (line, column) = (broken.line, broken.column);
        let place = Place { start, end: start, line, column, end_line: line, end_column: column };
        let (message, hint) = broken.message.split_once("\nhint: ").unwrap_or((broken.message.as_str(), ""));
        let mut finding = Finding::new(UNREADABLE, Severity::Error, message).help(hint);
        if broken.template {
            self.counts.templates += 1;
            finding.message.insert_str(0, "this is an unrendered Helm template: ");
            finding = finding.help("render it first: `helm template CHART | waitwarden lint -`");
        }
        self.say(finding, place, None, None);
        self.parts.push(Part::Same(broken.range.clone()));
    }

    /// Says something about the file as a whole.
    pub fn add_to_file(&mut self, finding: Finding) {
        let place = Place { line: 1, column: 1, end_line: 1, end_column: 1, ..Place::default() };
        self.say(finding, place, None, None);
    }

    fn say(&mut self, finding: Finding, place: Place, object: Option<Identity>, source: Option<String>) {
        self.add(Located { finding, place, object, source, fix: None });
    }

    /// Adds a finding.
    pub fn add(&mut self, located: Located) {
        *self.counts.of(located.finding.severity) += 1;
        self.findings.push(located);
    }

    /// Puts a finding aside that was added before, for a reason.
    pub fn suppress(&mut self, located: Located, reason: String, outside: bool) {
        let count = self.counts.of(located.finding.severity);
        *count = count.saturating_sub(1);
        self.counts.suppressed += 1;
        self.suppressed.push(Suppressed { located, reason, outside });
    }
}

fn is_object(value: &Value) -> bool {
    ["apiVersion", "kind"].iter().all(|key| value.get(key).is_some_and(Value::is_string))
}
