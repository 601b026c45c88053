//! What each rule means. The pages are `docs/rules/*.md`, a file for each rule that the policy or this program can name; they
//! are part of the program, so `waitwarden explain` needs neither the network nor the repository.

use std::fmt::Write as _;

const BOLD: &str = "\u{1b}[1m";
const CYAN: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The rule.
    pub rule: &'static str,
    /// The page, as Markdown.
    pub text: &'static str,
}

macro_rules! pages {
    ($($rule:literal),* $(,)?) => {
        /// Every page, by the name of the rule.
        const PAGES: &[Page] =
            &[$(Page { rule: $rule, text: include_str!(concat!("../../../docs/rules/", $rule, ".md")) }),*];
    };
}

pages!(
    "annotation-overridden",
    "cannot-work",
    "created",
    "dependency-cycle",
    "dependency-renamed",
    "dependency-without-readiness-probe",
    "exempt-namespace",
    "hook-deadlock",
    "host-network-dns",
    "immutable-template",
    "invalid-annotation",
    "invalid-dependency",
    "invalid-readiness",
    "invalid-suppression",
    "invalid-timeout",
    "job-expires",
    "job-stale",
    "left-alone",
    "lookup-failed",
    "loss-cascade",
    "malformed",
    "memory-raised",
    "mesh-false-positive",
    "missing-dependency",
    "missing-permission",
    "needs-newer-kubernetes",
    "no-api-access",
    "no-readiness-probe",
    "no-restart-rule",
    "no-wait-container",
    "no-watch-container",
    "not-a-string",
    "not-allowed",
    "not-copied",
    "not-edited",
    "not-evaluated",
    "other-kind",
    "outdated-wait",
    "own-restart-rules",
    "policy",
    "policy-condition",
    "policy-context",
    "policy-mutating",
    "policy-rules",
    "policy-selector",
    "policy-settings",
    "probe-host",
    "publishes-not-ready-addresses",
    "readiness-cannot-work",
    "readiness-conflict",
    "readiness-derived",
    "readiness-unused",
    "reserved-name",
    "restarts-all-containers",
    "rewait-contradiction",
    "self-dependency",
    "service-selects-nothing",
    "service-without-endpoints",
    "suspicious-yaml",
    "timeout-too-long",
    "unknown-annotation",
    "unknown-dependency",
    "unknown-service-port",
    "unreadable",
    "unused-suppression",
    "wait-outlasts-rollout",
    "weak-security-context",
    "windows",
);

/// Every page, by the name of the rule.
pub fn pages() -> impl ExactSizeIterator<Item = Page> {
    PAGES.iter().copied()
}

/// The page of a rule.
pub fn page(rule: &str) -> Option<Page> {
    PAGES.binary_search_by_key(&rule, |page| page.rule).ok().and_then(|at| PAGES.get(at)).copied()
}

/// The rule whose name is nearest to what somebody typed, if one is near.
pub fn nearest(rule: &str) -> Option<&'static str> {
    crate::nearest::nearest(rule, PAGES.iter().map(|page| page.rule))
}

impl Page {
    /// The sentence below the heading.
    pub fn summary(self) -> &'static str {
        self.text.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default()
    }

    /// Where it can be read.
    pub fn url(self) -> String {
        format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), self.rule)
    }

    /// For a terminal: headings stand out, and examples are indented instead of fenced. The stream that prints it takes the
    /// colours out where they are not wanted.
    pub fn styled(self) -> String {
        self.written(BOLD, CYAN, RESET)
    }

    fn written(self, bold: &str, cyan: &str, reset: &str) -> String {
        let mut text = String::new();
        let mut fenced = false;
        for line in self.text.lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if fenced && !line.is_empty() {
                let _ = writeln!(text, "    {cyan}{line}{reset}");
            } else if let Some(heading) = line.strip_prefix("## ").or_else(|| line.strip_prefix("# ")) {
                let _ = writeln!(text, "{bold}{heading}{reset}");
            } else {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }

    /// The same without colours.
    pub fn plain(self) -> String {
        self.written("", "", "")
    }
}

/// Every rule with its sentence.
pub fn list() -> String {
    let longest = PAGES.iter().map(|page| page.rule.len()).max().unwrap_or_default();
    PAGES
        .iter()
        .fold(String::new(), |text, page| format!("{text}{BOLD}{:longest$}{RESET}  {}\n", page.rule, page.summary()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_found_by_name() {
        assert!(PAGES.is_sorted_by_key(|page| page.rule));
        for known in pages() {
            assert_eq!(page(known.rule), Some(known));
        }
        assert_eq!(page("none"), None);
        assert_eq!(nearest("invalid-dependancy"), Some("invalid-dependency"));
        assert_eq!(nearest("x"), None);
    }

    #[test]
    fn examples_are_indented() {
        let page = Page { rule: "x", text: "# x\n\nA sentence.\n\n## Wrong\n\n```yaml\na: b\n\n```\n" };
        assert_eq!(page.summary(), "A sentence.");
        assert_eq!(page.plain(), "x\n\nA sentence.\n\nWrong\n\n    a: b\n\n");
    }
}
