//! Intel's OpenVINO: as a plug-in that is registered with the stock runtime, or built into a runtime of one's own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use ort::{
    device::Device,
    environment::Environment,
    ep::{ArbitrarilyConfigurableExecutionProvider as _, ExecutionProvider as _, OpenVINO},
    session::builder::SessionBuilder,
};

use super::{Load, ProviderError, metadata};
use crate::{cache, runtime, session::reason};

/// Environment variable with the plug-in's library, or with the directory that it is in.
pub const OPENVINO_VARIABLE: &str = "LUCHS_OPENVINO";

/// The library's file name, and where it is beside the runtime's library.
const FILE: &str = "libonnxruntime_providers_openvino_plugin.so";
const FOLDER: &str = "providers/openvino";

/// What the plug-in calls itself; `AUTO` and the like are appended with a dot.
const NAME: &str = "OpenVINOExecutionProvider";
/// Devices that stand for several.
const VIRTUAL: [&str; 4] = ["AUTO", "MULTI", "HETERO", "BATCH"];

/// The plug-in's library as a file, to see whether it is still the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plugin {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) changed: Option<SystemTime>,
}

impl Plugin {
    /// The plug-in that would be used, without loading it.
    pub(crate) fn find() -> Result<Self, ProviderError> {
        let named = env::var_os(OPENVINO_VARIABLE).map(PathBuf::from);
        Self::at(named, &runtime::library_path().unwrap_or_default())
    }

    fn at(named: Option<PathBuf>, library: &Path) -> Result<Self, ProviderError> {
        let named = named.filter(|path| !path.as_os_str().is_empty());
        let file = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file);
        let path = match &named {
            Some(path) if path.is_dir() => path.join(FILE),
            Some(path) => path.clone(),
            None => library.parent().unwrap_or(library).join(FOLDER).join(FILE),
        };
        let path = std::path::absolute(&path).unwrap_or(path);
        match file(&path) {
            Some(metadata) => Ok(Self {
                bytes: metadata.len(),
                changed: metadata.modified().ok(),
                path,
            }),
            None if named.is_some() => Err(ProviderError::Variable { path }),
            None => Err(ProviderError::NoPlugin { path }),
        }
    }
}

/// Names of the devices that OpenVINO sees, such as `CPU` and `GPU.0`. A runtime with OpenVINO inside does not tell.
pub(crate) fn devices(environment: &Environment) -> Result<Vec<String>, ProviderError> {
    if is_built_in() {
        return Ok(vec!["CPU".to_owned()]);
    }
    register(environment)?;
    Ok(names(environment))
}

/// Adds OpenVINO's device `name` to a session, or says why not.
pub(super) fn append(
    builder: SessionBuilder,
    environment: &Environment,
    name: &str,
    load: Load,
) -> Result<SessionBuilder, ProviderError> {
    let (device, precision) = split(name);
    if is_built_in() {
        return built_in(builder, device, precision, load);
    }
    register(environment)?;
    let chosen = chosen(environment, device)?;
    let provider = match device.split_once(':').map_or(device, |(kind, _)| kind) {
        kind if VIRTUAL.contains(&kind) => format!("{NAME}.{kind}"),
        _ => NAME.to_owned(),
    };
    let mut options = vec![(format!("{provider}.load_config"), config(device, precision, load))];
    // Compiling for the CPU takes less than a second; for others it can take half a minute.
    if device != "CPU" {
        match cache::folder("openvino") {
            Ok(folder) => options.push((format!("{provider}.cache_dir"), folder.display().to_string())),
            Err(error) => tracing::warn!(%error, "OpenVINO compiles the model anew at every start"),
        }
    }
    builder
        .with_devices(chosen, Some(&options))
        .map_err(|error| ProviderError::Refused {
            reason: reason(&error),
            remedy: "see the log for what OpenVINO says of it",
        })
}

/// `CPU_FP32` is the device `CPU` with the precision `f32`: the form that ONNX Runtime introduced.
fn split(name: &str) -> (&str, Option<&'static str>) {
    for (suffix, precision) in [("_FP32", "f32"), ("_FP16", "f16"), ("_BF16", "bf16")] {
        if let Some(device) = name.strip_suffix(suffix) {
            return (device, Some(precision));
        }
    }
    (name, None)
}

/// OpenVINO's own properties. Of the plug-in's options, those for threads and streams are ignored without a word.
fn config(device: &str, precision: Option<&str>, load: Load) -> String {
    let mut properties = Vec::new();
    let cpu = device == "CPU" || (device.contains(':') && device.contains("CPU")) || device == "AUTO";
    if cpu {
        // A stream runs one frame at a time; pinned threads would all sit on the same cores where several models run.
        properties.push(("INFERENCE_NUM_THREADS", (load.threads * load.runs).to_string()));
        properties.push(("NUM_STREAMS", load.runs.to_string()));
        properties.push(("ENABLE_CPU_PINNING", "NO".to_owned()));
    }
    if let Some(precision) = precision {
        properties.push(("INFERENCE_PRECISION_HINT", precision.to_owned()));
    }
    let kind = if cpu {
        "CPU"
    } else {
        device.split(['.', ':']).next().unwrap_or(device)
    };
    let properties: Vec<_> = properties
        .iter()
        .map(|(key, value)| format!("\"{key}\":\"{value}\""))
        .collect();
    format!("{{\"{kind}\":{{{}}}}}", properties.join(","))
}

fn built_in(
    builder: SessionBuilder,
    device: &str,
    precision: Option<&str>,
    load: Load,
) -> Result<SessionBuilder, ProviderError> {
    let streams = u8::try_from(load.runs).unwrap_or(u8::MAX);
    let mut provider = OpenVINO::default()
        .with_device_type(device)
        .with_num_threads(load.threads * load.runs)
        .with_num_streams(streams);
    if let Some(precision) = precision {
        provider = provider.with_arbitrary_config("precision", precision.replace('f', "FP").replace("bFP", "BF"));
    }
    builder
        .with_execution_providers([provider.build().error_on_failure()])
        .map_err(|error| ProviderError::Refused {
            reason: reason(&error),
            remedy: "this ONNX Runtime has OpenVINO built in: keep OpenVINO's libraries beside it, and install the device's driver",
        })
}

fn is_built_in() -> bool {
    OpenVINO::is_available().unwrap_or(false)
}

/// Loads the plug-in, once in a process. A failed attempt may be repeated.
fn register(environment: &Environment) -> Result<(), ProviderError> {
    static REGISTERED: Mutex<bool> = Mutex::new(false);
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    if *registered {
        return Ok(());
    }
    let Plugin { path, .. } = Plugin::find()?;
    environment
        .register_ep_library("luchs-openvino", &path)
        .map_err(|error| ProviderError::Plugin {
            path: path.clone(),
            reason: reason(&error),
        })?;
    *registered = true;
    tracing::info!(plugin = %path.display(), devices = names(environment).join(","), "OpenVINO loaded");
    Ok(())
}

/// Devices of the plug-in under its plain name, with OpenVINO's name for each.
fn of_provider<'e>(environment: &'e Environment, provider: &str) -> Vec<(String, Device<'e>)> {
    let devices = environment
        .devices()
        .filter(|device| device.ep().is_ok_and(|ep| ep == provider));
    devices
        .filter_map(|device| Some((metadata::value(&device, "ov_device")?, device)))
        .collect()
}

fn names(environment: &Environment) -> Vec<String> {
    of_provider(environment, NAME)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// The devices that `wanted` stands for, in its order.
fn chosen<'e>(environment: &'e Environment, wanted: &str) -> Result<Vec<Device<'e>>, ProviderError> {
    let (kind, list) = match wanted.split_once(':') {
        Some((kind, list)) => (kind, Some(list)),
        None => (wanted, None),
    };
    let (provider, wishes) = if VIRTUAL.contains(&kind) {
        let wishes: Vec<_> = list.map(|list| list.split(',').collect()).unwrap_or_default();
        (format!("{NAME}.{kind}"), wishes)
    } else {
        (NAME.to_owned(), vec![wanted])
    };
    let mut present = of_provider(environment, &provider);
    if present.is_empty() && provider != NAME {
        return Err(ProviderError::Virtual(kind.to_owned()));
    }
    if wishes.is_empty() {
        return Ok(present.into_iter().map(|(_, device)| device).collect());
    }
    let mut chosen = Vec::new();
    for wish in wishes {
        let Some(index) = present.iter().position(|(name, _)| same(name, wish)) else {
            return Err(ProviderError::OpenVinoDevice {
                wanted: wish.to_owned(),
                present: names(environment).join(", "),
                remedy: remedy(wish),
            });
        };
        chosen.push(present.remove(index).1);
    }
    Ok(chosen)
}

/// OpenVINO calls the only GPU `GPU`, and the first of several `GPU.0`.
fn same(name: &str, wish: &str) -> bool {
    let plain = |name: &str| name.strip_suffix(".0").unwrap_or(name).to_owned();
    plain(name) == plain(wish)
}

fn remedy(wanted: &str) -> &'static str {
    if wanted.starts_with("GPU") {
        "install Intel's driver (Debian package intel-opencl-icd) and let this user read and write /dev/dri/renderD* (group \
         render)"
    } else if wanted.starts_with("NPU") {
        "install Intel's NPU driver (intel-driver-compiler-npu, intel-level-zero-npu) and let this user read and write \
         /dev/accel/accel* (group render)"
    } else {
        "name one of those"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plug_in_is_sought_beside_the_runtime_or_where_the_variable_says() {
        let directory = tempfile::tempdir().unwrap();
        let library = directory.path().join("libonnxruntime.so");
        let expected = directory.path().join(FOLDER).join(FILE);
        let message = Plugin::at(None, &library).unwrap_err().to_string();
        assert!(
            message.contains(expected.to_str().unwrap()) && message.contains(OPENVINO_VARIABLE),
            "{message}"
        );
        fs::create_dir_all(expected.parent().unwrap()).unwrap();
        fs::write(&expected, "abc").unwrap();
        for named in [
            None,
            Some(PathBuf::new()),
            Some(expected.clone()),
            expected.parent().map(Path::to_owned),
        ] {
            let plugin = Plugin::at(named, &library).unwrap();
            assert_eq!((plugin.path, plugin.bytes), (expected.clone(), 3));
        }
        let message = Plugin::at(Some("/nonexistent/plugin.so".into()), &library)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("LUCHS_OPENVINO is /nonexistent/plugin.so"),
            "{message}"
        );
    }

    #[test]
    fn the_only_gpu_is_the_first() {
        for (name, wish, expected) in [
            ("GPU", "GPU", true),
            ("GPU", "GPU.0", true),
            ("GPU.0", "GPU", true),
            ("GPU.1", "GPU", false),
            ("GPU.1", "GPU.1", true),
            ("CPU", "GPU", false),
        ] {
            assert_eq!(same(name, wish), expected, "{name} {wish}");
        }
    }

    #[test]
    fn threads_streams_and_precision_reach_openvino() {
        let load = Load {
            threads: 2,
            runs: 4,
            batch: 1,
        };
        let (device, precision) = split("CPU_FP32");
        assert_eq!((device, precision), ("CPU", Some("f32")));
        assert_eq!(
            config(device, precision, load),
            r#"{"CPU":{"INFERENCE_NUM_THREADS":"8","NUM_STREAMS":"4","ENABLE_CPU_PINNING":"NO","INFERENCE_PRECISION_HINT":"f32"}}"#
        );
        let (device, precision) = split("GPU.1_FP16");
        assert_eq!(
            config(device, precision, load),
            r#"{"GPU":{"INFERENCE_PRECISION_HINT":"f16"}}"#
        );
        assert_eq!(config("NPU", None, load), r#"{"NPU":{}}"#);
    }
}
