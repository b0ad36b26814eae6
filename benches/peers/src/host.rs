//! On what, and with which versions.

use std::{fs, path::Path, process::Command};

use crate::{options::Options, setup::Places};

/// Names and versions.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Host {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    /// Instruction sets that matter to int8.
    pub(crate) sets: Vec<String>,
    /// Processes that wanted to run in the minute before.
    pub(crate) load_before: f64,
    pub(crate) versions: Vec<(String, String)>,
}

impl Host {
    pub(crate) fn look(places: &Places, options: &Options) -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |key: &str| {
            let line = cpuinfo.lines().find(|line| line.starts_with(key)).unwrap_or_default();
            line.split_once(':')
                .map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        let flags = field("flags") + " " + &field("Features");
        let known = [
            "avx2",
            "avx512f",
            "avx_vnni",
            "avx512_vnni",
            "amx_int8",
            "amx_bf16",
            "asimddp",
            "i8mm",
        ];
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let peer = match &places.peer_gst[..] {
            [loader, rest @ ..] => said(
                loader,
                &rest.iter().map(String::as_str).chain(["--version"]).collect::<Vec<_>>(),
            ),
            [] => String::new(),
        };
        let mut versions = vec![
            ("Luchs".to_owned(), said("git", &["describe", "--always", "--dirty"])),
            (
                "GStreamer of Luchs".to_owned(),
                version(&said("gst-launch-1.0", &["--version"])),
            ),
            (
                "ONNX Runtime of Luchs".to_owned(),
                numbered(&options.assets.join("runtime"), ""),
            ),
            ("GStreamer of onnxinference".to_owned(), version(&peer)),
            (
                "ONNX Runtime of onnxinference".to_owned(),
                numbered(&places.peer_libraries, "libonnxruntime.so."),
            ),
        ];
        let packages = said(&places.python, &["-m", "pip", "freeze", "--disable-pip-version-check"]);
        let wanted = ["onnxruntime", "opencv-python-headless", "openvino", "numpy"];
        versions.extend(packages.lines().filter_map(|line| {
            let (name, version) = line.split_once("==")?;
            wanted
                .contains(&name)
                .then(|| (format!("{name} (Python)"), version.to_owned()))
        }));
        Self {
            cpu: field("model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            sets: known
                .iter()
                .filter(|set| flags.split(' ').any(|f| f == **set))
                .map(|s| (*s).to_owned())
                .collect(),
            load_before: load
                .split(' ')
                .next()
                .and_then(|load| load.parse().ok())
                .unwrap_or_default(),
            versions,
        }
    }
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}

/// The last word of the first line.
fn version(text: &str) -> String {
    text.lines()
        .next()
        .and_then(|line| line.split(' ').next_back())
        .unwrap_or_default()
        .to_owned()
}

/// The longest rest of a file name after `prefix` that is a version.
fn numbered(directory: &Path, prefix: &str) -> String {
    let names = fs::read_dir(directory).into_iter().flatten().flatten();
    let rests = names.filter_map(|entry| {
        entry
            .file_name()
            .to_string_lossy()
            .strip_prefix(prefix)
            .map(str::to_owned)
    });
    let versions = rests.filter(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'));
    versions.max_by_key(String::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_names_and_words() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["libx.so.1.23", "libx.so.1.23.2", "libx.so.1.23.2.debug", "liby.so.9"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        assert_eq!(numbered(directory.path(), "libx.so."), "1.23.2");
        assert_eq!(version("gst-launch-1.0 version 1.22.0\nGStreamer 1.22.0"), "1.22.0");
    }
}
