//! How long pre-processing takes, measured call by call for whoever asks on standard input: so a program in another
//! language can take turns with it. `benches/peers/preprocess.py` does.
//!
//! ```text
//! cargo run --release -p luchs-vision --example preprocess -- FRAME WIDTH HEIGHT SIDE
//! ```
//!
//! FRAME holds the bytes of a frame, BT.601 with limited range, which are taken as I420 or as NV12. Each line asks for one
//! thing, and gets one line as its answer:
//!
//! - `levels`: the instruction sets of this CPU, the fastest last
//! - `time FORMAT LEVEL FIT ELEMENT PADDING COUNT`: nanoseconds of each of COUNT calls, after two that do not count
//! - `write FORMAT LEVEL FIT ELEMENT FILE`: writes the tensor, as little-endian f32 or bytes
//!
//! FORMAT is `i420` or `nv12`, FIT `letterbox` (at the top left, 114) or `stretch`, ELEMENT `f32` or `u8`, PADDING `each`
//! (filled for every frame) or `kept`. The tensor is NCHW, in BGR, 0 to 255.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example for the terminal")]

use std::{
    collections::hash_map::{Entry, HashMap},
    error::Error,
    fs,
    hint::black_box,
    io::Write as _,
    process::ExitCode,
    time::Instant,
};

use luchs_scene::Size;
use luchs_vision::{
    Align, ColorOrder, ElementType, Fit, Frame, InputSpec, Isa, Layout, Matrix, Padding, PixelFormat, Plane,
    Preprocessor, Range,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let [path, width, height, side] = args else {
        return Err("usage: preprocess FRAME WIDTH HEIGHT SIDE < questions".into());
    };
    let size = Size {
        width: width.parse()?,
        height: height.parse()?,
    };
    let data = fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?;
    let mut jobs = Jobs {
        side: side.parse()?,
        ready: HashMap::new(),
    };
    for line in std::io::stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words[..] {
            ["levels"] => Isa::available().map(name).collect::<Vec<_>>().join(" "),
            ["time", format, level, fit, element, padding, count] => {
                let (job, frame) = (jobs.get([format, level, fit, element])?, frame(format, &data, size)?);
                let mut times = Vec::new();
                for call in 0..count.parse::<usize>()? + 2 {
                    if padding == "each" {
                        job.padding = Padding::default();
                    }
                    let begin = Instant::now();
                    job.fill(&frame)?;
                    if call >= 2 {
                        times.push(begin.elapsed().as_nanos().to_string());
                    }
                }
                times.join(" ")
            }
            ["write", format, level, fit, element, file] => {
                let (job, frame) = (jobs.get([format, level, fit, element])?, frame(format, &data, size)?);
                job.fill(&frame)?;
                fs::write(file, job.tensor.bytes())?;
                "written".to_owned()
            }
            _ => return Err(format!("{line:?} is no question: see the beginning of the source").into()),
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn name(isa: Isa) -> String {
    format!("{isa:?}").to_lowercase()
}

/// What was asked for already: tables and tensors are ready then.
struct Jobs {
    side: u32,
    ready: HashMap<[String; 4], Job>,
}

impl Jobs {
    fn get(&mut self, names: [&str; 4]) -> Result<&mut Job> {
        Ok(match self.ready.entry(names.map(str::to_owned)) {
            Entry::Occupied(job) => job.into_mut(),
            Entry::Vacant(place) => place.insert(Job::new(names, self.side)?),
        })
    }
}

/// A preprocessor and the tensor it fills.
struct Job {
    preprocessor: Preprocessor,
    tensor: Tensor,
    padding: Padding,
}

enum Tensor {
    F32(Vec<f32>),
    U8(Vec<u8>),
}

impl Tensor {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::F32(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::U8(values) => values.clone(),
        }
    }
}

impl Job {
    fn new([_, level, fit, element]: [&str; 4], side: u32) -> Result<Self> {
        let fit = match fit {
            "letterbox" => Fit::Letterbox {
                align: Align::TopLeft,
                pad: 114,
            },
            "stretch" => Fit::Stretch,
            other => return Err(format!("{other} is neither letterbox nor stretch").into()),
        };
        let mut spec = InputSpec {
            size: Size {
                width: side,
                height: side,
            },
            layout: Layout::Nchw,
            element: ElementType::F32,
            order: ColorOrder::Bgr,
            fit,
            mean: [0.0; 3],
            std: [1.0; 3],
        };
        let tensor = match element {
            "f32" => Tensor::F32(vec![0.0; spec.elements()]),
            "u8" => Tensor::U8(vec![0; spec.elements()]),
            other => return Err(format!("{other} is neither f32 nor u8").into()),
        };
        if let Tensor::U8(_) = tensor {
            spec.element = ElementType::U8;
        }
        let isa = Isa::available()
            .find(|isa| name(*isa) == level)
            .ok_or_else(|| format!("this CPU has no {level}"))?;
        Ok(Self {
            preprocessor: Preprocessor::with_isa(spec, isa)?,
            tensor,
            padding: Padding::default(),
        })
    }

    fn fill(&mut self, frame: &Frame<'_>) -> Result<()> {
        let (preprocessor, padding) = (&mut self.preprocessor, &mut self.padding);
        match &mut self.tensor {
            Tensor::F32(tensor) => preprocessor.refill_f32(black_box(frame), None, tensor, padding)?,
            Tensor::U8(tensor) => preprocessor.refill_u8(black_box(frame), None, tensor, padding)?,
        };
        Ok(())
    }
}

fn frame<'a>(format: &str, data: &'a [u8], size: Size) -> Result<Frame<'a>> {
    let (stride, height) = (size.width as usize, size.height as usize);
    let luma = stride * height;
    let short = || {
        format!(
            "a frame of {stride}×{height} has {} bytes, the file {}",
            luma / 2 * 3,
            data.len()
        )
    };
    let (y, chroma) = data.split_at_checked(luma).ok_or_else(short)?;
    let plane = |data, stride| Plane { data, stride };
    let frame = match format {
        "nv12" => (PixelFormat::Nv12, vec![plane(y, stride), plane(chroma, stride)]),
        "i420" => {
            let (u, v) = chroma.split_at_checked(luma / 4).ok_or_else(short)?;
            (
                PixelFormat::I420,
                vec![plane(y, stride), plane(u, stride / 2), plane(v, stride / 2)],
            )
        }
        other => return Err(format!("{other} is neither i420 nor nv12").into()),
    };
    Ok(Frame::new(frame.0, size, &frame.1, Matrix::Bt601, Range::Limited)?)
}
