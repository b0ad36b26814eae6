//! The result as Markdown.

use std::fmt::Write as _;

use crate::{
    host::Host,
    stats::{Figures, Spread},
    variants::Who,
};

/// A line of the table.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Row {
    pub(crate) who: Who,
    pub(crate) name: String,
    pub(crate) streams: u32,
    /// The way that was the fastest.
    pub(crate) way: String,
    pub(crate) figures: Figures,
    /// Luchs' frames per second over its own, and Luchs' CPU per frame over its own.
    pub(crate) luchs_over: Option<(f64, f64)>,
    /// Objects of a stream; None where the outputs are not decoded.
    pub(crate) objects: Option<f64>,
}

/// What stands around the table.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct About {
    pub(crate) model: String,
    pub(crate) clip: String,
    pub(crate) frames: u32,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) host: Host,
    /// What the model finds in the pictures that onnxinference was given.
    pub(crate) objects_of_onnxinference: Option<u64>,
    /// Variants that could not be run, and why.
    pub(crate) missing: Vec<String>,
    /// Largest spread of a variant's runs.
    pub(crate) noise: f64,
}

fn spread(figure: Spread, digits: usize) -> String {
    format!(
        "{:.digits$} ({:.digits$}–{:.digits$})",
        figure.median, figure.min, figure.max
    )
}

/// The whole section.
pub(crate) fn markdown(rows: &[Row], about: &About) -> String {
    let mut text = String::new();
    let host = &about.host;
    let _ = writeln!(
        text,
        "Model `{}`, {} frames of `{}` (1080p H.264) for each stream, rounds in turn: {}; medians, in parentheses the least\n\
         and the most. {} × {}, {}. Load before: {:.2}; runs of one variant lay up to {:.0} % apart.\n",
        about.model,
        about.frames,
        about.clip,
        about.rounds,
        host.cores,
        host.cpu,
        host.sets.join(", "),
        host.load_before,
        about.noise * 100.0
    );
    for streams in [1, 4] {
        let _ = writeln!(
            text,
            "| {streams} stream{} | frames/s, all together | CPU ms/frame | Luchs' frames/s over it | Luchs' CPU over it | start, s | memory, MiB |",
            if streams == 1 { "" } else { "s" }
        );
        let _ = writeln!(text, "|---|---|---|---|---|---|---|");
        for row in rows.iter().filter(|row| row.streams == streams) {
            let (fps, cpu) = row.luchs_over.map_or(("–".to_owned(), "–".to_owned()), |(fps, cpu)| {
                (format!("{fps:.2}"), format!("{cpu:.2}"))
            });
            let _ = writeln!(
                text,
                "| {} | {} | {} | {fps} | {cpu} | {:.1} | {:.0} |",
                row.name,
                spread(row.figures.fps, 1),
                spread(row.figures.cpu_ms, 1),
                row.figures.startup,
                row.figures.memory
            );
        }
        text.push('\n');
    }
    notes(&mut text, rows, about);
    text
}

fn notes(text: &mut String, rows: &[Row], about: &About) {
    text.push_str(
        "Frames per second and CPU are without starting up: the median of runs over a tenth of the frames is taken off. The\n\
         memory is of the largest process. Every run had to report all of its frames as inferred.\n\n\
         Fastest ways, found by trying:\n\n",
    );
    for row in rows.iter().filter(|row| !row.way.is_empty()) {
        let _ = writeln!(text, "- {}, {}: {}", row.name, row.streams, row.way);
    }
    text.push_str("\nObjects found in a stream (score ≥ .3):");
    let found = rows
        .iter()
        .filter_map(|row| Some(format!(" {}, {}: {:.0}", row.name, row.streams, row.objects?)));
    let upstream = about.objects_of_onnxinference.iter().map(|objects| {
        format!(" the pictures that onnxinference was given, read by ONNX Runtime and NumPy: {objects}")
    });
    let _ = writeln!(text, "{}.\n", found.chain(upstream).collect::<Vec<_>>().join(";"));
    for missing in &about.missing {
        let _ = writeln!(text, "Not run: {missing}.\n");
    }
    text.push_str(
        "In the peers' favour: onnxinference makes tensors only, no boxes. In Luchs' favour: onnxinference runs with the ONNX\n\
         Runtime of its distribution, and its elements cannot share a session.\n\n",
    );
    let versions: Vec<String> = about
        .host
        .versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    let _ = writeln!(text, "{}.\n", versions.join(", "));
    let _ = writeln!(
        text,
        "    make bench-peers MODEL=… CLIP=… ROUNDS={} FRAMES={}",
        about.rounds, about.frames
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, streams: u32, fps: f64) -> Row {
        let spread = |median: f64| Spread {
            median,
            min: median - 1.0,
            max: median + 1.0,
        };
        Row {
            who: Who::Peer,
            name: name.to_owned(),
            streams,
            way: "some way".to_owned(),
            figures: Figures {
                fps: spread(fps),
                cpu_ms: spread(30.0),
                startup: 0.51,
                memory: 99.6,
            },
            luchs_over: (streams == 4).then_some((2.004, 0.5)),
            objects: (streams == 4).then_some(12.0),
        }
    }

    fn about() -> About {
        About {
            model: "m".to_owned(),
            clip: "c.mp4".to_owned(),
            frames: 100,
            rounds: 5,
            seconds: 1.0,
            host: Host {
                cpu: "A CPU".to_owned(),
                cores: 2,
                ..Host::default()
            },
            objects_of_onnxinference: Some(11),
            missing: vec!["Luchs, device=openvino, 1 stream: no such library".to_owned()],
            noise: 0.031,
        }
    }

    #[test]
    fn rows_stand_with_their_equals_and_say_everything() {
        let text = markdown(&[row("b", 4, 40.0), row("a", 1, 20.0)], &about());
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
        assert!(
            lines[0].starts_with("| 1 stream |") && lines[2].starts_with("| 4 streams |"),
            "{text}"
        );
        assert_eq!(
            lines[1],
            "| a | 20.0 (19.0–21.0) | 30.0 (29.0–31.0) | – | – | 0.5 | 100 |"
        );
        assert_eq!(
            lines[3],
            "| b | 40.0 (39.0–41.0) | 30.0 (29.0–31.0) | 2.00 | 0.50 | 0.5 | 100 |"
        );
        for part in [
            "b, 4: 12;",
            "NumPy: 11.",
            "Not run: Luchs, device=openvino",
            "up to 3 % apart",
            "- a, 1: some way",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
