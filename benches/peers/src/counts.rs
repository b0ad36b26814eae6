//! What a run says it saw: a run that left frames out is no run.

use anyhow::{Result, bail};

/// Over all streams.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub(crate) struct Counts {
    pub(crate) frames: u64,
    pub(crate) objects: u64,
}

impl Counts {
    /// Of the output of loop.py (its last line) or of `gst-launch-1.0 -m` (luchsdetect's last statistics, element by element).
    pub(crate) fn read(output: &str) -> Result<Self> {
        let last = output.lines().last().unwrap_or_default();
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(last)
            && let (Some(frames), Some(objects)) = (value["frames"].as_u64(), value["objects"].as_u64())
        {
            return Ok(Self { frames, objects });
        }
        let mut sum = Self::default();
        for line in output.lines().filter(|line| line.contains("luchs-stats")) {
            let (Some(frames), Some(inferences), Some(objects)) = (
                number(line, "frames="),
                number(line, "inferences="),
                number(line, "objects="),
            ) else {
                bail!("luchsdetect's statistics have no frames, inferences or objects: {line}");
            };
            if frames != inferences {
                bail!("luchsdetect looked at {inferences} of {frames} frames");
            }
            sum.frames += frames;
            sum.objects += objects;
        }
        if sum.frames == 0 {
            bail!("it does not say how many frames it saw");
        }
        Ok(sum)
    }
}

/// The number of ` key=(type)number`.
fn number(line: &str, key: &str) -> Option<u64> {
    let (_, rest) = line.split_once(&format!(" {key}"))?;
    let rest = rest.split_once(')').map_or(rest, |(_, number)| number);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(frames: u32, inferences: u32) -> String {
        format!(
            "Got message #8 from element \"luchsdetect0\" (element): luchs-stats, element=(string)luchsdetect, \
             frames=(guint64){frames}, inferences=(guint64){inferences}, objects=(guint64)7, average-pre-ms=(double)1.5;\n"
        )
    }

    #[test]
    fn both_kinds_of_output_are_read() {
        let json = Counts::read("a warning\n{\"frames\": 480, \"objects\": 12}\n").unwrap();
        assert_eq!(
            json,
            Counts {
                frames: 480,
                objects: 12
            }
        );
        let both = Counts::read(&(stats(20, 20) + &stats(22, 22) + "Got EOS\n")).unwrap();
        assert_eq!(
            both,
            Counts {
                frames: 42,
                objects: 14
            }
        );
    }

    #[test]
    fn frames_that_were_left_out_and_silence_are_errors() {
        let skipped = Counts::read(&stats(20, 10)).unwrap_err().to_string();
        assert_eq!(skipped, "luchsdetect looked at 10 of 20 frames");
        assert!(Counts::read("Got EOS\n").is_err());
        assert!(Counts::read("luchs-stats, frames=(guint64)x;").is_err());
    }
}
