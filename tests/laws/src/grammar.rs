//! The grammar of the annotations. The bytes are the value of an annotation, read as every one of them.

use serde_json::{Map, Value};
use waitwarden_core::annotation::{self, parse_list};
use waitwarden_core::dependency::{ParseError, parse_one};
use waitwarden_core::{duration, probe};

/// Total; what is wrong has a place inside the text and says what to write; what is printed reads as what was printed.
pub fn grammar(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    list(text);
    let one = parse_one(text);
    if let Ok(dependency) = &one {
        assert_eq!(parse_one(&dependency.to_string()).as_ref(), Ok(dependency));
    } else if let Err(errors) = &one {
        have_places(errors, text);
    }
    if let Err(errors) = probe::parse(text) {
        assert!(!errors.is_empty());
        have_places(&errors, text);
    }
    match duration::parse(text) {
        Ok(duration) => assert_eq!(duration::parse(&duration.to_string()), Ok(duration)),
        Err(message) => assert!(message.starts_with('`')),
    }
    for name in ["depends-on", "timeout", "readiness", "readiness.web", "on-restart", "inject", text] {
        let mut annotations = Map::new();
        annotations.insert(format!("waitwarden.io/{name}"), Value::from(text));
        let annotations = Value::Object(annotations);
        let entries = annotation::entries(Some(&annotations), "waitwarden.io", "/base");
        let mut findings = Vec::new();
        annotation::read(&entries, "waitwarden.io", &mut findings);
        for finding in findings {
            assert!(!finding.message.is_empty(), "{finding:?}");
            let place =
                finding.pointer.strip_prefix("/base").and_then(|rest| rest.strip_prefix("/metadata/annotations/"));
            let key = place.unwrap().replace("~1", "/").replace("~0", "~");
            assert_eq!(annotations.get(&key), Some(&Value::from(text)), "{finding:?}");
            if let Some(span) = finding.span {
                assert!(text.get(span).is_some(), "{text:?}");
            }
        }
    }
}

fn list(text: &str) {
    let (declared, errors) = parse_list(text);
    have_places(&errors, text);
    let mut printed = String::new();
    for (at, one) in declared.iter().enumerate() {
        let written = text.get(one.span.clone()).unwrap();
        assert_eq!(parse_one(written).as_ref(), Ok(&one.dependency));
        let canonical = one.dependency.to_string();
        let again = parse_one(&canonical).unwrap();
        assert_eq!((&again, again.to_string()), (&one.dependency, canonical.clone()));
        assert!(declared[..at].iter().all(|other| other.dependency.target != one.dependency.target));
        printed.push_str(&canonical);
        printed.push(if at % 2 == 0 { '\n' } else { ',' });
    }
    let (again, wrong) = parse_list(&printed);
    assert_eq!(wrong, vec![], "{printed}");
    let dependencies =
        |list: &[annotation::Declared]| list.iter().map(|one| one.dependency.clone()).collect::<Vec<_>>();
    assert_eq!(dependencies(&again), dependencies(&declared), "{printed}");
}

fn have_places(errors: &[ParseError], text: &str) {
    for error in errors {
        assert!(text.get(error.span.clone()).is_some(), "{error:?} in {text:?}");
        assert!(!error.message.is_empty() && !error.help.is_empty(), "{error:?}");
    }
}
