//! Running the launch templates of `pipelines/` with the real `gst-launch-1.0`, and reading what the elements report.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context as _, Result};
use luchs_appliance::pipeline::template;

use crate::{Process, Site};

/// Fills in a template of `pipelines/`: the words for `gst-launch-1.0`.
pub fn render(template: &str, values: &[(&str, String)]) -> Result<Vec<String>> {
    let path = crate::root().join("pipelines").join(template);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let values = values.iter().map(|(name, value)| (*name, value.clone())).collect();
    template::fill(&text, &values).with_context(|| path.display().to_string())
}

/// The values that every template with `luchspublish` wants.
pub fn publish_values(site: &Site, camera: &str) -> Vec<(&'static str, String)> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    vec![
        ("model", text(&crate::model())),
        ("camera", camera.to_owned()),
        ("broker", site.broker.url()),
        ("ca", text(&site.pki.ca_file())),
        ("cert", text(&site.device.certificate)),
        ("key", text(&site.device.key)),
        ("signing-key", site.path("device/device.jwk")),
        ("recipients", site.path("device/recipients")),
        ("outbox", site.path("outbox.db")),
    ]
}

/// Starts `gst-launch-1.0 -m WORDS`; its output goes to files in `folder`. It ends at the first CRITICAL of any element.
pub fn start(folder: &Path, name: &str, words: &[String], environment: &[(&str, &str)]) -> Result<Process> {
    let plugins = crate::built()?;
    Process::start(folder, name, "gst-launch-1.0", |command: &mut Command| {
        command.arg("-m").args(words).env("GST_PLUGIN_PATH", plugins);
        // A registry of its own: another build's plug-ins must not be remembered.
        command.env("GST_REGISTRY", folder.join("gst-registry.bin"));
        command.env("G_DEBUG", "fatal-criticals");
        command.envs(environment.iter().copied());
    })
}

/// The last `luchs-stats` message of each element in the output of `gst-launch-1.0 -m`, by element name.
pub fn stats(output: &str) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut all = BTreeMap::new();
    for line in output.lines() {
        let Some((head, body)) = line.split_once("luchs-stats,") else {
            continue;
        };
        let Some(element) = head.split('"').nth(1) else {
            continue;
        };
        all.insert(
            element.to_owned(),
            body.trim_end_matches(';').split(", ").filter_map(field).collect(),
        );
    }
    all
}

/// `name=(type)number`, or a bool as 0 and 1.
fn field(text: &str) -> Option<(String, f64)> {
    let (name, value) = text.trim().split_once('=')?;
    let value = value.rsplit(')').next()?;
    let number = match value {
        "true" => 1.0,
        "false" => 0.0,
        number => number.parse().ok()?,
    };
    Some((name.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_each_element_counts() {
        let output = "Setting pipeline to PLAYING ...\n\
            Got message #12 from element \"luchsdetect0\" (element): luchs-stats, frames=(guint64)3, fps=(double)9.5;\n\
            Got message #19 from element \"luchsdetect0\" (element): luchs-stats, frames=(guint64)7, fps=(double)9.5;\n\
            Got message #20 from element \"luchspublish0\" (element): luchs-stats, connected=(boolean)true;\n";
        let stats = stats(output);
        assert_eq!(stats["luchsdetect0"]["frames"], 7.0);
        assert_eq!(stats["luchspublish0"]["connected"], 1.0);
    }
}
