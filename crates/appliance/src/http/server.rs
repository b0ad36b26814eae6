//! Accepts connections, few at a time and none for long.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    runtime,
    sync::{Semaphore, oneshot},
    time::timeout,
};

use super::routes;
use crate::status::Look;

/// Connections at a time. Who wants more waits.
const CONNECTIONS: usize = 32;
/// Time for the headers of a request, once it may begin.
const HEADERS: Duration = Duration::from_secs(5);
/// Time for a connection and everything on it.
const CONNECTION: Duration = Duration::from_mins(1);
/// Bytes of a request.
const REQUEST: usize = 16 * 1024;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}. Set [http] listen to an address of this box that nobody uses, or to \"\""
    )]
    Listen {
        /// The address of the configuration.
        address: SocketAddr,
        /// What is in the way.
        source: io::Error,
    },
    /// The process has no thread left.
    #[error("cannot start the web page: {0}. Are the limits of the service too low (TasksMax, LimitNOFILE)?")]
    Start(io::Error),
}

/// Answers until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Begins to show `look` at `address`.
    pub fn start(address: SocketAddr, look: Look) -> Result<Self, HttpError> {
        let listen = |source| HttpError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(HttpError::Start)?;
        let (stop, stopped) = oneshot::channel();
        let work = async move {
            tokio::select! {
                () = accept(listener, address, look) => {}
                _ = stopped => {}
            }
        };
        let thread = thread::Builder::new()
            .name("http".into())
            .spawn(move || runtime.block_on(work))
            .map_err(HttpError::Start)?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens; the port is the one that was given, or one that was free if that was 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, address: SocketAddr, look: Look) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the web page cannot be served"),
    };
    let router = routes::router(look, address);
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(seat) = Arc::clone(&seats).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    let _answered = timeout(CONNECTION, serve(stream, router)).await;
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a visitor of the web page could not be let in");
                // Out of file descriptors: no reason to spin.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// What visitors do wrong is theirs.
async fn serve(stream: TcpStream, router: axum::Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(REQUEST)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a visitor of the web page was not served");
    }
}

#[cfg(test)]
mod tests;
