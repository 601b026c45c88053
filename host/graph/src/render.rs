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
