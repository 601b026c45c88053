//! What the policy executes does not grow unseen. Fuel is the same on every machine, so this can be a test; times are for
//! `make bench`.

#![expect(clippy::expect_used, reason = "a test that fails says where")]

use std::path::Path;
use waitwarden::engine::POLICY_WASM;
use waitwarden_bench::evaluation;
use waitwarden_bench::figure::Figure;
use waitwarden_bench::record::Record;

/// The names and values of the six.
fn measured() -> Vec<Figure> {
    let fuel = evaluation::fuel(POLICY_WASM).expect("the policy answers");
    fuel.into_iter()
        .map(|(name, fuel)| {
            Figure::new(format!("{name}: fuel"), f64::from(u32::try_from(fuel).expect("less than 4 billion")), "")
        })
        .collect()
}

#[test]
fn fuel_rises_by_a_tenth_at_most_unless_it_is_committed() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results.json");
    let committed = Record::read(&results).expect("what was committed");
    let risen = committed.risen(&measured());
    assert!(
        risen.is_empty(),
        "{}\nMake it cheaper, or say why in the commit that takes it as it is: `make bench-record`.",
        risen.join("\n")
    );
}

#[test]
fn fuel_is_the_same_each_time() {
    assert_eq!(measured(), measured());
}

#[test]
fn what_has_risen_is_named() {
    let before = |value: f64| Figure::new("a: fuel", value, "").everywhere();
    let committed = Record::of(&[before(1000.0)]);
    assert_eq!(committed.risen(&[before(1100.0)]), Vec::<String>::new());
    assert_eq!(committed.risen(&[before(1101.0)]), ["a: fuel: 1101, and 1000 is committed (+10.1 %)"]);
    assert_eq!(committed.risen(&[Figure::new("b: fuel", 5.0, "")]), ["b: fuel: 5, and nothing is committed"]);
}
