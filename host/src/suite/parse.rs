//! From text to a suite. Every complaint names file, line and column.

use super::fixture;
use super::{Case, Expect, Expected, Suite};
use crate::reading::{Reading, documents};
use crate::request::{Operation, UserInfo};
use crate::settings;
use regex::Regex;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The version of the format.
pub(super) const API_VERSION: &str = "waitwarden.io/v1alpha1";

const SUITE: [&str; 8] = ["apiVersion", "kind", "metadata", "policy", "settings", "settingsFile", "context", "cases"];
const CASE: [&str; 12] = [
    "name",
    "object",
    "oldObject",
    "context",
    "operation",
    "user",
    "settings",
    "settingsFile",
    "expect",
    "golden",
    "findings",
    "atLeast",
];
const FINDING: [&str; 5] = ["rule", "severity", "pointer", "message", "count"];

/// Reads a suite.
pub(super) fn read(file: &Path, text: &str) -> Result<Suite, String> {
    let name = file.display().to_string();
    let documents = documents(&name, text)?;
    let [document] = documents.as_slice() else {
        return Err(format!("{name}: a suite is one document, and this file has {}", documents.len()));
    };
    let reading = Reading::new(&name, document, String::new());
    if reading.text("/apiVersion") != API_VERSION || reading.text("/kind") != "Suite" {
        return reading
            .complain("", &format!("this is no suite; expected `apiVersion: {API_VERSION}` and `kind: Suite`"));
    }
    reading.keys("", &SUITE)?;
    let mut reader = Reader { folder: file.parent().unwrap_or(Path::new("")), files: Vec::new() };
    let policy = match reading.value("/policy") {
        None => Vec::new(),
        Some(Value::String(path)) => vec![reader.policy(path)],
        Some(_) => reading.list::<String>("/policy")?.iter().map(|path| reader.policy(path)).collect(),
    };
    let settings = reader.settings(&reading)?.unwrap_or_else(|| Value::Object(Map::new()));
    let context = reader.context(&reading)?.unwrap_or_default();
    let mut cases = Vec::new();
    let mut names = BTreeSet::new();
    for part in reading.parts("/cases")? {
        let case = reader.case(&part)?;
        if !names.insert(case.name.clone()) {
            return part.complain("/name", &format!("there is another case called `{}`", case.name));
        }
        cases.push(case);
    }
    if cases.is_empty() {
        return reading.complain("/cases", "a suite without cases tests nothing");
    }
    Ok(Suite { file: file.to_owned(), policy, settings, context, cases, files: reader.files })
}

struct Reader<'f> {
    folder: &'f Path,
    /// Every file that was named.
    files: Vec<PathBuf>,
}

impl Reader<'_> {
    /// A policy: a file beside the suite, or something in a registry.
    fn policy(&self, name: &str) -> PathBuf {
        if crate::fetch::is_reference(name) { PathBuf::from(name) } else { self.folder.join(name) }
    }

    fn case(&mut self, reading: &Reading<'_>) -> Result<Case, String> {
        reading.keys("", &CASE)?;
        let name = reading.text("/name").to_owned();
        if name.is_empty() {
            return reading.complain("/name", "a case has a name");
        }
        let operation = match reading.text("/operation").to_ascii_lowercase().as_str() {
            "" | "create" => Operation::Create,
            "update" => Operation::Update,
            "delete" => Operation::Delete,
            other => {
                return reading
                    .complain("/operation", &format!("`{other}` is no operation; expected create, update or delete"));
            }
        };
        let expect = expect(reading)?;
        let case = Case {
            name,
            at: reading.at(""),
            object: self.file(reading, "/object")?,
            old: self.file(reading, "/oldObject")?,
            context: self.context(reading)?,
            operation,
            user: user(reading)?,
            settings: self.settings(reading)?,
            expect,
            golden: self.file(reading, "/golden")?,
            findings: match reading.value("/findings") {
                None => None,
                Some(_) => Some(reading.parts("/findings")?.iter().map(finding).collect::<Result<_, _>>()?),
            },
            at_least: reading.read("/atLeast")?,
        };
        if matches!(case.expect, Expect::SettingsError(_)) {
            if let Some(key) = ["object", "oldObject", "context", "golden", "findings"]
                .into_iter()
                .find(|key| reading.value(&format!("/{key}")).is_some())
            {
                let message = format!("a case about settings has no `{key}`");
                return reading.complain(&format!("/{key}"), &message);
            }
            return Ok(case);
        }
        if case.object.is_none() {
            return reading.complain("/object", "a case has an `object`: a file with what comes to the cluster");
        }
        if (operation == Operation::Update) != case.old.is_some() {
            let message = "`operation: update` and `oldObject` belong together";
            return reading.complain("/oldObject", message);
        }
        if matches!(case.expect, Expect::Deny | Expect::Error) && case.golden.is_some() {
            return reading.complain("/golden", "what does not come into the cluster has no golden file");
        }
        if matches!(case.expect, Expect::Mutate) && case.golden.is_none() {
            let message = "with `expect: mutate` there is a `golden`: a file with the result, which --bless writes";
            return reading.complain("/expect", message);
        }
        Ok(case)
    }

    /// A file in the suite's folder, or below it.
    fn file(&mut self, reading: &Reading<'_>, pointer: &str) -> Result<Option<PathBuf>, String> {
        let Some(value) = reading.value(pointer) else { return Ok(None) };
        let Some(name) = value.as_str().filter(|name| !name.is_empty()) else {
            return reading.complain(pointer, "expected the path of a file");
        };
        match fixture::path(self.folder, name) {
            Ok(path) => {
                self.files.push(path.clone());
                Ok(Some(path))
            }
            Err(why) => reading.complain(pointer, &why),
        }
    }

    /// Files with what is in the cluster: one, or a list of them.
    fn context(&mut self, reading: &Reading<'_>) -> Result<Option<Vec<PathBuf>>, String> {
        match reading.value("/context") {
            None => Ok(None),
            Some(Value::Array(list)) => {
                let files = (0..list.len()).map(|at| self.file(reading, &format!("/context/{at}")));
                Ok(Some(files.filter_map(Result::transpose).collect::<Result<_, _>>()?))
            }
            Some(_) => Ok(self.file(reading, "/context")?.map(|file| vec![file])),
        }
    }

    fn settings(&mut self, reading: &Reading<'_>) -> Result<Option<Value>, String> {
        let file = self.file(reading, "/settingsFile")?;
        match (reading.value("/settings"), file) {
            (None, None) => Ok(None),
            (Some(settings), None) if settings.is_object() => Ok(Some(settings.clone())),
            (Some(_), None) => reading.complain("/settings", "settings are a mapping"),
            (None, Some(file)) => match settings::read(Some(&file)) {
                Ok(settings) => Ok(Some(settings)),
                Err(why) => reading.complain("/settingsFile", &why),
            },
            (Some(_), Some(_)) => reading.complain("/settingsFile", "there are `settings` already"),
        }
    }
}

fn expect(reading: &Reading<'_>) -> Result<Expect, String> {
    const EXPECTED: &str = "expected allow, deny, mutate, error or {settingsError: REGEX}";
    match reading.value("/expect") {
        Some(Value::String(word)) => match word.as_str() {
            "allow" => Ok(Expect::Allow),
            "deny" => Ok(Expect::Deny),
            "mutate" => Ok(Expect::Mutate),
            "error" => Ok(Expect::Error),
            other => reading.complain("/expect", &format!("`{other}` cannot be expected; {EXPECTED}")),
        },
        Some(Value::Object(_)) => {
            reading.keys("/expect", &["settingsError"])?;
            match regex(reading, "/expect/settingsError")? {
                Some(regex) => Ok(Expect::SettingsError(regex)),
                None => reading.complain("/expect", EXPECTED),
            }
        }
        _ => reading.complain("/expect", &format!("a case says what is expected; {EXPECTED}")),
    }
}

fn user(reading: &Reading<'_>) -> Result<Option<UserInfo>, String> {
    match reading.value("/user") {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(UserInfo::new(name, &[]))),
        Some(_) => {
            reading.keys("/user", &["name", "groups"])?;
            let name = reading.text("/user/name");
            if name.is_empty() {
                return reading.complain("/user", "a user has a `name`");
            }
            Ok(Some(UserInfo::new(name, &reading.list::<String>("/user/groups")?)))
        }
    }
}

fn finding(reading: &Reading<'_>) -> Result<Expected, String> {
    reading.keys("", &FINDING)?;
    let rule = reading.text("/rule").to_owned();
    if rule.is_empty() {
        return reading.complain("", "a finding has a `rule`");
    }
    Ok(Expected {
        rule,
        severity: reading.read("/severity")?,
        pointer: reading.read("/pointer")?,
        message: regex(reading, "/message")?,
        count: reading.read::<Option<usize>>("/count")?.unwrap_or(1),
    })
}

fn regex(reading: &Reading<'_>, pointer: &str) -> Result<Option<Regex>, String> {
    let Some(value) = reading.value(pointer) else { return Ok(None) };
    let Some(text) = value.as_str() else { return reading.complain(pointer, "expected a regular expression") };
    match Regex::new(text) {
        Ok(regex) => Ok(Some(regex)),
        Err(error) => reading.complain(pointer, &format!("this is no regular expression: {error}")),
    }
}
