//! The SECTION that stands at the top of each element's imp.rs, in the markup of GStreamer's documentation.

use std::{fs, path::PathBuf};

/// An element's SECTION in Markdown.
pub(crate) struct Section {
    /// Prose, with headings one level below the element's.
    pub(crate) prose: String,
    /// The launch line, as it can be pasted.
    pub(crate) example: String,
}

impl Section {
    /// Of the element with this name.
    pub(crate) fn of(element: &str) -> Self {
        let sources = fs::read_dir(luchs_tests::root().join("plugins")).unwrap();
        let files = sources.flat_map(|plugin| imps(plugin.unwrap().path().join("src")));
        let head = format!("SECTION:element-{element}\n");
        let text = files
            .map(|file| fs::read_to_string(file).unwrap())
            .find(|text| text.contains(&head));
        let text = text.unwrap_or_else(|| panic!("no SECTION for {element} in plugins/*/src/*/imp.rs"));
        let section = text
            .split_once(&head)
            .and_then(|(_, rest)| rest.split_once("*/"))
            .unwrap()
            .0;
        let lines = section
            .lines()
            .map(|line| line.trim_start().trim_start_matches('*').trim());
        let lines: Vec<_> = lines.filter(|line| !line.starts_with('@')).collect();
        let (prose, example) = {
            let at = lines.iter().position(|line| line.starts_with("## Example"));
            lines.split_at(at.unwrap_or_else(|| panic!("{element}: no example launch line")))
        };
        let begin = example.iter().position(|line| *line == "|[").unwrap();
        let end = example.iter().position(|line| *line == "]|").unwrap();
        Self {
            prose: markdown(&prose.join("\n")),
            example: broken(&example[begin + 1..end].join(" ")),
        }
    }
}

/// The imp.rs of a plug-in's elements.
fn imps(source: PathBuf) -> Vec<PathBuf> {
    let folders = fs::read_dir(source).into_iter().flatten();
    let files = folders.map(|folder| folder.unwrap().path().join("imp.rs"));
    files.filter(|file| file.is_file()).collect()
}

fn markdown(text: &str) -> String {
    let text = text.trim().replace("\n## ", "\n### ");
    // A type of GStreamer's, which its documentation makes a link of.
    text.replace("#Gst", "Gst")
        .replace("%TRUE", "true")
        .replace("%FALSE", "false")
}

/// One element a line, as a shell takes it.
fn broken(line: &str) -> String {
    let mut words = line.split(" ! ");
    let first = words.next().unwrap_or_default();
    words.fold(first.to_owned(), |line, word| format!("{line} ! \\\n  {word}"))
}
