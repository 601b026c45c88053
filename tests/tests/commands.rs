//! The command line as people see it: the commands of the README, of `cli/` and of the first pages of `docs/`, run, with what they print and how they
//! end. `make bless` takes what they print now.

use waitwarden_tests::{binary, root};

#[test]
fn the_commands_print_what_is_written() {
    // The commands name files of the workspace.
    assert!(std::env::set_current_dir(root()).is_ok());
    let cases = trycmd::TestCases::new();
    cases.register_bin("waitwarden", binary("waitwarden"));
    // What a reader does by hand.
    for by_hand in ["git", "make", "kwctl", "cargo"] {
        cases.register_bin(by_hand, trycmd::schema::Bin::Ignore);
    }
    cases.case("README.md").case("tests/cli/*.md");
    cases.case("docs/start-offline.md").case("docs/start-cluster.md").case("docs/settings.md");
    cases.run();
}
