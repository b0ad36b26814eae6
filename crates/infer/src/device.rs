//! Names of devices that a model can run on.

use std::{fmt, str::FromStr};

/// Where a model runs. A device that is named but absent is an error, never a silent fall-back to the CPU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// Luchs chooses, see [`crate::auto`].
    #[default]
    Auto,
    /// ONNX Runtime's own CPU kernels.
    Cpu,
    /// An NVIDIA GPU by its number, through CUDA.
    Cuda(u16),
    /// An NVIDIA GPU by its number, through TensorRT; what TensorRT does not know runs through CUDA.
    TensorRt(u16),
    /// A device of Intel's OpenVINO by its name there, such as `CPU`, `GPU.0`, `NPU` or `AUTO:GPU,CPU`; with `_FP32`,
    /// `_FP16` or `_BF16` behind it for the precision it computes in, where OpenVINO shall not choose that itself.
    OpenVino(String),
}

/// A text that names no [`Device`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DeviceError {
    /// Another kind of device.
    #[error(
        "“{0}” is no device: use auto, cpu, cuda[:n], tensorrt[:n] or openvino[:DEVICE] (for Intel's GPU openvino:GPU, for its NPU openvino:NPU)"
    )]
    Unknown(String),
    /// A number that is none.
    #[error("“{text}”: “{number}” is not the number of a GPU; use for example {kind}:0")]
    Number {
        /// The whole text.
        text: String,
        /// `cuda` or `tensorrt`.
        kind: &'static str,
        /// What stands where the number should.
        number: String,
    },
    /// A name that OpenVINO cannot have.
    #[error(
        "“{0}”: after “openvino:” comes a device in OpenVINO's words, such as CPU, GPU, GPU.1, NPU or AUTO:GPU,CPU"
    )]
    OpenVino(String),
    /// `cpu:1`, `auto:x`.
    #[error("“{0}”: this device takes nothing after a colon")]
    Parameter(String),
}

impl FromStr for Device {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let shown = || text.chars().take(80).collect::<String>();
        let (kind, parameter) = match text.split_once(':') {
            Some((kind, parameter)) => (kind, Some(parameter)),
            None => (text, None),
        };
        let number = |kind| match parameter {
            None => Ok(0),
            Some(number) => number.parse().map_err(|_| DeviceError::Number {
                text: shown(),
                kind,
                number: number.chars().take(80).collect(),
            }),
        };
        match (&*kind.to_ascii_lowercase(), parameter) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("auto" | "cpu", Some(_)) => Err(DeviceError::Parameter(shown())),
            ("cuda", _) => Ok(Self::Cuda(number("cuda")?)),
            ("tensorrt", _) => Ok(Self::TensorRt(number("tensorrt")?)),
            ("openvino", None) => Ok(Self::OpenVino("CPU".to_owned())),
            ("openvino", Some(name)) => {
                let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || ".:,_".contains(c);
                let proper = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(plain);
                if proper {
                    Ok(Self::OpenVino(name.to_owned()))
                } else {
                    Err(DeviceError::OpenVino(shown()))
                }
            }
            _ => Err(DeviceError::Unknown(shown())),
        }
    }
}

impl Device {
    /// The device that is really used: [`Device::Auto`] resolved.
    #[must_use]
    pub fn resolved(&self) -> Self {
        match self {
            Self::Auto => Self::Cpu,
            named => named.clone(),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::TensorRt(number) => write!(f, "tensorrt:{number}"),
            Self::OpenVino(name) => write!(f, "openvino:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for text in [
            "auto",
            "cpu",
            "cuda:0",
            "cuda:3",
            "tensorrt:1",
            "openvino:CPU",
            "openvino:AUTO:GPU.1,CPU",
        ] {
            assert_eq!(text.parse::<Device>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
        assert_eq!("CPU".parse(), Ok(Device::Cpu));
        assert_eq!("TensorRT:1".parse(), Ok(Device::TensorRt(1)));
        assert_eq!("OpenVINO:GPU".parse(), Ok(Device::OpenVino("GPU".into())));
        assert_eq!("openvino".parse(), Ok(Device::OpenVino("CPU".into())));
    }

    #[test]
    fn mistakes_are_explained() {
        let cases = [
            ("gpu", "use auto, cpu, cuda"),
            ("NPU", "for its NPU openvino:NPU"),
            ("", "use auto, cpu, cuda"),
            ("cuda:first", "“first” is not the number of a GPU"),
            ("cuda:-1", "“-1” is not the number"),
            ("cpu:0", "takes nothing after a colon"),
            ("openvino:", "in OpenVINO's words"),
            ("openvino:gpu", "in OpenVINO's words"),
        ];
        for (text, expected) in cases {
            let message = text.parse::<Device>().unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
