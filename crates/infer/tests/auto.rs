//! `device=auto`: measured once, remembered, and never a device that answers otherwise.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;
mod process;

use std::{
    fs,
    path::{Path, PathBuf},
};

use luchs_infer::{
    Device, Engine, EngineOptions, LIBRARY_VARIABLE, ModelSource, OPENVINO_VARIABLE,
    auto::{Source, Verdict},
    cache::CACHE_VARIABLE,
};
use luchs_model::onnx::ModelProto;
use process::{child, is_child, say};

/// Intel builds the plug-in for its own computers only.
const HAS_OPENVINO: bool = cfg!(target_arch = "x86_64");

fn opened(model: &ModelProto, device: &str, threads: usize) -> Engine {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.onnx");
    fs::write(&path, models::bytes(model)).unwrap();
    let options = EngineOptions {
        device: device.parse().unwrap(),
        threads,
        ..EngineOptions::default()
    };
    let source = ModelSource {
        path: &path,
        labels: None,
        id: None,
        options: options.clone(),
    };
    Engine::new(&source.model().unwrap().file, &options).unwrap()
}

/// In the child: how the choice is known, its device, and all of it.
fn choose(model: &ModelProto, threads: usize) {
    let engine = opened(model, "auto", threads);
    let choice = engine.choice().unwrap();
    assert_eq!(*engine.device(), choice.device);
    let source = match choice.source {
        Source::Only => "only",
        Source::Operator(_) => "operator",
        Source::Unmeasurable(_) => "unmeasurable",
        Source::Measured(_) => "measured",
        Source::Earlier => "earlier",
        Source::Remembered(_) => "remembered",
    };
    say(format!("{source} {} {choice}", choice.device));
}

fn cached(cache: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache.join("devices")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn it_is_measured_once_and_remembered() {
    const THIS: &str = "it_is_measured_once_and_remembered";
    if is_child() {
        return choose(&models::yolox(), 1);
    }
    if !HAS_OPENVINO {
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let run = || {
        let said = child(THIS, &[(CACHE_VARIABLE, Some(cache.path()))]);
        let mut words = said[0]
            .splitn(3, ' ')
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .into_iter();
        (words.next().unwrap(), words.next().unwrap(), words.next().unwrap())
    };
    let (source, device, sentence) = run();
    assert_eq!(source, "measured", "{sentence}");
    let expected = format!("device=auto takes {device}, measured in ");
    assert!(sentence.starts_with(&expected), "{sentence}");
    assert!(
        sentence.contains("openvino:CPU") && sentence.contains("(agrees with cpu, error 0.0"),
        "{sentence}"
    );
    let [file] = cached(cache.path()).try_into().unwrap();

    let (source, again, sentence) = run();
    assert_eq!((source.as_str(), &again), ("remembered", &device), "{sentence}");
    assert!(sentence.contains(file.to_str().unwrap()), "{sentence}");

    let text = fs::read_to_string(&file).unwrap();
    let lies = text.replacen("threads = 1", "threads = 2", 1);
    assert_ne!(text, lies);
    for damaged in [
        "",
        "device = 7",
        &text[..text.len() / 2],
        &lies,
        &text.replacen("device = ", "device = \"no\" #", 1),
    ] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(run().0, "measured", "{damaged}");
        assert_eq!(run().0, "remembered");
    }
    assert_eq!(cached(cache.path()).len(), 1);
}

#[test]
fn a_cache_that_cannot_be_written_costs_only_the_measuring() {
    const THIS: &str = "a_cache_that_cannot_be_written_costs_only_the_measuring";
    if is_child() {
        choose(&models::yolox(), 1);
        return choose(&models::yolox(), 1);
    }
    if !HAS_OPENVINO {
        return;
    }
    let said = child(THIS, &[(CACHE_VARIABLE, Some("/proc/luchs"))]);
    assert!(
        said[0].starts_with("measured") && said[1].starts_with("earlier"),
        "{said:?}"
    );
}

#[test]
fn with_the_cpu_alone_nothing_is_measured() {
    const THIS: &str = "with_the_cpu_alone_nothing_is_measured";
    if is_child() {
        return choose(&models::yolox(), 1);
    }
    let (library, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let link = library.path().join("libonnxruntime.so");
    std::os::unix::fs::symlink(luchs_infer::library_path().unwrap(), &link).unwrap();
    let said = child(
        THIS,
        &[
            (LIBRARY_VARIABLE, Some(link.as_path())),
            (CACHE_VARIABLE, Some(cache.path())),
            ("CUDA_VISIBLE_DEVICES", Some(Path::new("-1"))),
        ],
    );
    assert_eq!(said, ["only cpu device=auto takes cpu, the only device here"]);
    assert_eq!(cached(cache.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_device_that_answers_otherwise_is_refused_however_fast_it_is() {
    const THIS: &str = "a_device_that_answers_otherwise_is_refused_however_fast_it_is";
    if is_child() {
        let engine = opened(&models::with_noise(models::yolox(), "output"), "auto", 1);
        let choice = engine.choice().unwrap();
        let refused = choice
            .tried
            .iter()
            .find(|tried| tried.device == "openvino:CPU")
            .unwrap();
        assert!(matches!(refused.verdict, Verdict::Disagrees { .. }), "{choice}");
        assert_eq!((engine.device(), refused.ms), (&Device::Cpu, None));
        return say(choice);
    }
    if !HAS_OPENVINO {
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let said = child(THIS, &[(CACHE_VARIABLE, Some(cache.path()))]);
    assert!(
        said[0].contains("refused: output “output” differs from cpu's"),
        "{said:?}"
    );
}

#[test]
fn a_broken_plug_in_is_told_and_the_cpu_taken() {
    const THIS: &str = "a_broken_plug_in_is_told_and_the_cpu_taken";
    if is_child() {
        return choose(&models::yolox(), 1);
    }
    let cache = tempfile::tempdir().unwrap();
    let plugin = cache.path().join("plugin.so");
    fs::write(&plugin, "no library").unwrap();
    let variables = [
        (CACHE_VARIABLE, Some(cache.path())),
        (OPENVINO_VARIABLE, Some(plugin.as_path())),
    ];
    let said = child(THIS, &variables);
    assert!(
        said[0].starts_with("only cpu") && said[0].contains("plugin.so does not load"),
        "{said:?}"
    );
}

/// The trap that this guards against: once a plug-in is registered, the runtime gives it every session for which no
/// device is named.
#[test]
fn the_cpu_stays_the_cpu_after_openvino_was_loaded() {
    if !HAS_OPENVINO {
        return;
    }
    drop(opened(&models::yolox(), "openvino:CPU", 1));
    // OpenVINO fails with the constant that this one has for an input.
    let cpu = opened(&models::families::rtdetr_with_target_size(), "cpu", 1);
    assert_eq!((cpu.fallback(), cpu.active_device().as_str()), (None, "cpu"));
}
