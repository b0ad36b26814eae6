//! How fast a model runs on a device, alone and with two frames at a time; one thread for a frame. `devices MODEL DEVICE`
//! prints one line of JSON. benches/devices/run.sh sets it beside the stand-alone packages.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool of developers")]

use std::{
    env,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use luchs_infer::{Detector, Engine, EngineOptions, ModelSource};
use luchs_model::Model;
use luchs_scene::Size;
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};

const SIZE: Size = Size {
    width: 640,
    height: 480,
};
const RUNS: usize = 60;
const TOGETHER: Duration = Duration::from_millis(1500);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, device] = arguments.as_slice() else {
        println!("usage: devices MODEL DEVICE");
        return;
    };
    let open = |workers| {
        let options = EngineOptions {
            device: device.parse().unwrap(),
            threads: 1,
            workers,
            ..EngineOptions::default()
        };
        let source = ModelSource {
            path: Path::new(model),
            labels: None,
            id: None,
            options,
        };
        let (model, engine) = source.open().unwrap();
        (Arc::new(model), engine)
    };
    let (model, engine) = open(1);
    let mut times = alone(&model, &engine);
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let choice = engine.choice().map(ToString::to_string).unwrap_or_default();
    let device = engine.active_device();
    drop(engine);
    let (model, engine) = open(2);
    let fps = together(&model, &engine);
    println!(
        r#"{{"device": "{device}", "min": {:.3}, "median": {:.3}, "two": {fps:.1}, "choice": "{}"}}"#,
        ms(times[0]),
        ms(times[times.len() / 2]),
        choice.replace('"', "'")
    );
}

/// Time of each run, as a stream sees it: with the way through the engine's queue.
fn alone(model: &Arc<Model>, engine: &Arc<Engine>) -> Vec<Duration> {
    let mut detect = detector(model, engine);
    for _ in 0..5 {
        detect();
    }
    (0..RUNS).map(|_| detect()).collect()
}

/// Frames in a second of two streams.
fn together(model: &Arc<Model>, engine: &Arc<Engine>) -> f64 {
    let begun = Instant::now();
    let frames: usize = thread::scope(|scope| {
        let stream = || {
            let mut detect = detector(model, engine);
            let mut frames = 0;
            while begun.elapsed() < TOGETHER {
                detect();
                frames += 1;
            }
            frames
        };
        let streams = [scope.spawn(stream), scope.spawn(stream)];
        streams.map(|stream| stream.join().unwrap()).iter().sum()
    });
    frames as f64 / begun.elapsed().as_secs_f64()
}

fn detector(model: &Arc<Model>, engine: &Arc<Engine>) -> impl FnMut() -> Duration {
    let mut detector = Detector::new(Arc::clone(model), Arc::clone(engine)).unwrap();
    let stride = SIZE.width as usize * 3;
    let data: Vec<u8> = (0..stride * SIZE.height as usize)
        .map(|i| (i * 7 / 3 % 251) as u8)
        .collect();
    let params = Params {
        threshold: 0.5,
        iou_threshold: 0.5,
        max_detections: 10,
        class_agnostic: false,
        classes: None,
    };
    let mut found = Vec::new();
    move || {
        let planes = [Plane { data: &data, stride }];
        let frame = Frame::new(PixelFormat::Rgb, SIZE, &planes, Matrix::Bt601, Range::Full).unwrap();
        detector.detect(&frame, None, &params, &mut found).unwrap().infer
    }
}
