//! Which items of a list became which: equal ones first, then those of the same name.

use serde_json::Value;
use std::ops::Range;

/// Lists up to this many comparisons are matched in the best way; longer ones item by item.
const COMPARISONS: usize = 40_000;

/// Pairs of an old and a new index, both rising.
pub(crate) fn matches(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = |items: &[Value]| items.len().saturating_sub(prefix);
    let longest = rest(old).min(rest(new));
    let suffix = old.iter().rev().zip(new.iter().rev()).take(longest).take_while(|(old, new)| old == new).count();
    let old_middle = prefix..old.len().saturating_sub(suffix);
    let new_middle = prefix..new.len().saturating_sub(suffix);
    let mut equal: Vec<(usize, usize)> = (0..prefix).map(|index| (index, index)).collect();
    equal.extend(common(old, new, &old_middle, &new_middle));
    let ends = old_middle.end.saturating_add(suffix);
    equal.extend((old_middle.end..ends).zip(new_middle.end..));

    let mut all = Vec::new();
    let (mut from_old, mut from_new) = (0, 0);
    for (at_old, at_new) in equal.into_iter().chain([(old.len(), new.len())]) {
        gap(old, new, from_old..at_old, from_new..at_new, &mut all);
        if at_old < old.len() {
            all.push((at_old, at_new));
        }
        (from_old, from_new) = (at_old.saturating_add(1), at_new.saturating_add(1));
    }
    all
}

/// The longest common subsequence of two ranges.
fn common(old: &[Value], new: &[Value], rows: &Range<usize>, columns: &Range<usize>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if rows.len().saturating_mul(columns.len()) > COMPARISONS {
        let mut from = columns.start;
        for row in rows.clone() {
            let reach = columns.end.min(from.saturating_add(64));
            if let Some(column) = (from..reach).find(|&column| old.get(row) == new.get(column)) {
                found.push((row, column));
                from = column.saturating_add(1);
            }
        }
        return found;
    }
    let width = columns.len().saturating_add(1);
    let mut lengths = vec![0_usize; width.saturating_mul(rows.len().saturating_add(1))];
    let mut same = vec![false; lengths.len()];
    let cell = |row: usize, column: usize| {
        row.saturating_sub(rows.start).saturating_mul(width).saturating_add(column.saturating_sub(columns.start))
    };
    for row in rows.clone().rev() {
        for column in columns.clone().rev() {
            let (below, right) = (row.saturating_add(1), column.saturating_add(1));
            let length = |row, column| lengths.get(cell(row, column)).copied().unwrap_or(0);
            let equal = old.get(row) == new.get(column);
            let best = if equal {
                length(below, right).saturating_add(1)
            } else {
                length(below, column).max(length(row, right))
            };
            if let (Some(length), Some(same)) = (lengths.get_mut(cell(row, column)), same.get_mut(cell(row, column))) {
                (*length, *same) = (best, equal);
            }
        }
    }
    let (mut row, mut column) = (rows.start, columns.start);
    while row < rows.end && column < columns.end {
        let length = |row, column| lengths.get(cell(row, column)).copied().unwrap_or(0);
        if same.get(cell(row, column)).copied().unwrap_or(false) {
            found.push((row, column));
            (row, column) = (row.saturating_add(1), column.saturating_add(1));
        } else if length(row.saturating_add(1), column) >= length(row, column.saturating_add(1)) {
            row = row.saturating_add(1);
        } else {
            column = column.saturating_add(1);
        }
    }
    found
}

/// What stands between two equal items: the same name first, then the same place where there are as many.
fn gap(old: &[Value], new: &[Value], rows: Range<usize>, columns: Range<usize>, all: &mut Vec<(usize, usize)>) {
    let name = |items: &[Value], index: usize| {
        items.get(index).and_then(|item| item.get("name")).and_then(Value::as_str).map(str::to_owned)
    };
    let (mut from_row, mut from_column) = (rows.start, columns.start);
    for row in rows.clone() {
        let Some(wanted) = name(old, row) else { continue };
        let reach = columns.end.min(from_column.saturating_add(1000));
        let found = (from_column..reach).find(|&column| name(new, column).as_deref() == Some(wanted.as_str()));
        if let Some(column) = found {
            unnamed(old, new, from_row..row, from_column..column, all);
            all.push((row, column));
            (from_row, from_column) = (row.saturating_add(1), column.saturating_add(1));
        }
    }
    unnamed(old, new, from_row..rows.end, from_column..columns.end, all);
}

fn unnamed(old: &[Value], new: &[Value], rows: Range<usize>, columns: Range<usize>, all: &mut Vec<(usize, usize)>) {
    // Another name is another item, unless all else is equal.
    let same = |row: usize, column: usize| match (old.get(row), new.get(column)) {
        (Some(Value::Object(old)), Some(Value::Object(new)))
            if old.contains_key("name") && new.contains_key("name") =>
        {
            old.len() == new.len() && old.iter().all(|(key, value)| key == "name" || new.get(key) == Some(value))
        }
        _ => true,
    };
    if rows.len() == columns.len() {
        let pairs = rows.zip(columns);
        all.extend(pairs.filter(|&(row, column)| same(row, column)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(old: &Value, new: &Value, expected: &[(usize, usize)]) {
        assert_eq!(matches(old.as_array().unwrap(), new.as_array().unwrap()), expected);
    }

    #[test]
    fn an_item_at_the_head_is_an_insertion() {
        check(&json!(["a", "b"]), &json!(["x", "a", "b"]), &[(0, 1), (1, 2)]);
    }

    #[test]
    fn the_same_name_is_the_same_item() {
        let old = json!([{"name": "a", "v": 1}, {"name": "b"}]);
        let new = json!([{"name": "x"}, {"name": "a", "v": 2}, {"name": "b"}]);
        check(&old, &new, &[(0, 1), (1, 2)]);
    }

    #[test]
    fn another_value_in_the_same_place_is_a_change() {
        check(&json!([1, 2, 3]), &json!([1, 5, 3]), &[(0, 0), (1, 1), (2, 2)]);
        check(&json!([{"name": "a", "v": 1}]), &json!([{"name": "b", "v": 2}]), &[]);
        check(&json!([{"name": "a", "v": 1}]), &json!([{"name": "b", "v": 1}]), &[(0, 0)]);
    }
}
