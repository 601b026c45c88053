//! How findings are shown. Reports are text; who prints them is somebody else's business.

pub mod json;
pub mod text;
