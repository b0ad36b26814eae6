//! The `luchs` command.

fn main() {}
