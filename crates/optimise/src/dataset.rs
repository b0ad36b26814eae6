//! Labelled images: a folder of pictures, with a YOLO `.txt` file for each or one COCO `.json` for all.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use luchs_scene::{Labels, Rect, Size};
use serde::Deserialize;

use crate::precision::Truth;

/// What is wrong with a data set.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file or folder that cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder without pictures.
    #[error("{path}: no .jpg, .jpeg or .png picture in this folder", path = path.display())]
    NoImages {
        /// The folder.
        path: PathBuf,
    },
    /// No picture has labels.
    #[error("{path}: no labels for any picture of {images}: expected NAME.txt (YOLO) beside or below, or a COCO .json file", path = path.display(), images = images.display())]
    NoLabels {
        /// Where the labels should be.
        path: PathBuf,
        /// The folder of pictures.
        images: PathBuf,
    },
    /// A line of another format.
    #[error("{path}, line {line}: “{text}” is not “class cx cy width height” with parts of the picture from 0 to 1", path = path.display())]
    YoloLine {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// Another kind of JSON.
    #[error("{path}: not COCO annotations: {source}", path = path.display())]
    CocoJson {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Labels of another model.
    #[error("{path}: class {class} is not among the model's {count} labels", path = path.display())]
    UnknownClass {
        /// The file.
        path: PathBuf,
        /// The class, as the file has it.
        class: String,
        /// How many classes the model has.
        count: usize,
    },
}

/// The pictures of `folder`, by name.
pub fn pictures(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let read = |source| DatasetError::Read {
        path: folder.into(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        if matches!(ending.as_deref(), Some("jpg" | "jpeg" | "png")) {
            found.push(path);
        }
    }
    found.sort();
    if found.is_empty() {
        Err(DatasetError::NoImages { path: folder.into() })
    } else {
        Ok(found)
    }
}

/// Labels of a data set.
#[derive(Clone, Debug)]
pub enum Truths {
    /// A folder with a `.txt` for each picture.
    Yolo {
        /// The folder.
        folder: PathBuf,
        /// How many classes the model has; 0 if that is not known.
        classes: usize,
    },
    /// All annotations by picture name.
    Coco(BTreeMap<String, Vec<Truth>>),
}

impl Truths {
    /// Opens `path`: a folder of YOLO files, or a COCO `.json` whose category names are looked up in `labels`.
    pub fn open(path: &Path, images: &Path, pictures: &[PathBuf], labels: &Labels) -> Result<Self, DatasetError> {
        if path.is_file() {
            return coco(path, labels).map(Self::Coco);
        }
        let truths = Self::Yolo {
            folder: path.into(),
            classes: labels.len(),
        };
        if pictures.iter().any(|picture| yolo_file(path, picture).exists()) {
            Ok(truths)
        } else {
            Err(DatasetError::NoLabels {
                path: path.into(),
                images: images.into(),
            })
        }
    }

    /// What is labelled on `picture` of `size`; a picture without labels shows nothing.
    pub fn of(&self, picture: &Path, size: Size) -> Result<Vec<Truth>, DatasetError> {
        match self {
            Self::Coco(all) => Ok(file_name(picture)
                .and_then(|name| all.get(name))
                .cloned()
                .unwrap_or_default()),
            Self::Yolo { folder, classes } => {
                let path = yolo_file(folder, picture);
                match fs::read_to_string(&path) {
                    Ok(text) => yolo(&text, &path, size, *classes),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
                    Err(source) => Err(DatasetError::Read { path, source }),
                }
            }
        }
    }
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

fn yolo_file(folder: &Path, picture: &Path) -> PathBuf {
    folder
        .join(picture.file_stem().unwrap_or_default())
        .with_extension("txt")
}

fn yolo(text: &str, path: &Path, size: Size, classes: usize) -> Result<Vec<Truth>, DatasetError> {
    let mut truths = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let truth = yolo_line(line, size).ok_or_else(|| DatasetError::YoloLine {
            path: path.into(),
            line: index + 1,
            text: line.chars().take(80).collect(),
        })?;
        if classes > 0 && truth.label_id as usize >= classes {
            return Err(DatasetError::UnknownClass {
                path: path.into(),
                class: truth.label_id.to_string(),
                count: classes,
            });
        }
        truths.push(truth);
    }
    Ok(truths)
}

fn yolo_line(line: &str, size: Size) -> Option<Truth> {
    let mut fields = line.split_whitespace();
    let label_id = fields.next()?.parse().ok()?;
    let numbers: Vec<f32> = fields.map(|field| field.parse().ok()).collect::<Option<_>>()?;
    let [cx, cy, w, h] = *numbers.as_slice() else {
        return None;
    };
    if ![cx, cy, w, h].iter().all(|v| (0.0..=1.0).contains(v)) {
        return None;
    }
    let (width, height) = (size.width as f32, size.height as f32);
    let rect = Rect {
        x: (cx - w / 2.0) * width,
        y: (cy - h / 2.0) * height,
        w: w * width,
        h: h * height,
    };
    Some(Truth {
        rect,
        label_id,
        crowd: false,
    })
}

#[derive(Deserialize)]
struct CocoFile {
    images: Vec<CocoImage>,
    annotations: Vec<CocoAnnotation>,
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: u64,
    file_name: String,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    image_id: u64,
    category_id: u64,
    bbox: [f32; 4],
    #[serde(default)]
    iscrowd: u8,
}

#[derive(Deserialize)]
struct CocoCategory {
    id: u64,
    name: String,
}

fn coco(path: &Path, labels: &Labels) -> Result<BTreeMap<String, Vec<Truth>>, DatasetError> {
    let bytes = fs::read(path).map_err(|source| DatasetError::Read {
        path: path.into(),
        source,
    })?;
    let file: CocoFile = serde_json::from_slice(&bytes).map_err(|source| DatasetError::CocoJson {
        path: path.into(),
        source,
    })?;
    let names: BTreeMap<u64, String> = file
        .images
        .into_iter()
        .map(|image| (image.id, base_name(image.file_name)))
        .collect();
    let categories: BTreeMap<u64, String> = file.categories.into_iter().map(|c| (c.id, c.name)).collect();
    let mut truths: BTreeMap<String, Vec<Truth>> = BTreeMap::new();
    for annotation in file.annotations {
        let class = categories
            .get(&annotation.category_id)
            .cloned()
            .unwrap_or_else(|| annotation.category_id.to_string());
        let label_id = labels.id(&class).ok_or_else(|| DatasetError::UnknownClass {
            path: path.into(),
            class,
            count: labels.len(),
        })?;
        let [x, y, w, h] = annotation.bbox;
        if let Some(name) = names.get(&annotation.image_id) {
            let truth = Truth {
                rect: Rect { x, y, w, h },
                label_id,
                crowd: annotation.iscrowd != 0,
            };
            truths.entry(name.clone()).or_default().push(truth);
        }
    }
    Ok(truths)
}

fn base_name(name: String) -> String {
    name.rsplit_once('/').map(|(_, base)| base.to_owned()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 100, height: 50 };

    #[test]
    fn a_yolo_line_is_a_centre_and_a_size_in_parts_of_the_picture() {
        let truths = yolo("2 0.5 0.5 0.2 0.4\n\n", Path::new("a.txt"), SIZE, 3).unwrap();
        let rect = truths[0].rect;
        assert!((rect.x - 40.0).abs() < 1e-4 && (rect.y - 15.0).abs() < 1e-4, "{rect:?}");
        assert!((rect.w - 20.0).abs() < 1e-4 && (rect.h - 20.0).abs() < 1e-4, "{rect:?}");
    }

    #[test]
    fn a_label_that_does_not_fit_is_named_with_its_place() {
        let error = |text| yolo(text, Path::new("a.txt"), SIZE, 3).unwrap_err().to_string();
        assert!(error("0 .5 .5 .1 .1\n0 40 15 20 20\n").starts_with("a.txt, line 2: “0 40 15 20 20” is not"));
        assert_eq!(
            error("7 .5 .5 .1 .1\n"),
            "a.txt: class 7 is not among the model's 3 labels"
        );
    }

    #[test]
    fn coco_categories_are_matched_by_name_not_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instances.json");
        let json = r#"{"images":[{"id":9,"file_name":"val/a.jpg"}],"categories":[{"id":18,"name":"dog"}],
            "annotations":[{"image_id":9,"category_id":18,"bbox":[1,2,3,4],"iscrowd":1}]}"#;
        fs::write(&path, json).unwrap();
        let truths = coco(&path, &Labels::new(["cat", "dog"])).unwrap();
        assert_eq!((truths["a.jpg"][0].label_id, truths["a.jpg"][0].crowd), (1, true));
        let error = coco(&path, &Labels::new(["cat"])).unwrap_err().to_string();
        assert!(
            error.ends_with("class dog is not among the model's 1 labels"),
            "{error}"
        );
    }
}
