//! Lines of a report for people.

use super::{machine::Machine, spread::Spread};
use crate::output::line;

/// A name and what there is to say about it.
pub(crate) fn row(name: &str, text: impl std::fmt::Display) {
    line(format_args!("  {name:<26}{text}"));
}

/// The head of columns of times.
pub(crate) fn spread_head(title: &str) {
    line(format_args!(
        "  {title:<26}{:>9}{:>9}{:>9}{:>9}{:>9}",
        "mean", "p50", "p90", "p99", "max"
    ));
}

/// Times below the head.
pub(crate) fn spread(name: &str, spread: Option<&Spread>) {
    match spread {
        Some(s) => line(format_args!(
            "  {name:<26}{:>9.2}{:>9.2}{:>9.2}{:>9.2}{:>9.2}",
            s.mean, s.p50, s.p90, s.p99, s.max
        )),
        None => row(name, "not known"),
    }
}

pub(crate) fn machine(machine: &Machine) {
    let governor = machine.governor.as_deref().unwrap_or("not told");
    row(
        "box",
        format_args!("{} × {}, governor {governor}", machine.cpus, machine.cpu),
    );
}
