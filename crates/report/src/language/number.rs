//! Numbers: decimal sign, groups of digits, signs, percent.

use super::Language;
use crate::words::blocks;

/// A number and its unit stay on one line.
pub(crate) const NO_BREAK: char = '\u{a0}';

/// The hyphen after a number, as in “2-mal”, likewise.
pub(crate) const NO_BREAK_HYPHEN: char = '\u{2011}';

/// The sign of typographers: as wide as a plus, so that columns of signed numbers stand straight.
const MINUS: char = '−';

/// What stands for a number that is none.
pub(crate) const NONE: &str = "–";

/// Numbers with fewer digits before the decimal sign are read more easily without groups.
const GROUPED_FROM: usize = 5;

impl Language {
    /// `value` with so many digits behind the decimal sign: `1234.5`, `12,345.6`; in German `1234,5`, `12.345,6`.
    /// Numbers that are not finite are a dash.
    pub fn decimal(self, value: f64, digits: usize) -> String {
        if !value.is_finite() {
            return NONE.to_owned();
        }
        let text = format!("{:.digits$}", value.abs());
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let zero = text.chars().all(|c| matches!(c, '0' | '.'));
        let mut out = String::with_capacity(text.len() + 4);
        if value < 0.0 && !zero {
            out.push(MINUS);
        }
        self.group(whole, &mut out);
        if !part.is_empty() {
            out.push(self.pick('.', ','));
            out.push_str(part);
        }
        out
    }

    /// The same with a sign also before positive numbers: `+0.3`, `−1.2`, `±0.0`.
    pub fn signed(self, value: f64, digits: usize) -> String {
        let text = self.decimal(value, digits);
        if !value.is_finite() || text.starts_with(MINUS) {
            text
        } else if text.contains(|c: char| matches!(c, '1'..='9')) {
            format!("+{text}")
        } else {
            format!("±{text}")
        }
    }

    /// A count: `950`, `12,345`; in German `12.345`.
    pub fn count(self, value: u64) -> String {
        let mut out = String::new();
        self.group(&value.to_string(), &mut out);
        out
    }

    /// A share of 0 to 1 as percent: `97.3 %`.
    pub fn percent(self, share: f64, digits: usize) -> String {
        format!("{}{NO_BREAK}%", self.decimal(share * 100.0, digits))
    }

    /// From one number to another: `−0.3 to 1.9`, in German `−0,3 bis 1,9`.
    pub fn range(self, low: f64, high: f64, digits: usize) -> String {
        let (low, high) = (self.decimal(low, digits), self.decimal(high, digits));
        format!("{low}{NO_BREAK}{}{NO_BREAK}{high}", blocks(self).to)
    }

    fn group(self, digits: &str, out: &mut String) {
        let grouped = digits.len() >= GROUPED_FROM;
        for (index, digit) in digits.chars().enumerate() {
            if grouped && index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push(self.pick(',', '.'));
            }
            out.push(digit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Language::{English, German},
        *,
    };

    fn plain(text: &str) -> String {
        text.replace(NO_BREAK, " ")
    }

    #[test]
    fn each_language_has_its_own_decimal_sign_and_groups() {
        assert_eq!(English.decimal(1234.56, 1), "1234.6");
        assert_eq!(German.decimal(1234.56, 1), "1234,6");
        assert_eq!(English.decimal(-1_234_567.891, 2), "−1,234,567.89");
        assert_eq!(German.decimal(-1_234_567.891, 2), "−1.234.567,89");
        assert_eq!(
            (English.count(12_345), German.count(12_345)),
            ("12,345".into(), "12.345".into())
        );
        assert_eq!((English.count(9999), German.count(0)), ("9999".into(), "0".into()));
    }

    #[test]
    fn zero_has_no_sign_however_it_came_about() {
        assert_eq!(English.decimal(-0.04, 1), "0.0");
        assert_eq!(English.signed(-0.04, 1), "±0.0");
        assert_eq!(English.signed(0.06, 1), "+0.1");
        assert_eq!(German.signed(-0.06, 1), "−0,1");
    }

    #[test]
    fn what_is_no_number_is_a_dash() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(English.decimal(value, 2), "–");
            assert_eq!(German.signed(value, 2), "–");
        }
    }

    #[test]
    fn percent_and_ranges_do_not_break_over_lines() {
        assert_eq!(English.percent(0.9734, 1), "97.3\u{a0}%");
        assert_eq!(plain(&German.percent(0.9734, 1)), "97,3 %");
        assert_eq!(plain(&English.range(-0.3, 1.9, 1)), "−0.3 to 1.9");
        assert_eq!(German.range(-0.3, 1.9, 1), "−0,3\u{a0}bis\u{a0}1,9");
    }
}
