//! The graph as others read it. Every text depends on the graph alone: the same input gives the same bytes.

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

mod label;
mod mermaid;
mod dot;
mod json;
mod text;
mod svg;

/// Writing to a text cannot fail.
fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = std::fmt::Write::write_fmt(out, text);
}
