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
//! - `time FORMAT LEVEL FIT ELEMENT PADDING FRAME COUNT`: nanoseconds of each of COUNT calls, after two that do not count
//! - `write FORMAT LEVEL FIT ELEMENT FILE`: writes the tensor, as little-endian f32 or bytes
//!
//! FORMAT is `i420` or `nv12`, FIT `letterbox` (at the top left, 114) or `stretch`, ELEMENT `f32` or `u8`, PADDING `each`
//! (filled for every frame) or `kept`,
//! FRAME `same`, or `written` into the next one of eight buffers before each call, as decoders do. The tensor is NCHW, in BGR, 0 to 255.

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

/// Buffers that a decoder has.
const POOL: usize = 8;

/// Bytes.
const LINE: usize = 64;

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
    let bytes = size.width as usize * size.height as usize / 2 * 3;
    if data.len() != bytes {
        return Err(format!("{path} has {} bytes, a frame of {width}×{height} {bytes}", data.len()).into());
    }
    let mut pool = vec![data.clone(); POOL];
    let mut turn = 0;
    let mut jobs = Jobs {
        side: side.parse()?,
        ready: HashMap::new(),
    };
    for line in std::io::stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words[..] {
            ["levels"] => Isa::available().map(name).collect::<Vec<_>>().join(" "),
            ["time", format, level, fit, element, padding, place, count] => {
                let job = jobs.get([format, level, fit, element])?;
                let mut times = Vec::new();
                for call in 0..count.parse::<usize>()? + 2 {
                    if padding == "each" {
                        job.padding = Padding::default();
                    }
                    if place == "written" {
                        turn = (turn + 1) % POOL;
                        pool[turn].copy_from_slice(&data);
                    }
                    let frame = frame(format, &pool[turn], size)?;
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
    F32(Aligned<f32>),
    U8(Aligned<u8>),
}

/// A tensor that begins where a cache line begins, as those of ONNX Runtime do.
struct Aligned<T> {
    memory: Vec<T>,
    begin: usize,
    length: usize,
}

impl<T: Clone + Default> Aligned<T> {
    fn new(length: usize) -> Self {
        let memory = vec![T::default(); length + LINE];
        let begin = memory.as_ptr().align_offset(LINE);
        Self { memory, begin, length }
    }

    fn tensor(&mut self) -> &mut [T] {
        &mut self.memory[self.begin..][..self.length]
    }
}

impl Tensor {
    fn bytes(&mut self) -> Vec<u8> {
        match self {
            Self::F32(values) => values.tensor().iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::U8(values) => values.tensor().to_vec(),
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
            "f32" => Tensor::F32(Aligned::new(spec.elements())),
            "u8" => Tensor::U8(Aligned::new(spec.elements())),
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
            Tensor::F32(tensor) => preprocessor.refill_f32(black_box(frame), None, tensor.tensor(), padding)?,
            Tensor::U8(tensor) => preprocessor.refill_u8(black_box(frame), None, tensor.tensor(), padding)?,
        };
        Ok(())
    }
}

fn frame<'a>(format: &str, data: &'a [u8], size: Size) -> Result<Frame<'a>> {
    let (stride, luma) = (size.width as usize, data.len() / 3 * 2);
    let (y, chroma) = data.split_at(luma);
    let (u, v) = chroma.split_at(luma / 4);
    let plane = |data, stride| Plane { data, stride };
    let (format, planes): (_, &[_]) = match format {
        "nv12" => (PixelFormat::Nv12, &[plane(y, stride), plane(chroma, stride)]),
        "i420" => (
            PixelFormat::I420,
            &[plane(y, stride), plane(u, stride / 2), plane(v, stride / 2)],
        ),
        other => return Err(format!("{other} is neither i420 nor nv12").into()),
    };
    Ok(Frame::new(format, size, planes, Matrix::Bt601, Range::Limited)?)
}
