//! What the page is told, as JSON. Places are UTF-16 code units of the text on the page.

use crate::text::Units;
use serde::Serialize;
use waitwarden_review::check::{Checked, Counts, Fix, Located};
use waitwarden_review::explain;
use waitwarden_review::request::Identity;

/// Something that is wrong with the settings.
#[derive(Debug, Serialize)]
pub(crate) struct Complaint {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) message: String,
}

/// What is said, as soon as it is known.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Review {
    /// What is wrong with the settings: then nobody is asked anything.
    pub(crate) settings: Vec<Complaint>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) counts: Counted,
}

/// One thing that is said, and where.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    from: usize,
    to: usize,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    pointer: String,
    rule: String,
    severity: String,
    message: String,
    help: String,
    /// `Deployment shop/web`; empty where a document cannot be read.
    object: String,
    /// The chart's file, in rendered Helm output.
    source: Option<String>,
    /// Is there a page about the rule?
    explained: bool,
    /// What the policy would write, where that ends the finding.
    fix: Option<Vec<Edit>>,
}

/// A stretch of the text, and what stands there instead.
#[derive(Debug, Serialize)]
pub(crate) struct Edit {
    from: usize,
    to: usize,
    insert: String,
}

/// How much was looked at, and what came of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counted {
    documents: usize,
    objects: usize,
    skipped: usize,
    unasked: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    gains: usize,
    touched: usize,
    failed: usize,
    suppressed: usize,
}

/// The manifests as they should be, and the picture.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Outcome {
    /// A unified diff; empty where nothing changes.
    pub(crate) diff: String,
    /// The whole text; none while something is refused.
    pub(crate) manifests: Option<String>,
    /// Why settings that are valid cannot show the plan in templates.
    pub(crate) problem: Option<String>,
    /// The dependency graph, as SVG; none where nobody waits for anybody, and where too many do.
    pub(crate) picture: Option<String>,
    /// The same in words, for who cannot see it.
    pub(crate) words: String,
    /// What the graph cannot show.
    pub(crate) notes: Vec<String>,
}

impl Review {
    /// Those of a text.
    pub(crate) fn of(checked: &Checked) -> Self {
        let units = Units::of(&checked.text);
        Self {
            settings: Vec::new(),
            findings: checked.findings.iter().map(|located| Finding::of(located, checked, &units)).collect(),
            counts: Counted::from(checked.counts),
        }
    }
}

impl Finding {
    fn of(located: &Located, checked: &Checked, units: &Units<'_>) -> Self {
        let Located { finding, place, object, source, fix } = located;
        Self {
            from: units.before(place.start),
            to: units.before(place.end),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            pointer: finding.pointer.clone(),
            rule: finding.rule.clone(),
            severity: finding.severity.to_string(),
            message: finding.message.clone(),
            help: finding.help.clone(),
            object: object.as_ref().map(Identity::label).unwrap_or_default(),
            source: source.clone(),
            explained: explain::page(&finding.rule).is_some(),
            fix: fix.and_then(|at| checked.fixes.get(at)).map(|fix| edits(fix, units)),
        }
    }
}

fn edits(fix: &Fix, units: &Units<'_>) -> Vec<Edit> {
    let edit = |edit: &waitwarden_review::check::Edit| Edit {
        from: units.before(edit.place.start),
        to: units.before(edit.place.end),
        insert: edit.text.clone(),
    };
    fix.edits.iter().map(edit).collect()
}

impl From<Counts> for Counted {
    fn from(counts: Counts) -> Self {
        Self {
            documents: counts.documents,
            objects: counts.objects,
            skipped: counts.skipped,
            unasked: counts.unasked,
            errors: counts.errors,
            warnings: counts.warnings,
            notes: counts.notes,
            gains: counts.gains,
            touched: counts.touched,
            failed: counts.failed,
            suppressed: counts.suppressed,
        }
    }
}
