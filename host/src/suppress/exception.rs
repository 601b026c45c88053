//! Suppressions that stand in `waitwarden.yaml`, for what nobody here writes: vendored charts, rendered output.

use crate::check::{Checked, Located};
use crate::source::Source;
use crate::verdict::{Finding, Severity};
use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;
use serde_json::Value;
use std::path::{Path, PathBuf};
use waitwarden_manifest::{Document, Place};

/// The keys of one.
const KEYS: [&str; 5] = ["rule", "path", "object", "reason", "until"];

/// A suppression from outside.
#[derive(Clone, Debug)]
struct Exception {
    rule: String,
    /// Files, seen from the folder of the configuration, or the chart's files in rendered output.
    path: Option<GlobMatcher>,
    /// Objects, as they are shown: `Deployment shop/web`.
    object: Option<GlobMatcher>,
    reason: String,
    /// The last day.
    until: Option<Date>,
    place: Place,
}

/// All of them, and the file that they stand in.
#[derive(Clone, Debug, Default)]
pub struct Exceptions {
    list: Vec<Exception>,
    /// The configuration.
    source: Option<Source>,
    /// Its folder.
    folder: PathBuf,
}

impl Exceptions {
    /// Reads the list at `pointer` of the configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(
        document: &Document,
        pointer: &str,
        source: &Source,
        file: &Path,
    ) -> Result<Self, Vec<(Place, String)>> {
        let mut errors = Vec::new();
        let mut list = Vec::new();
        match document.value.pointer(pointer) {
            Some(Value::Array(all)) => {
                for (at, value) in all.iter().enumerate() {
                    let pointer = format!("{pointer}/{at}");
                    match one(document, &pointer, value) {
                        Ok(exception) => list.push(exception),
                        Err(more) => errors.extend(more),
                    }
                }
            }
            _ => errors.push((document.key_place(pointer), "`suppressions` is a list".to_owned())),
        }
        let folder = std::path::absolute(file).ok().and_then(|file| file.parent().map(Path::to_path_buf));
        if errors.is_empty() {
            Ok(Self { list, source: Some(source.clone()), folder: folder.unwrap_or_default() })
        } else {
            Err(errors)
        }
    }

    /// Takes out of the findings of a file what they suppress today.
    pub fn apply(&self, checked: &mut Checked, today: Date) {
        if self.list.is_empty() {
            return;
        }
        let file = std::path::absolute(&checked.name).unwrap_or_default();
        let file = file.strip_prefix(&self.folder).unwrap_or(&file).to_path_buf();
        for located in std::mem::take(&mut checked.findings) {
            let found = self.list.iter().find(|exception| exception.takes(&located, &file, today));
            match found {
                Some(exception) => checked.suppress(located, exception.reason.clone(), true),
                None => checked.findings.push(located),
            }
        }
    }

    /// Those that are over, as findings of the configuration; none where there are none.
    pub fn over(&self, today: Date) -> Option<Checked> {
        let source = self.source.clone()?;
        let mut checked = Checked { name: source.name, text: source.text, ..Checked::default() };
        for exception in self.list.iter().filter(|exception| exception.is_over(today)) {
            let until = exception.until.map(|until| until.to_string()).unwrap_or_default();
            let message = format!("this suppression of `{}` is over since {until}", exception.rule);
            let finding = Finding::new(super::UNUSED, Severity::Warning, message)
                .help("mend what it suppresses, or say until when it is still right");
            checked.add(Located { finding, place: exception.place, object: None, source: None, fix: None });
        }
        (!checked.findings.is_empty()).then_some(checked)
    }
}

impl Exception {
    fn is_over(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    fn takes(&self, located: &Located, file: &Path, today: Date) -> bool {
        let path = |path: &GlobMatcher| {
            path.is_match(file) || located.source.as_ref().is_some_and(|source| path.is_match(source))
        };
        let object =
            |object: &GlobMatcher| located.object.as_ref().is_some_and(|identity| object.is_match(identity.label()));
        located.finding.severity != Severity::Error
            && located.finding.rule == self.rule
            && !self.is_over(today)
            && self.path.as_ref().is_none_or(path)
            && self.object.as_ref().is_none_or(object)
    }
}

fn one(document: &Document, pointer: &str, value: &Value) -> Result<Exception, Vec<(Place, String)>> {
    let here = document.place(pointer, None);
    let Value::Object(map) = value else { return Err(vec![(here, "a suppression is a mapping".to_owned())]) };
    let mut errors = Vec::new();
    for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let near = crate::nearest::nearest(key, KEYS).map_or_else(
            || format!("the keys are {}", KEYS.map(|key| format!("`{key}`")).join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let place = document.key_place(&format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")));
        errors.push((place, format!("there is no key `{key}`; {near}")));
    }
    let place = |key: &str| document.key_place(&format!("{pointer}/{key}"));
    let mut text = |key: &'static str| match map.get(key) {
        None => None,
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(other) => {
            errors.push((place(key), format!("`{key}` is {other}; expected text")));
            None
        }
    };
    let (rule, path, object, reason, until) =
        (text("rule"), text("path"), text("object"), text("reason"), text("until"));
    for (key, missing) in [("rule", rule.is_none()), ("reason", reason.is_none())] {
        if missing && !map.contains_key(key) {
            errors.push((here, format!("a suppression has a `{key}`")));
        }
    }
    let mut glob = |key: &str, text: Option<String>| {
        // `*` ends at a slash in paths, and in `shop/web` as well.
        let made = GlobBuilder::new(&text?).literal_separator(true).build();
        made.map(|glob| glob.compile_matcher()).map_err(|error| errors.push((place(key), error.to_string()))).ok()
    };
    let (path, object) = (glob("path", path), glob("object", object));
    let until = until.and_then(|text| {
        let parsed = text.parse::<Date>();
        parsed
            .map_err(|_| errors.push((place("until"), format!("`{text}` is no day; expected one as 2030-12-31"))))
            .ok()
    });
    match (rule, reason) {
        (Some(rule), Some(reason)) if errors.is_empty() => {
            Ok(Exception { rule, path, object, reason, until, place: here })
        }
        _ => Err(errors),
    }
}

/// Today, in UTC: the same everywhere.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
