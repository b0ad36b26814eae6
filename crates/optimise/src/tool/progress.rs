//! How far a step of the tool is: `{"step": "sensitivity", "done": 3, "of": 60}`, one a line.

use serde::Deserialize;

/// News of a step.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Progress {
    /// Which part of it.
    pub(super) step: String,
    done: u64,
    of: u64,
}

impl Progress {
    /// Of a line of standard output; None of any other line.
    pub(super) fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line.trim()).ok()
    }

    /// How much is done, 0 to 1.
    pub(super) fn part(&self) -> f64 {
        if self.of == 0 {
            return 0.0;
        }
        (self.done as f64 / self.of as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_progress_are_told_from_others() {
        let progress = Progress::parse("{\"step\": \"sensitivity\", \"done\": 3, \"of\": 60, \"more\": []}\n").unwrap();
        assert_eq!((progress.step.as_str(), progress.part()), ("sensitivity", 0.05));
        assert_eq!(Progress::parse("/work/clean.onnx"), None);
        assert_eq!(Progress::parse("{\"step\": 1}"), None);
        for (done, of, part) in [(0, 0, 0.0), (5, 4, 1.0), (2, 4, 0.5)] {
            let line = format!("{{\"step\": \"s\", \"done\": {done}, \"of\": {of}}}");
            assert_eq!(Progress::parse(&line).unwrap().part(), part);
        }
    }
}
