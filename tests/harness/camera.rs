//! A real RTSP camera: GStreamer's own server, sending a clip over and over as H.264.

use std::{path::Path, sync::mpsc, thread::JoinHandle};

use anyhow::{Context, Result};
use gst::glib;
use gst_rtsp_server::{gio, prelude::*};

/// An RTSP server on a random port of this machine, in a thread of its own.
pub struct Camera {
    port: i32,
    main_loop: glib::MainLoop,
    thread: Option<JoinHandle<()>>,
}

impl Camera {
    /// Serves `clip` at `rtsp://127.0.0.1:PORT/live`, at the clip's own frame rate.
    pub fn start(clip: &Path) -> Result<Self> {
        gst::init()?;
        let launch = format!(
            "( filesrc location=\"{}\" ! decodebin ! videoconvert ! x264enc tune=zerolatency speed-preset=ultrafast \
             key-int-max=10 ! rtph264pay name=pay0 pt=96 config-interval=-1 )",
            clip.display()
        );
        let (ready, started) = mpsc::channel();
        let thread = std::thread::Builder::new().name("camera".into()).spawn(move || {
            // The end is reported through the channel being closed.
            drop(serve(&launch, &ready));
        })?;
        let (port, main_loop) = started.recv().context("the RTSP server did not start")?;
        Ok(Self {
            port,
            main_loop,
            thread: Some(thread),
        })
    }

    /// Where it can be watched.
    pub fn url(&self) -> String {
        format!("rtsp://127.0.0.1:{}/live", self.port)
    }
}

fn serve(launch: &str, ready: &mpsc::Sender<(i32, glib::MainLoop)>) -> Result<()> {
    let context = glib::MainContext::new();
    let main_loop = glib::MainLoop::new(Some(&context), false);
    let server = gst_rtsp_server::RTSPServer::new();
    server.set_address("127.0.0.1");
    server.set_service("0");
    let factory = gst_rtsp_server::RTSPMediaFactory::new();
    factory.set_launch(launch);
    server
        .mount_points()
        .context("no mount points")?
        .add_factory("/live", factory);
    let source = server.create_source(gio::Cancellable::NONE)?;
    source.attach(Some(&context));
    ready.send((server.bound_port(), main_loop.clone()))?;
    main_loop.run();
    Ok(())
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.main_loop.quit();
        if let Some(thread) = self.thread.take() {
            // A panic in the server's thread has been printed already.
            drop(thread.join());
        }
    }
}
