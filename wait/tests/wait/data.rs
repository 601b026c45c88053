//! Answers that a real API server gave (`tests/data`).

use waitwarden_test_servers::Answer;

/// 200 with a file of `tests/data`.
pub(crate) fn data(file: &str) -> Answer {
    status(200, file)
}

/// A status with a file of `tests/data`.
pub(crate) fn status(code: u16, file: &str) -> Answer {
    Answer::Text(code, text(file))
}

/// The text of a file of `tests/data`.
pub(crate) fn text(file: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}
