//! Who wrote a policy: a list of mailboxes, as in the head of a mail.
//!
//! Source: RFC 5322, section 3.4 (`mailbox-list`), without groups and without line breaks. kwctl reads the annotation in the
//! same way, and refuses what has no address.

use email_address::EmailAddress;
use std::str::FromStr as _;

/// What to write.
const EXPECTED: &str = "expected NAME <ADDRESS>, such as `Jane Doe <jane@example.com>`, several with commas";

/// Names and addresses; a name may be empty.
pub(super) fn people(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut people = Vec::new();
    // Nothing between two commas is allowed for.
    for mailbox in mailboxes(text).into_iter().filter(|mailbox| !mailbox.trim().is_empty()) {
        people.push(person(mailbox.trim())?);
    }
    if people.is_empty() { Err(format!("nobody is named; {EXPECTED}")) } else { Ok(people) }
}

/// Cuts at commas outside of quotes and angle brackets.
fn mailboxes(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    text.split(|char: char| {
        let was_escaped = std::mem::take(&mut escaped);
        match char {
            _ if was_escaped => {}
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            _ => {}
        }
        char == ',' && !quoted && !angle
    })
    .collect()
}

/// `NAME <ADDRESS>` or `ADDRESS`.
fn person(mailbox: &str) -> Result<(String, String), String> {
    let (name, address) = match mailbox.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim(), address.trim()),
        None => ("", mailbox),
    };
    let address = EmailAddress::from_str(address)
        .map_err(|error| format!("`{mailbox}` has no address that could be used ({error}); {EXPECTED}"))?;
    Ok((unquoted(name), address.to_string()))
}

/// A name without its quotes.
fn unquoted(name: &str) -> String {
    let Some(inside) = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut escaped = false;
    inside
        .chars()
        .filter(|char| {
            escaped = *char == '\\' && !escaped;
            !escaped
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_read_as_in_a_mail() {
        let read = |text| people(text).map(|people| people.iter().map(|(name, to)| format!("{name}|{to}")).collect());
        for (text, expected) in [
            ("A B <a@b.co>", vec!["A B|a@b.co"]),
            ("a@b.co", vec!["|a@b.co"]),
            ("A <a@b.co>, C <c@d.org>", vec!["A|a@b.co", "C|c@d.org"]),
            ("A <a@b.co>,, C <c@d.org>,", vec!["A|a@b.co", "C|c@d.org"]),
            (r#""Doe, \"J\" <x>" <a@b.co>"#, vec![r#"Doe, "J" <x>|a@b.co"#]),
        ] {
            assert_eq!(
                read(text),
                Ok::<Vec<String>, _>(expected.iter().map(|&one| one.to_owned()).collect()),
                "{text}"
            );
        }
        assert_eq!(people(" , "), Err(format!("nobody is named; {EXPECTED}")));
        for (text, reason) in [
            ("The authors", "`The authors` has no address that could be used (Missing separator character '@'.)"),
            ("A a@b.co, B <b@c.org>", "`A a@b.co` has no address that could be used (Invalid character.)"),
            ("A <#$%>", "`A <#$%>` has no address that could be used (Missing separator character '@'.)"),
        ] {
            assert_eq!(people(text), Err(format!("{reason}; {EXPECTED}")));
        }
    }
}
