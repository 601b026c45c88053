//! The pictures in `docs/`, drawn anew: `make bless` writes what is drawn now.

use std::fs;
use std::process::Command;
use waitwarden_tests::{binary, root};

#[test]
fn the_graph_of_the_example_is_what_is_drawn() {
    let output = Command::new(binary("waitwarden"))
        .args(["graph", "--isolated", "--format", "svg", "examples/shop"])
        .current_dir(root())
        .output()
        .expect("the command runs");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let file = root().join("docs/shop.svg");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &output.stdout).expect("the picture can be written");
    }
    let picture = fs::read_to_string(&file).expect("docs/shop.svg");
    assert_eq!(picture, String::from_utf8(output.stdout).expect("text"), "`make bless` draws docs/shop.svg");
}
