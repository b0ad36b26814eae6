//! `MODEL.onnx.modelinfo`: what GStreamer's own inference elements want to know of a model (`GstAnalyticsModelInfo`).
//!
//! An ini file: `[modelinfo]` with `version`, then a section for each tensor with `dir`, `id`, `ranges` and more. What is
//! used here: the ranges of the input, from which mean and std follow, and ids of outputs that name a family.

use std::path::{Path, PathBuf};

use luchs_vision::Family;

/// Why a .modelinfo file does not count.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ModelInfoError {
    /// Not ini.
    #[error("{}: line {line}: expected “[section]” or “key=value”", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// Something else, or of a time to come.
    #[error("{}: it has no section [modelinfo] with version=1.x: correct it, or remove the file", path.display())]
    Version {
        /// The file.
        path: PathBuf,
    },
    /// Ranges that make no sense.
    #[error(
        "{}: ranges of [{section}] must be one or three pairs “min,max” with min < max, separated by “;”, and are “{found}”",
        path.display()
    )]
    Ranges {
        /// The file.
        path: PathBuf,
        /// The tensor.
        section: String,
        /// The value.
        found: String,
    },
}

/// Mean and standard deviation, in the order of the channels.
type Scaling = ([f32; 3], [f32; 3]);

/// What is used of the file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ModelInfo {
    /// Of the input.
    pub(crate) scaling: Option<Scaling>,
    /// What the ids of the outputs say.
    pub(crate) families: Vec<Family>,
}

/// Ids of the registry of tensor ids, by their beginnings.
const IDS: [(&str, Family); 5] = [
    ("yolo-v8-out", Family::Yolov8),
    ("yolo-v10-", Family::Yolov10),
    ("yolo-v26-", Family::Yolov10),
    ("ssd-mobilenet-v1-variant-1-out", Family::SsdNms),
    ("classification-generic-", Family::Classifier),
];

/// Reads `text`; `path` is for messages.
pub(crate) fn parse(text: &str, path: &Path) -> Result<ModelInfo, ModelInfoError> {
    let sections = sections(text, path)?;
    let head = sections.iter().find(|(name, _)| *name == "modelinfo");
    let version = head.and_then(|head| get(head, "version")).unwrap_or_default();
    if version.split('.').next() != Some("1") {
        return Err(ModelInfoError::Version { path: path.to_owned() });
    }
    let mut info = ModelInfo::default();
    for section in sections.iter().filter(|(name, _)| *name != "modelinfo") {
        if get(section, "dir") == Some("input") {
            if let Some(ranges) = get(section, "ranges") {
                let scaling = scaling(ranges).ok_or_else(|| ModelInfoError::Ranges {
                    path: path.to_owned(),
                    section: section.0.to_owned(),
                    found: ranges.chars().take(80).collect(),
                })?;
                info.scaling.get_or_insert(scaling);
            }
            continue;
        }
        let id = get(section, "id").unwrap_or_default();
        let family = IDS.iter().find(|(start, _)| id.starts_with(start));
        if let Some((_, family)) = family.filter(|(_, family)| !info.families.contains(family)) {
            info.families.push(*family);
        }
    }
    Ok(info)
}

fn get<'a>(section: &Section<'a>, key: &str) -> Option<&'a str> {
    let found = section.1.iter().find(|(found, _)| *found == key);
    found.map(|(_, value)| *value)
}

/// Name, keys and values.
type Section<'a> = (&'a str, Vec<(&'a str, &'a str)>);

fn sections<'a>(text: &'a str, path: &Path) -> Result<Vec<Section<'a>>, ModelInfoError> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let name = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        if let Some(name) = name {
            sections.push((name, Vec::new()));
            continue;
        }
        match (line.split_once('='), sections.last_mut()) {
            (Some((key, value)), Some((_, entries))) => entries.push((key.trim(), value.trim())),
            _ => {
                return Err(ModelInfoError::Syntax {
                    path: path.to_owned(),
                    line: index + 1,
                });
            }
        }
    }
    Ok(sections)
}

/// Mean and std that bring bytes to `min,max`, for all channels or each.
fn scaling(ranges: &str) -> Option<Scaling> {
    let pair = |text: &str| {
        let (min, max) = text.split_once(',')?;
        let (min, max): (f32, f32) = (min.trim().parse().ok()?, max.trim().parse().ok()?);
        let std = 255.0 / (max - min);
        let mean = -min * std;
        (min < max && std.is_normal() && mean.is_finite()).then_some((mean, std))
    };
    let pairs: Option<Vec<_>> = ranges.trim_end_matches(';').split(';').map(pair).collect();
    match pairs?[..] {
        [one] => Some(([one.0; 3], [one.1; 3])),
        [a, b, c] => Some(([a.0, b.0, c.0], [a.1, b.1, c.1])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<ModelInfo, String> {
        parse(text, Path::new("m.onnx.modelinfo")).map_err(|error| error.to_string())
    }

    const HEAD: &str = "# from the helper\n[modelinfo]\nversion=1.0\ngroup-id=g\n\n[images]\ndir=input\n";

    #[test]
    fn ranges_become_mean_and_std() {
        let of = |ranges: &str| read(&format!("{HEAD}ranges={ranges}\n")).map(|info| info.scaling);
        assert_eq!(of("0.0,255.0"), Ok(Some(([0.0; 3], [1.0; 3]))));
        assert_eq!(of("0.0, 1.0;0.0,1.0;0.0,1.0"), Ok(Some(([0.0; 3], [255.0; 3]))));
        assert_eq!(
            of("-1.0,1.0;0,1;0,255"),
            Ok(Some(([127.5, 0.0, 0.0], [127.5, 255.0, 1.0])))
        );
        for wrong in ["1,1", "1,0", "0,1;0,1", "0", "nan,1", "a,b", ""] {
            let text = of(wrong).unwrap_err();
            assert!(text.starts_with("m.onnx.modelinfo: ranges of [images]"), "{text}");
        }
    }

    #[test]
    fn ids_of_outputs_name_families() {
        let text = format!("{HEAD}[a]\ndir=output\nid=yolo-v8-out\n[b]\ndir = output\nid = something-else\n");
        assert_eq!(read(&text).map(|info| info.families), Ok(vec![Family::Yolov8]));
        assert_eq!(read(HEAD), Ok(ModelInfo::default()));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        assert!(
            read("[modelinfo]\nversion=1.0\nnonsense\n")
                .unwrap_err()
                .contains("line 3")
        );
        assert!(read("key=value\n").unwrap_err().contains("line 1"));
        for text in ["", "[modelinfo]\nversion=2.0\n", "[images]\ndir=input\n"] {
            assert!(read(text).unwrap_err().contains("version=1.x"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\[modelinfo\\]\nversion=1\n)?([\\[\\]=a;,.0-9\n-]|dir=input\n|ranges=){0,30}") {
            let _ = read(&text);
        }
    }
}
