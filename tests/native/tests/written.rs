//! What is written down about the policy, held against the core natively: every specification, and the examples of every
//! rule. That the module says the same is for the tests that have an engine.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use waitwarden_cluster::World;
use waitwarden_review::request::{DEFAULT_NAMESPACE, Identity};
use waitwarden_test_native::judge::{Judge as _, Natively};
use waitwarden_test_native::spec::{Block, Case, cases, hold};
use waitwarden_test_native::{admission, host, root, yaml};

#[test]
fn what_is_written_is_what_happens() {
    let ran = hold(&Natively).unwrap_or_else(|failures| panic!("{failures}"));
    assert!(ran > 60, "only {ran} cases were found");
}

/// The rules that are found under a heading of a page; none where there is no example, or another policy answers.
fn found(page: &[Case], heading: &str) -> Option<Vec<String>> {
    let find = |info: &str| {
        let sections = [heading, "Settings"];
        let mut blocks = sections.iter().filter_map(|title| page.iter().find(|case| case.title == *title));
        blocks.find_map(|case| case.block(info))
    };
    if find("text answer").is_some() {
        return None;
    }
    let closed = find("yaml closed");
    let manifest = closed.or_else(|| find("yaml"))?;
    let settings = yaml(find("yaml settings").unwrap_or_default());
    if let Some(old) = find("yaml old") {
        let object = yaml(manifest);
        let mut request = admission(&object, &Identity::of(&object, DEFAULT_NAMESPACE));
        let update = request.as_object_mut().unwrap();
        update.insert("operation".to_owned(), json!("UPDATE"));
        update.insert("oldObject".to_owned(), yaml(old));
        let verdict = Natively.verdict(&request, &settings).unwrap();
        return Some(verdict.findings.into_iter().map(|finding| finding.rule.to_owned()).collect());
    }
    let world = if closed.is_some() { World::Closed } else { World::Open };
    let checked = host::lint(manifest, &settings, world);
    Some(checked.findings.into_iter().map(|located| located.finding.rule).collect())
}

#[test]
fn wrong_examples_are_wrong_and_right_ones_right() {
    let mut files: Vec<_> =
        fs::read_dir(root().join("docs/rules")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut ran, mut wrong) = (0, String::new());
    for path in files {
        let rule = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
        let page = cases(&fs::read_to_string(&path).unwrap());
        let (Some(bad), Some(good)) = (found(&page, "Wrong"), found(&page, "Right")) else { continue };
        ran += 1;
        if !bad.iter().any(|found| found == rule) {
            let _ = writeln!(wrong, "{rule}: the wrong example gives {bad:?}");
        }
        if !good.is_empty() {
            let _ = writeln!(wrong, "{rule}: the right example gives {good:?}");
        }
    }
    assert!(ran > 50, "only {ran} pages have examples");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_block_is_an_input_or_an_output() {
    let cases = cases("# T\n\n## A\n\nSay.\n\n```yaml object\na: 1\n```\n\n```diff\n+x\n```\n");
    let blocks: Vec<_> = cases.iter().flat_map(|case| case.blocks.clone()).collect();
    let block = |info: &str, text: &str| Block { info: info.to_owned(), text: text.to_owned() };
    assert_eq!(blocks, [block("yaml object", "a: 1\n"), block("diff", "+x\n")]);
    let Some(case) = cases.last() else { panic!("a case") };
    assert_eq!(
        case.blessed(&[block("diff", "+y\n")]),
        "## A\n\nSay.\n\n```yaml object\na: 1\n```\n\n```diff\n+y\n```\n"
    );
}
