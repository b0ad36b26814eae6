//! TensorRT: it compiles a model for one GPU, which takes minutes, so what it made is kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use luchs_model::{Digest, OnnxFile};
use ort::ep::{ExecutionProviderDispatch, TensorRT};

use super::nvidia;
use crate::cache;

/// Providers for GPU `number`: TensorRT, and CUDA for what TensorRT does not know.
pub(super) fn providers(file: &OnnxFile, number: u16, batch: usize) -> Vec<ExecutionProviderDispatch> {
    // Half precision keeps the accuracy of detectors; 8-bit integers are only used where the model says so.
    let mut provider = TensorRT::default()
        .with_device_id(number.into())
        .with_fp16(true)
        .with_int8(file.quantized);
    if let Some((least, most)) = profile(file, batch) {
        // Without this, TensorRT would build again for every size of a batch that it sees for the first time.
        provider = provider
            .with_profile_min_shapes(least)
            .with_profile_opt_shapes(&most)
            .with_profile_max_shapes(most);
    }
    match cache::folder(&engines(file, number, batch)) {
        Ok(folder) => {
            let folder = folder.display().to_string();
            provider = provider
                .with_engine_cache(true)
                .with_engine_cache_path(&folder)
                .with_timing_cache(true)
                .with_timing_cache_path(&folder);
        }
        Err(error) => tracing::warn!(%error, "TensorRT builds its engine anew at every start, which takes minutes"),
    }
    vec![provider.build(), nvidia::cuda(number)]
}

/// The smallest and the largest input of a model that takes batches, in TensorRT's words.
fn profile(file: &OnnxFile, batch: usize) -> Option<(String, String)> {
    let (name, [_, a, b, c]) = (file.open_batch.as_ref()?, file.input.as_ref()?.shape());
    let shape = |frames: usize| format!("{name}:{frames}x{a}x{b}x{c}");
    Some((shape(1), shape(batch.max(1))))
}

/// Whether an engine of `file` for GPU `number` was built before.
pub(crate) fn is_built(file: &OnnxFile, number: u16, batch: usize) -> bool {
    cache::directory().is_ok_and(|cache| has_engine(&cache.join(engines(file, number, batch))))
}

fn has_engine(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        let mut names = entries.flatten().map(|entry| PathBuf::from(entry.file_name()));
        names.any(|name| name.extension().is_some_and(|extension| extension == "engine"))
    })
}

/// The folder of engines in the cache: one for each model, runtime, driver, GPU, precision and batch. TensorRT looks at some of
/// these itself, but takes an old engine for another model that has the same name.
fn engines(file: &OnnxFile, number: u16, batch: usize) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let surroundings = [
        ort::info().to_owned(),
        read("/proc/driver/nvidia/version"),
        gpus(Path::new("/proc/driver/nvidia/gpus")),
    ];
    format!("tensorrt/{}", fingerprint(file, number, batch, &surroundings))
}

fn fingerprint(file: &OnnxFile, number: u16, batch: usize, surroundings: &[String]) -> String {
    let profile = profile(file, batch).map_or_else(String::new, |(_, most)| most);
    let precision = if file.quantized { "fp16+int8" } else { "fp16" };
    let all = format!(
        "{}\n{number}\n{precision}\n{profile}\n{}",
        file.digest,
        surroundings.join("\n")
    );
    let short = |digest: Digest| digest.to_string().chars().take(16).collect::<String>();
    format!("{}-{}", short(file.digest), short(Digest::of(all.as_bytes())))
}

/// What the driver says of each GPU: its name and unique number.
fn gpus(folder: &Path) -> String {
    let mut found: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("information")).ok())
        .collect();
    found.sort();
    found.join("\n")
}

#[cfg(test)]
mod tests {
    use luchs_scene::Size;
    use luchs_vision::{ColorOrder, ElementType, Fit, InputSpec, Layout};

    use super::*;

    fn file(bytes: &'static [u8], quantized: bool) -> OnnxFile {
        OnnxFile {
            path: "m.onnx".into(),
            bytes: bytes.into(),
            digest: Digest::of(bytes),
            quantized,
            operators: Vec::new(),
            open_batch: None,
            input: None,
        }
    }

    #[test]
    fn an_engine_is_for_one_model_gpu_precision_and_runtime() {
        let here = ["runtime 1".to_owned()];
        let first = fingerprint(&file(b"a", false), 0, 8, &here);
        assert_eq!(first, fingerprint(&file(b"a", false), 0, 8, &here));
        for other in [
            fingerprint(&file(b"b", false), 0, 8, &here),
            fingerprint(&file(b"a", true), 0, 8, &here),
            fingerprint(&file(b"a", false), 1, 8, &here),
            fingerprint(&file(b"a", false), 0, 8, &["runtime 2".to_owned()]),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_model_that_takes_batches_has_one_engine_for_all_their_sizes() {
        let mut file = file(b"a", false);
        assert_eq!(profile(&file, 8), None);
        file.open_batch = Some("images".into());
        file.input = Some(InputSpec {
            size: Size {
                width: 416,
                height: 320,
            },
            layout: Layout::Nchw,
            element: ElementType::F32,
            order: ColorOrder::Bgr,
            fit: Fit::Stretch,
            mean: [0.0; 3],
            std: [1.0; 3],
        });
        let (least, most) = profile(&file, 8).unwrap();
        assert_eq!(
            (least.as_str(), most.as_str()),
            ("images:1x3x320x416", "images:8x3x320x416")
        );
        assert_ne!(fingerprint(&file, 0, 8, &[]), fingerprint(&file, 0, 4, &[]));
    }

    #[test]
    fn an_engine_counts_and_a_timing_cache_does_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_engine(folder.path()) && !has_engine(Path::new("/nonexistent")));
        fs::write(folder.path().join("TensorrtExecutionProvider_cache_sm87.timing"), "").unwrap();
        assert!(!has_engine(folder.path()));
        fs::write(
            folder
                .path()
                .join("TensorrtExecutionProvider_TRTKernel_1_0_sm87.engine"),
            "",
        )
        .unwrap();
        assert!(has_engine(folder.path()));
    }
}
