//! Amounts for people.

/// A time span in its two largest units.
pub fn age(seconds: u64) -> String {
    let part = |large: u64, small: u64| (seconds / large, seconds % large / small);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => {
            let (hours, minutes) = part(3600, 60);
            format!("{hours} h {minutes} min")
        }
        _ => {
            let (days, hours) = part(86_400, 3600);
            format!("{days} d {hours} h")
        }
    }
}

/// Bytes with a binary unit.
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            let digits = usize::from(unit != "B" && value < 100.0);
            return format!("{value:.digits$} {unit}");
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units() {
        let ages = [0, 119, 120, 7199, 7200, 93_784, 200_000].map(age);
        assert_eq!(
            ages,
            ["0 s", "119 s", "2 min", "119 min", "2 h 0 min", "26 h 3 min", "2 d 7 h"]
        );
        let sizes = [0, 1023, 1024, 412_090_368, 21_474_836_480, 1 << 41].map(bytes);
        assert_eq!(sizes, ["0 B", "1023 B", "1.0 KiB", "393 MiB", "20.0 GiB", "2.0 TiB"]);
    }
}
