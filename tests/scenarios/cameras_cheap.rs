//! Many cameras at once cost next to nothing, so that what is measured beside them is not theirs. A program of its own:
//! what it uses is what the cameras use.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    process::Command,
    time::{Duration, Instant},
};

use luchs_tests::{Camera, footage, until};

#[test]
fn sixteen_cameras_cost_next_to_nothing() {
    let cameras: Vec<Camera> = (0..16).map(|_| Camera::start(&footage()).unwrap()).collect();
    // The viewers are another program: what they cost is not the cameras'.
    let watch = |camera: &Camera| {
        format!(
            "rtspsrc location={} protocols=tcp ! fakesink async=false ",
            camera.url()
        )
    };
    let line: String = cameras.iter().map(watch).collect();
    let mut viewers = Command::new("gst-launch-1.0")
        .args(["-q"])
        .args(line.split_whitespace())
        .spawn()
        .unwrap();
    until("frames of all", 30, || {
        Ok(cameras.iter().all(|camera| camera.sent() > 20).then_some(()))
    })
    .unwrap();
    let sent = || cameras.iter().map(Camera::sent).sum::<u64>();
    let (frames, used, begun) = (sent(), cpu_time(), Instant::now());
    until("five seconds of frames", 20, || {
        Ok((sent() > frames + 16 * 50).then_some(()))
    })
    .unwrap();
    let share = cpu_time().saturating_sub(used).as_secs_f64() / begun.elapsed().as_secs_f64();
    println!("16 cameras of 10 frames a second with a viewer each: {share:.2} of a core");
    viewers.kill().unwrap();
    viewers.wait().unwrap();
    // 160 encoded frames a second at 768×576 would be more than a core.
    assert!(share < 0.5, "{share:.2} of a core");
}

fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    // Linux tells user space a hundred ticks a second on all platforms that we run on.
    Duration::from_millis(ticks * 10)
}
