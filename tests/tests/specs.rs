//! The literate specifications in `specs/`, run natively and as WebAssembly.
use waitwarden_tests::spec::hold;
use waitwarden_tests::verdict::{self, Both};

#[test]
fn what_is_written_is_what_happens() {
    let policy = verdict::policy().expect("the policy loads");
    let ran = hold(&Both(&policy)).unwrap_or_else(|failures| panic!("{failures}"));
    assert!(ran > 60, "only {ran} cases were found");
}
