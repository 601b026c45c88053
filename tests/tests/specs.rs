//! The literate specifications in `specs/`, run natively and as WebAssembly.
use std::fmt::Write as _;
use std::fs;
use waitwarden_tests::spec::{Block, Case, cases};
use waitwarden_tests::{diff, root, verdict};

#[test]
fn what_is_written_is_what_happens() {
    let policy = verdict::policy().expect("the policy loads");
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = String::new();
    let mut ran = 0;
    let mut files: Vec<_> = fs::read_dir(root().join("tests/specs"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    for path in files {
        let text = fs::read_to_string(&path).expect("a specification");
        let mut blessed = String::new();
        for case in cases(&text) {
            let outputs = if case.title.is_empty() { Ok(Vec::new()) } else { case.run(&policy) };
            ran += usize::from(!case.title.is_empty());
            let markdown = match outputs {
                Ok(outputs) => case.blessed(&outputs),
                Err(error) => {
                    let _ = writeln!(failures, "{}, {}: {error}", path.display(), case.title);
                    whole(&case)
                }
            };
            blessed.push_str(&markdown);
            blessed.push('\n');
        }
        let blessed = blessed.trim_end().to_owned() + "\n";
        if bless {
            fs::write(&path, blessed).expect("write");
        } else if blessed != text {
            let _ = writeln!(failures, "{}:\n{}", path.display(), diff(&text, &blessed));
        }
    }
    assert!(ran > 60, "only {ran} cases were found");
    assert!(failures.is_empty(), "{failures}\n`make bless` takes what happens; read the diff");
}

fn whole(case: &Case) -> String {
    let output = |block: &&Block| block.info == "diff" || block.info.starts_with("text ");
    case.blessed(&case.blocks.iter().filter(output).cloned().collect::<Vec<_>>())
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
