//! Which objects of a list are wanted.

pub(crate) use self::field::FieldSelector;
pub(crate) use self::label::LabelSelector;

mod field;
mod label;
mod token;
