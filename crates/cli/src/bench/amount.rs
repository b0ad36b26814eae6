//! Amounts on the command line: times with their unit, sizes of frames.

use std::time::Duration;

use luchs_scene::Size;

/// `10s`, `500ms`, `2m`; a bare number is seconds.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let second = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" => 60.0,
        _ => {
            return Err(format!(
                "“{unit}” is no unit of time: use ms, s or m, as in 500ms or 10s"
            ));
        }
    };
    number
        .trim()
        .parse()
        .ok()
        .and_then(|number: f64| Duration::try_from_secs_f64(number * second).ok())
        .filter(|time| *time <= LONGEST)
        .ok_or_else(|| "not a time of up to a day: use for example 500ms, 10s or 2m".to_owned())
}

const LONGEST: Duration = Duration::from_hours(24);

/// `1920x1080`.
pub(crate) fn size(text: &str) -> Result<Size, String> {
    let sides = text.split_once(['x', '×']);
    let side = |text: &str| text.parse().ok().filter(|side| (16..=16384).contains(side));
    sides
        .and_then(|(width, height)| {
            Some(Size {
                width: side(width)?,
                height: side(height)?,
            })
        })
        .ok_or_else(|| "not a frame size of 16x16 to 16384x16384: use for example 1920x1080".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(time("10"), Ok(Duration::from_secs(10)));
        assert_eq!(time("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(time("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(time("2m"), Ok(Duration::from_mins(2)));
        for wrong in ["", "s", "-1s", "10h", "1e30", "NaN", "inf"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_sane() {
        assert_eq!(
            size("640x480"),
            Ok(Size {
                width: 640,
                height: 480
            })
        );
        for wrong in ["", "640", "0x480", "640x", "99999x1", "-1x-1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
