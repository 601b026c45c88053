//! Values as YAML text, for documents that nobody has written. Texts that somebody wrote are edited, never printed anew.

use serde_json::Value;

/// A document, in block style.
pub fn print(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

/// Prints from the start of a line.
fn block(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (number, (key, value)) in map.iter().enumerate() {
                if number > 0 {
                    pad(indent, text);
                }
                text.push_str(&scalar(key));
                text.push(':');
                // A list in a mapping stands under its key, as kubectl prints it.
                inner(value, if value.is_array() { indent } else { indent + 2 }, text);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (number, element) in list.iter().enumerate() {
                if number > 0 {
                    pad(indent, text);
                }
                text.push_str("- ");
                block(element, indent + 2, text);
            }
        }
        other => {
            text.push_str(&flow(other));
            text.push('\n');
        }
    }
}

/// Prints behind a key.
fn inner(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            pad(indent, text);
            block(value, indent, text);
        }
        Value::Array(list) if !list.is_empty() => {
            text.push('\n');
            pad(indent, text);
            block(value, indent, text);
        }
        Value::String(string) if is_literal(string) => literal(string, indent, text),
        other => {
            text.push(' ');
            text.push_str(&flow(other));
            text.push('\n');
        }
    }
}

fn pad(indent: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', indent));
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(string) => scalar(string),
        other => other.to_string(),
    }
}

/// Text of several lines that a literal block can hold as it is.
fn is_literal(string: &str) -> bool {
    let plain = string.chars().all(|char| {
        char == '\n'
            || char == '\t'
            || (!char.is_control() && char != '\u{feff}' && !('\u{2028}'..='\u{2029}').contains(&char))
    });
    string.trim_end_matches('\n').contains('\n') && plain && !string.starts_with([' ', '\n', '\t'])
}

fn literal(string: &str, indent: usize, text: &mut String) {
    let body = string.trim_end_matches('\n');
    text.push_str(match string.len() - body.len() {
        0 => " |-\n",
        1 => " |\n",
        _ => " |+\n",
    });
    let body = string.strip_suffix('\n').unwrap_or(string);
    for line in body.split('\n') {
        if !line.is_empty() {
            pad(indent, text);
            text.push_str(line);
        }
        text.push('\n');
    }
}

/// A string. Without quotes only where nobody could read it as something else, YAML 1.1 included.
fn scalar(string: &str) -> String {
    let mut chars = string.chars();
    let starts = chars.next().is_some_and(|char| char.is_ascii_alphabetic() || char == '/' || char == '_');
    let goes_on =
        string.chars().all(|char| char.is_ascii_alphanumeric() || "-_./:@=+,".contains(char)) && !string.ends_with(':');
    let word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        .iter()
        .any(|word| string.eq_ignore_ascii_case(word));
    if starts && goes_on && !word { string.to_owned() } else { Value::from(string).to_string() }
}

#[cfg(test)]
mod tests {
    use super::print;
    use serde_json::json;

    #[test]
    fn what_is_printed_reads_as_the_same() {
        let value = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"annotations": {"a/b": "one\ntwo\n", "c": "x\n\ny", "d": "z\n\n", "e": " lead\nx"}, "labels": {}},
            "spec": {
                "containers": [{"name": "y", "args": ["--", "1", "0x1", "on", "a: b", "a:", "a:b", "x@y=z", "# no", ""], "ports": [{"containerPort": 80}]}],
                "nested": [[1, 2], [], [{"a": null}]],
                "float": 1.5,
            },
        });
        let text = print(&value);
        let entries = waitwarden_manifest::read(&text);
        let [waitwarden_manifest::Entry::Document(document)] = entries.as_slice() else {
            panic!("{entries:?}\n{text}")
        };
        assert_eq!(document.value, value, "{text}");
    }

    #[test]
    fn it_looks_like_kubectl() {
        let value = json!({"a": {"b": [{"c": "d", "e": 1}, {"f": []}]}, "g": "yes"});
        assert_eq!(print(&value), "a:\n  b:\n  - c: d\n    e: 1\n  - f: []\ng: \"yes\"\n");
    }
}
