//! Durations and sizes with their units in the text.

use std::time::Duration;

/// Units of time, in milliseconds.
const TIMES: [(&str, f64); 5] = [
    ("ms", 1.0),
    ("s", 1000.0),
    ("min", 60_000.0),
    ("h", 3_600_000.0),
    ("d", 86_400_000.0),
];

/// Units of memory, in bytes.
const SIZES: [(&str, f64); 9] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It does not begin with a number.
    Number,
    /// A number, but nothing behind it.
    NoUnit,
    /// A number, and something else than a unit behind it.
    Unit,
}

/// `500ms`, `1.5 s`, `2min`, `1h`, `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, Unfit> {
    let millis = amount(text, &TIMES)?;
    Ok(Duration::from_micros((millis * 1000.0).round() as u64))
}

/// `100kB`, `256MiB`, `1 GiB`.
pub(super) fn bytes(text: &str) -> Result<u64, Unfit> {
    Ok(amount(text, &SIZES)?.round() as u64)
}

/// The units of time, for a message.
pub(super) fn time_units() -> String {
    TIMES.map(|(unit, _)| unit).join(", ")
}

/// The units of memory, for a message.
pub(super) fn size_units() -> String {
    SIZES.map(|(unit, _)| unit).join(", ")
}

/// For the JSON Schema.
pub(super) fn time_pattern() -> String {
    pattern(&TIMES)
}

/// For the JSON Schema.
pub(super) fn size_pattern() -> String {
    pattern(&SIZES)
}

fn pattern(units: &[(&str, f64)]) -> String {
    let units: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
    format!("^[0-9]+(\\.[0-9]+)? ?({})$", units.join("|"))
}

/// As a text that is read as the same.
pub(super) fn show_millis(millis: u64) -> String {
    show(millis, &TIMES)
}

/// As a text that is read as the same.
pub(super) fn show_bytes(bytes: u64) -> String {
    show(bytes, &SIZES)
}

/// In the largest unit that divides it.
fn show(amount: u64, units: &[(&str, f64)]) -> String {
    let whole = |unit: &&(&str, f64)| amount.is_multiple_of(unit.1 as u64);
    let largest = |a: &&(&str, f64), b: &&(&str, f64)| a.1.total_cmp(&b.1);
    let (unit, size) = match amount {
        0 => units.get(1),
        _ => units.iter().filter(whole).max_by(largest),
    }
    .unwrap_or(&units[0]);
    format!("{}{unit}", amount / *size as u64)
}

fn amount(text: &str, units: &[(&str, f64)]) -> Result<f64, Unfit> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim_start());
    // A leading digit also keeps out what Rust takes for numbers and nobody else does.
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('.') {
        return Err(Unfit::Number);
    }
    let number: f64 = number.parse().map_err(|_| Unfit::Number)?;
    if unit.is_empty() {
        return Err(Unfit::NoUnit);
    }
    let (_, size) = units.iter().find(|(name, _)| *name == unit).ok_or(Unfit::Unit)?;
    Ok(number * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_a_number_and_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration(" 1.5 s "), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("7d"), Ok(Duration::from_hours(168)));
        assert_eq!(bytes("256MiB"), Ok(256 << 20));
        assert_eq!(bytes("2 GB"), Ok(2_000_000_000));
        assert_eq!(bytes("99999999999999999999TiB"), Ok(u64::MAX));
    }

    #[test]
    fn anything_else_is_told_apart() {
        for (text, expected) in [
            ("", Unfit::Number),
            ("-1s", Unfit::Number),
            ("1.s", Unfit::Number),
            ("1.2.3s", Unfit::Number),
            ("soon", Unfit::Number),
            ("5", Unfit::NoUnit),
            ("5 sec", Unfit::Unit),
            ("5S", Unfit::Unit),
        ] {
            assert_eq!(duration(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_shown_is_read_as_the_same() {
        for millis in [0, 1, 1000, 1500, 60_000, 604_800_000] {
            let text = show_millis(millis);
            assert_eq!(duration(&text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for size in [0, 1, 65_536, 256 << 20, 1_000_000] {
            let text = show_bytes(size);
            assert_eq!(bytes(&text), Ok(size), "{text}");
        }
        assert_eq!((&*show_millis(604_800_000), &*show_bytes(256 << 20)), ("7d", "256MiB"));
    }
}
