//! One run of the camera's server, from switching it on to switching it off.

use std::{
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use anyhow::{Context, Result};
use gst::glib;
use gst_rtsp_server::{
    RTSPAuth, RTSPFilterResult, RTSPMedia, RTSPMediaFactory, RTSPServer, RTSPToken, gio, gst_rtsp::RTSPAuthMethod,
    prelude::*,
};

use super::{
    behaviour::Behaviour,
    feeder,
    setup::{Method, Setup},
    tamper,
};

/// Where the stream is on the server.
pub(super) const PATH: &str = "/live";
/// Who has shown a password, or need not.
const ROLE: &str = "viewer";

/// The server, in a thread of its own. Dropped, it hangs up on everyone and nobody listens any more.
pub(super) struct Serving {
    server: RTSPServer,
    main_loop: glib::MainLoop,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    /// On this port of this machine.
    pub(super) fn start(port: u16, setup: &Setup, behaviour: &Arc<Behaviour>) -> Result<Self> {
        let server = RTSPServer::new();
        server.set_address("127.0.0.1");
        server.set_service(&port.to_string());
        server.set_auth(auth(setup)?.as_ref());
        let mounts = server.mount_points().context("no mount points")?;
        mounts.add_factory(PATH, factory(setup, behaviour));

        let context = glib::MainContext::new();
        let main_loop = glib::MainLoop::new(Some(&context), false);
        let (listening, is_listening) = mpsc::channel();
        let thread = {
            let (server, main_loop) = (server.clone(), main_loop.clone());
            std::thread::Builder::new().name("camera".into()).spawn(move || {
                let source = match server.create_source(gio::Cancellable::NONE) {
                    Ok(source) => source,
                    Err(error) => {
                        // Nobody waits for it only if the test is over.
                        drop(listening.send(Err(error)));
                        return;
                    }
                };
                source.attach(Some(&context));
                drop(listening.send(Ok(())));
                main_loop.run();
                source.destroy();
            })?
        };
        let serving = Self {
            server,
            main_loop,
            thread: Some(thread),
        };
        let listens = is_listening.recv().context("the RTSP server's thread has died")?;
        listens.with_context(|| format!("port {port}"))?;
        Ok(serving)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // From within: before the loop runs it would be forgotten.
        let main_loop = self.main_loop.clone();
        self.main_loop.context().invoke(move || main_loop.quit());
        if let Some(thread) = self.thread.take() {
            // A panic in the server's thread has been printed already.
            drop(thread.join());
        }
        self.server.client_filter(Some(&mut |_, _| RTSPFilterResult::Remove));
        // Sessions over UDP outlive their connection otherwise.
        if let Some(pool) = self.server.session_pool() {
            pool.filter(Some(&mut |_, _| RTSPFilterResult::Remove));
        }
    }
}

fn factory(setup: &Setup, behaviour: &Arc<Behaviour>) -> RTSPMediaFactory {
    let factory = RTSPMediaFactory::new();
    factory.set_launch(&format!(
        "( appsrc name=source is-live=true format=time ! {} )",
        setup.encoding.codec.payloader()
    ));
    factory.set_shared(true);
    let may = gst::Structure::builder(ROLE)
        .field("media.factory.access", true)
        .field("media.factory.construct", true);
    factory.add_role_from_structure(&may.build());
    let behaviour = behaviour.clone();
    factory.connect_media_configure(move |_, media| {
        if let Err(error) = configure(media, &behaviour) {
            // Without frames the session does not begin, and this is why.
            gst::error!(gst::CAT_DEFAULT, "the harness' camera: {error:#}");
        }
    });
    factory
}

fn configure(media: &RTSPMedia, behaviour: &Arc<Behaviour>) -> Result<()> {
    let bin = media.element().downcast::<gst::Bin>().ok().context("no bin")?;
    let source = bin
        .by_name("source")
        .and_downcast::<gst_app::AppSrc>()
        .context("no source")?;
    let payloader = bin.by_name("pay0").context("no payloader")?;
    tamper::payloads(&payloader, behaviour.clone())?;
    tamper::reports(media, behaviour)?;
    feeder::start(media, &source, behaviour.clone())
}

fn auth(setup: &Setup) -> Result<Option<RTSPAuth>> {
    if setup.login.is_none() && setup.tls.is_none() {
        return Ok(None);
    }
    let auth = RTSPAuth::new();
    let mut token = RTSPToken::builder().field("media.factory.role", ROLE).build();
    match &setup.login {
        None => auth.set_default_token(Some(&mut token)),
        Some(login) => match login.method {
            Method::Basic => {
                auth.set_supported_methods(RTSPAuthMethod::Basic);
                auth.add_basic(&RTSPAuth::make_basic(&login.user, &login.password), &token);
            }
            Method::Digest => {
                auth.set_supported_methods(RTSPAuthMethod::Digest);
                auth.add_digest(&login.user, &login.password, &token);
            }
        },
    }
    if let Some(identity) = &setup.tls {
        let certificate = gio::TlsCertificate::from_files(&identity.certificate, &identity.key)?;
        auth.set_tls_certificate(Some(&certificate));
    }
    Ok(Some(auth))
}
