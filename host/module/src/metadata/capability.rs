//! Which host capabilities there are. Source: policy-evaluator, `host_capabilities.rs`.

/// Every operation, as it is granted.
const OPERATIONS: [&str; 13] = [
    "cache/get",
    "cache/set",
    "crypto/v1/is_certificate_trusted",
    "kubernetes/can_i",
    "kubernetes/get_resource",
    "kubernetes/list_resources_all",
    "kubernetes/list_resources_by_namespace",
    "net/v1/dns_lookup_host",
    "oci/v1/manifest_digest",
    "oci/v1/oci_manifest",
    "oci/v1/oci_manifest_config",
    "oci/v1/verify",
    "oci/v2/verify",
];

/// Why this is no capability; nothing where it is one, or `*`, or the beginning of some and `/*`.
pub(super) fn mistake(pattern: &str) -> Option<String> {
    let known = match pattern.strip_suffix('*') {
        Some("") => true,
        Some(prefix) => prefix.ends_with('/') && OPERATIONS.iter().any(|operation| operation.starts_with(prefix)),
        None => OPERATIONS.contains(&pattern),
    };
    if known {
        return None;
    }
    let inside = format!("{pattern}/");
    if OPERATIONS.iter().any(|operation| operation.starts_with(&inside)) {
        return Some(format!("`{pattern}` is only the beginning of a capability; for all of them write `{inside}*`"));
    }
    Some(format!("there is no capability `{pattern}`; expected `*`, or some of {}", OPERATIONS.join(", ")))
}
