//! Sizes and times with their units.

use super::{Language, NO_BREAK};

impl Language {
    /// Bytes with a binary unit, three digits or more: `3.52 MiB`, `412 KiB`.
    pub fn bytes(self, count: u64) -> String {
        let mut value = count as f64;
        let mut unit = "B";
        for larger in ["KiB", "MiB", "GiB", "TiB"] {
            if value < 1024.0 {
                break;
            }
            value /= 1024.0;
            unit = larger;
        }
        let digits = match value {
            _ if unit == "B" => 0,
            0.0..10.0 => 2,
            10.0..100.0 => 1,
            _ => 0,
        };
        format!("{}{NO_BREAK}{unit}", self.decimal(value, digits))
    }

    /// A time span in its two largest units: `0.8 s`, `48 s`, `12 min 5 s`, `1 h 3 min`.
    pub fn seconds(self, seconds: f64) -> String {
        if !(0.0..1e12).contains(&seconds) {
            return self.decimal(f64::NAN, 0);
        }
        if seconds < 9.95 {
            return format!("{}{NO_BREAK}s", self.decimal(seconds, 1));
        }
        let whole = seconds.round() as u64;
        match whole {
            0..60 => format!("{whole}{NO_BREAK}s"),
            60..3600 => two((whole / 60, "min"), (whole % 60, "s")),
            _ => two((whole / 3600, "h"), (whole % 3600 / 60, "min")),
        }
    }
}

/// The smaller unit only where there is some of it.
fn two((large, unit): (u64, &str), (small, part): (u64, &str)) -> String {
    let whole = format!("{large}{NO_BREAK}{unit}");
    match small {
        0 => whole,
        _ => format!("{whole} {small}{NO_BREAK}{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units_and_as_many_digits_as_mean_something() {
        let sizes = [0, 1023, 1024, 3_690_987, 26_214_400, 412_090_368, 1 << 41];
        let english = sizes.map(|size| Language::English.bytes(size).replace(NO_BREAK, " "));
        assert_eq!(
            english,
            [
                "0 B", "1023 B", "1.00 KiB", "3.52 MiB", "25.0 MiB", "393 MiB", "2.00 TiB"
            ]
        );
        assert_eq!(Language::German.bytes(3_690_987), "3,52\u{a0}MiB");
    }

    #[test]
    fn time_spans_have_two_units_at_most() {
        let spans = [0.84, 9.96, 59.4, 60.0, 725.0, 3600.0, 3790.0];
        let german = spans.map(|span| Language::German.seconds(span).replace(NO_BREAK, " "));
        assert_eq!(
            german,
            ["0,8 s", "10 s", "59 s", "1 min", "12 min 5 s", "1 h", "1 h 3 min"]
        );
        assert_eq!(Language::English.seconds(f64::NAN), "–");
        assert_eq!(Language::English.seconds(-1.0), "–");
    }
}
