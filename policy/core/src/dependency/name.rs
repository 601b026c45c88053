//! Which names Kubernetes and the DNS accept.

/// A DNS-1123 label: lower-case letters, digits and `-`, at most 63 (Kubernetes `IsDNS1123Label`).
pub(crate) fn is_label_name(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    text.len() <= 63
        && edge(text.as_bytes().first())
        && edge(text.as_bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A DNS-1123 subdomain: labels joined by dots, at most 253 (Kubernetes `IsDNS1123Subdomain`).
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label_name)
}

/// A port name: at most 15, a letter in it, no `--` (Kubernetes `IsValidPortName`).
pub(crate) fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && is_label_name(text)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && crate::search::cut(text, "--").is_none()
}

/// A host name: as a subdomain, but `_` and a final dot are in use and accepted.
pub(super) fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    !text.is_empty()
        && text.len() <= 253
        && text.split('.').all(|label| {
            label.len() <= 63
                && !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
        })
}

/// A name of letters, digits, `-`, `_` and `.` that begins and ends with a letter or digit, at most 63
/// (Kubernetes' rule for label values and for the name part of keys).
pub(super) fn is_qualified(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    text.len() <= 63
        && edge(text.as_bytes().first())
        && edge(text.as_bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A label's key: a name, perhaps behind a prefix and `/`.
pub(super) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_qualified(name),
        None => is_qualified(text),
    }
}

/// A label's value: empty or a name.
pub(super) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_qualified(text)
}
