//! Literate specifications: Markdown whose fenced blocks are run.
//!
//! A case is a heading `## …` with blocks. What comes in: `yaml settings`, `yaml object`, `yaml old` (then the request is
//! an UPDATE) and `yaml request` (laid over the request). What comes out: `diff` (what is changed of the object),
//! `text findings`, `text message` (where it is written down) and, where there is no object, `text errors` of the
//! settings. `BLESS=1` writes what comes out.

use crate::judge::Judge;
use crate::{admission, diff, documents, root, yaml};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use waitwarden_core::Verdict;
use waitwarden_review::request::{Identity, unplaced};

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands behind the fence.
    pub info: String,
    /// The lines between the fences.
    pub text: String,
}

/// A case: the Markdown before its first output, and its blocks.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The heading; empty for what stands above the first.
    pub title: String,
    /// Prose and inputs as they stand.
    pub source: String,
    /// Every block.
    pub blocks: Vec<Block>,
}

/// What a case writes; the rest is input.
const OUTPUTS: [&str; 4] = ["diff", "text findings", "text message", "text errors"];

impl Case {
    /// The first block of that kind.
    pub fn block(&self, info: &str) -> Option<&str> {
        self.blocks.iter().find(|block| block.info == info).map(|block| block.text.as_str())
    }

    /// Runs it: the blocks that it should have.
    ///
    /// # Errors
    /// Where those who are asked disagree, or a law does not hold.
    pub fn run(&self, judge: &impl Judge) -> Result<Vec<Block>, String> {
        let settings = yaml(self.block("yaml settings").unwrap_or_default());
        let Some(text) = self.block("yaml object") else {
            let lines = judge.mistakes(&settings)?.iter().fold(String::new(), |text, mistake| text + mistake + "\n");
            return Ok(vec![Block { info: OUTPUTS[3].to_owned(), text: lines }]);
        };
        let document = documents(text).into_iter().next().ok_or("the object is no YAML")?;
        let request = self.request(&document.value);
        let verdict = judge.verdict(&request, &settings)?;
        let mut blocks = Vec::new();
        if let Some(object) = &verdict.object {
            settles(judge, &request, object, &settings)?;
            let object = unplaced(object.clone(), &document.value);
            blocks.push(Block { info: OUTPUTS[0].to_owned(), text: diff(text, &document.edited(text, &object)) });
        }
        blocks.push(Block { info: OUTPUTS[1].to_owned(), text: findings(&verdict, &document.value) });
        if self.block(OUTPUTS[2]).is_some() {
            blocks.push(Block { info: OUTPUTS[2].to_owned(), text: verdict.message(&document.value) + "\n" });
        }
        Ok(blocks)
    }

    /// The Markdown as it was read.
    fn whole(&self) -> String {
        let output = |block: &&Block| OUTPUTS.contains(&block.info.as_str());
        self.blessed(&self.blocks.iter().filter(output).cloned().collect::<Vec<_>>())
    }

    fn request(&self, object: &Value) -> Value {
        let mut request = admission(object, &Identity::of(object, "default"));
        if let Some(map) = request.as_object_mut() {
            if let Some(old) = self.block("yaml old") {
                map.insert("operation".to_owned(), json!("UPDATE"));
                map.insert("oldObject".to_owned(), yaml(old));
            }
            for (key, value) in yaml(self.block("yaml request").unwrap_or_default()).as_object().into_iter().flatten() {
                map.insert(key.clone(), value.clone());
            }
        }
        request
    }

    /// The Markdown with the blocks that it should have; those that say nothing are left out.
    pub fn blessed(&self, outputs: &[Block]) -> String {
        let mut text = self.source.trim_end().to_owned() + "\n";
        for block in outputs.iter().filter(|block| !block.text.is_empty()) {
            let _ = write!(text, "\n```{}\n{}```\n", block.info, block.text);
        }
        text
    }
}

/// Holds every specification against somebody: how many cases there are. `BLESS` is heeded.
///
/// # Errors
/// All that is not as it is written.
pub fn hold(judge: &impl Judge) -> Result<usize, String> {
    let read = |error: std::io::Error| format!("tests/specs: {error}");
    let entries = fs::read_dir(root().join("tests/specs")).map_err(read)?;
    let mut files =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(read)?;
    files.sort();
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = String::new();
    let mut ran = 0;
    for path in files {
        let text = fs::read_to_string(&path).map_err(read)?;
        let mut blessed = String::new();
        for case in cases(&text) {
            let outputs = if case.title.is_empty() { Ok(Vec::new()) } else { case.run(judge) };
            ran += usize::from(!case.title.is_empty());
            let markdown = match outputs {
                Ok(outputs) => case.blessed(&outputs),
                Err(error) => {
                    let _ = writeln!(failures, "{}, {}: {error}", path.display(), case.title);
                    case.whole()
                }
            };
            blessed.push_str(&markdown);
            blessed.push('\n');
        }
        let blessed = blessed.trim_end().to_owned() + "\n";
        if bless {
            fs::write(&path, blessed).map_err(read)?;
        } else if blessed != text {
            let _ = writeln!(failures, "{}:\n{}", path.display(), diff(&text, &blessed));
        }
    }
    if failures.is_empty() { Ok(ran) } else { Err(failures + "`make bless` takes what happens; read the diff") }
}

/// Cuts Markdown into cases; the first is what stands above them.
pub fn cases(markdown: &str) -> Vec<Case> {
    let mut cases = vec![Case::default()];
    let mut open: Option<Block> = None;
    for line in markdown.lines() {
        if open.is_none() && line.starts_with("## ") {
            cases.push(Case { title: line.trim_start_matches("## ").to_owned(), ..Case::default() });
        }
        let Some(case) = cases.last_mut() else { continue };
        let output = |block: &Block| OUTPUTS.contains(&block.info.as_str());
        let kept = match (&mut open, line.strip_prefix("```")) {
            (Some(block), Some(_)) => {
                let kept = !output(block);
                case.blocks.extend(open.take());
                kept
            }
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
                !output(block)
            }
            (None, Some(info)) => {
                let block = Block { info: info.to_owned(), text: String::new() };
                let kept = !output(&block);
                open = Some(block);
                kept
            }
            (None, None) => true,
        };
        if kept {
            case.source.push_str(line);
            case.source.push('\n');
        }
    }
    cases
}

/// What is changed is changed once, and passes when it is judged.
fn settles(judge: &impl Judge, request: &Value, object: &Value, settings: &Value) -> Result<(), String> {
    let mut again = request.clone();
    put(&mut again, "object", object.clone());
    let second = judge.verdict(&again, settings)?;
    if let Some(changed) = second.object {
        return Err(format!("applying twice is not applying once:\n{object}\n{changed}"));
    }
    let mut judging = settings.clone();
    if judging.is_null() {
        judging = json!({});
    }
    put(&mut judging, "mode", json!("validate"));
    let judged = judge.verdict(&again, &judging)?;
    if judged.accepted() {
        Ok(())
    } else {
        Err(format!("what the policy wrote is refused: {}", judged.message(object)))
    }
}

fn put(map: &mut Value, key: &str, value: Value) {
    if let Some(map) = map.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

fn findings(verdict: &Verdict, object: &Value) -> String {
    let mut text = String::new();
    for finding in verdict.findings.iter().map(waitwarden_core::finding::Finding::to_json) {
        let word = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let _ = write!(text, "{}[{}] {}\n  at {}", word("severity"), word("rule"), word("message"), word("pointer"));
        let string = object.pointer(&word("pointer")).and_then(Value::as_str).unwrap_or_default();
        if let Some([start, end]) = finding.get("span").and_then(Value::as_array).map(Vec::as_slice) {
            let at =
                |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX);
            let _ = write!(text, ": {:?}", string.get(at(start)..at(end)).unwrap_or("(outside)"));
        }
        text.push('\n');
        if !word("help").is_empty() {
            let _ = writeln!(text, "  help: {}", word("help"));
        }
    }
    text
}
