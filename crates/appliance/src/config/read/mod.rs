//! From text to a configuration, without stopping at the first mistake.

mod cross;
mod file;
mod report;
mod suggest;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub(super) use report::Places;
