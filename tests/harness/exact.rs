//! JSON with its numbers as they are written. Here, unlike in the module, `serde_json` reads numbers into 64 bits, and what
//! does not fit would be lost before it is compared.

use serde_json::Value;

/// Stands before a number that was made a string; of a private area, so that no text holds it by chance.
pub const MARK: char = '\u{e000}';

/// A number, as it should be written.
pub fn number(digits: &str) -> Value {
    Value::from(format!("{MARK}{digits}"))
}

/// Reads JSON; each number becomes a string behind [`MARK`], digit by digit. Only an exponent is written the one way in
/// which the module and Go write it: `1E5` is `1e+5`.
///
/// # Errors
/// Where it is no JSON.
pub fn read(text: &str) -> Result<Value, String> {
    let mut marked = String::with_capacity(text.len() * 2);
    let (mut string, mut number, mut exponent, mut escaped) = (false, false, false, false);
    for c in text.chars() {
        let digit = !string && (c.is_ascii_digit() || c == '-' || number && matches!(c, '+' | '.' | 'e' | 'E'));
        if digit && !number {
            marked.extend(['"', MARK]);
        } else if number && !digit {
            marked.push('"');
        }
        number = digit;
        match c {
            '"' if !escaped => string = !string,
            _ if exponent && c.is_ascii_digit() => marked.push('+'),
            _ => {}
        }
        escaped = string && c == '\\' && !escaped;
        exponent = number && matches!(c, 'e' | 'E');
        marked.push(if exponent { 'e' } else { c });
    }
    if number {
        marked.push('"');
    }
    serde_json::from_str(&marked).map_err(|error| format!("{error}: {text}"))
}

/// A value with plain numbers, as [`read`] would have read it.
pub fn marked(value: &Value) -> Value {
    read(&value.to_string()).unwrap_or_default()
}

/// Writes what [`read`] read.
pub fn print(value: &Value) -> String {
    let text = value.to_string();
    let mark = format!("\"{MARK}");
    let mut pieces = text.split(&mark);
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once('"').unwrap_or((piece, ""));
        plain.push_str(number);
        plain.push_str(rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_as_they_are_written() {
        let text = r#"{"a":[1,-0,1.10,1e+400,12345678901234567890123],"b\"1":"-1\\E5","":{"c":5e-3},"d":true}"#;
        let value = read(text).unwrap();
        assert_eq!(value.pointer("/a/2"), Some(&number("1.10")));
        assert_eq!(value.pointer("/b\"1"), Some(&Value::from("-1\\E5")));
        assert_eq!(print(&value), text);
        assert_eq!(read("-7").unwrap(), number("-7"));
        assert_eq!((read("1e5").unwrap(), read("1E-5").unwrap()), (number("1e+5"), number("1e-5")));
        assert!(read("{").is_err());
    }
}
