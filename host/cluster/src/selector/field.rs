//! Field selectors (`k8s.io/apimachinery/pkg/fields/selector.go`).

use serde_json::Value;

/// Terms that all must hold. The API server knows a few fields of each kind; here every path of an object is one.
#[derive(Debug, Default)]
pub(crate) struct FieldSelector(Vec<Term>);

#[derive(Debug)]
struct Term {
    path: String,
    equal: bool,
    value: String,
}

impl FieldSelector {
    /// `metadata.name=db,status.phase!=Running`. In a value `\`, `,` and `=` have a backslash before them.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let terms = terms(text).into_iter().filter(|term| !term.is_empty()).map(|term| {
            let parsed = parse(term).map_err(|problem| format!("invalid field selector `{text}`: {problem}"))?;
            Ok(parsed)
        });
        Ok(Self(terms.collect::<Result<_, String>>()?))
    }

    pub(crate) fn selects(&self, object: &Value) -> bool {
        self.0.iter().all(|term| {
            let is = field(object, &term.path);
            (is.as_deref() == Some(&term.value)) == term.equal
        })
    }
}

/// Cut at the commas without a backslash.
fn terms(text: &str) -> Vec<&str> {
    let mut escaped = false;
    let cut = text.split(move |character| {
        let separates = character == ',' && !escaped;
        escaped = character == '\\' && !escaped;
        separates
    });
    cut.collect()
}

fn parse(term: &str) -> Result<Term, String> {
    let understood = term.char_indices().find_map(|(at, _)| {
        let (path, rest) = term.split_at_checked(at)?;
        let operators = [("!=", false), ("==", true), ("=", true)];
        operators.into_iter().find_map(|(operator, equal)| Some((path, equal, rest.strip_prefix(operator)?)))
    });
    let Some((path, equal, value)) = understood else {
        return Err(format!("cannot understand `{term}`, expected PATH=VALUE, PATH==VALUE or PATH!=VALUE"));
    };
    Ok(Term { path: path.to_owned(), equal, value: unescaped(value)? })
}

fn unescaped(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(meant @ ('\\' | ',' | '=')) => text.push(meant),
                Some(other) => return Err(format!("`\\{other}` is no escape, only `\\\\`, `\\,` and `\\=` are")),
                None => return Err("a value ends with a lone `\\`".to_owned()),
            },
            '=' => return Err(format!("`=` in the value `{value}` needs a `\\` before it")),
            other => text.push(other),
        }
    }
    Ok(text)
}

/// A field as a text: empty when it is not there, as in Kubernetes; none when it is a map or a list.
fn field(object: &Value, path: &str) -> Option<String> {
    match path.split('.').try_fold(object, |value, step| value.get(step)) {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(_) | Value::Object(_)) => None,
        Some(scalar) => Some(scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::FieldSelector;
    use serde_json::json;

    #[test]
    fn terms_select() {
        let object = json!({
            "metadata": {"name": "db", "namespace": "shop"},
            "spec": {"replicas": 2, "paused": false, "note": r"a=b,c\", "list": []},
        });
        for (selector, selects) in [
            ("", true),
            ("metadata.name=db", true),
            ("metadata.name==db,metadata.namespace=shop", true),
            ("metadata.name=db,metadata.namespace=other", false),
            ("metadata.name!=db", false),
            ("metadata.name=db,", true),
            ("spec.replicas=2", true),
            ("spec.paused=false", true),
            ("spec.nodeName=", true),
            ("spec.nodeName!=a", true),
            ("spec.nodeName.deeper=", true),
            (r"spec.note=a\=b\,c\\", true),
            ("spec.list=", false),
            ("spec.list!=", true),
        ] {
            assert_eq!(FieldSelector::parse(selector).unwrap().selects(&object), selects, "{selector}");
        }
    }

    #[test]
    fn nonsense_is_told() {
        for (selector, problem) in [
            ("name", "cannot understand `name`, expected PATH=VALUE, PATH==VALUE or PATH!=VALUE"),
            ("a=b=c", "`=` in the value `b=c` needs a `\\` before it"),
            (r"a=\x", r"`\x` is no escape, only `\\`, `\,` and `\=` are"),
            (r"a=b\", r"a value ends with a lone `\`"),
        ] {
            assert_eq!(
                FieldSelector::parse(selector).unwrap_err(),
                format!("invalid field selector `{selector}`: {problem}")
            );
        }
    }
}
