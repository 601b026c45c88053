//! Block scalars: where they begin and end, and the tabs that goyaml refuses in them.

use crate::complaint::Fault;
use std::ops::Range;

/// Where the `|` or `>` of a block scalar stands.
pub(super) fn header(text: &str, within: Range<usize>) -> usize {
    let rest = text.get(within.clone()).unwrap_or_default();
    within.start.saturating_add(rest.find(['|', '>']).unwrap_or(0))
}

/// The end of a block scalar without its last line break, and without blank lines it does not keep.
pub(super) fn block_end(text: &str, span: &Range<usize>) -> usize {
    let mut block = text.get(span.clone()).unwrap_or_default();
    let keep = block
        .lines()
        .next()
        .is_some_and(|header| header.split([' ', '\t']).next().is_some_and(|indicators| indicators.contains('+')));
    // The last line of a node may be the indentation of what is next.
    let mut last = without_blank_line(block);
    block = last.unwrap_or(block);
    while let Some(shorter) = block.strip_suffix("\r\n").or_else(|| block.strip_suffix(['\n', '\r'])) {
        block = shorter;
        last = without_blank_line(block);
        if keep || last.is_none() {
            break;
        }
        block = last.unwrap_or(block);
    }
    span.start.saturating_add(block.len())
}

/// A text without its last line, if that has only blanks and is not the first one.
fn without_blank_line(text: &str) -> Option<&str> {
    let start = text.rfind(['\n', '\r'])?.saturating_add(1);
    let (before, line) = text.split_at_checked(start)?;
    line.trim_matches([' ', '\t']).is_empty().then_some(before)
}

/// goyaml finds out a block scalar's indentation by spaces alone.
pub(super) fn refuse_tab(text: &str, span: &Range<usize>) -> Result<(), Fault> {
    let block = text.get(span.clone()).unwrap_or_default();
    let mut offset = span.start;
    for (number, line) in block.split_inclusive('\n').enumerate() {
        let header = line.split([' ', '\t', '#']).next().unwrap_or_default();
        if number == 0 && header.bytes().any(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
        let inner = line.trim_start_matches(' ');
        if number > 0 && inner.starts_with('\t') {
            let at = offset.saturating_add(line.len().saturating_sub(inner.len()));
            return Err(Fault::new(
                at,
                "a tab stands where this text's indentation is expected\nhint: indent with spaces".to_owned(),
            ));
        }
        if number > 0 && !inner.trim_end().is_empty() {
            return Ok(());
        }
        offset = offset.saturating_add(line.len());
    }
    Ok(())
}
