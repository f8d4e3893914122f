//! A proxy of a few lines, with Privet as a layer: `tower privet.toml 127.0.0.1:8090 127.0.0.1:9000`.

use http::{Request, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use privet_server::inside::Inside;
use privet_tower::PrivetLayer;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tower_layer::Layer;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, listen, upstream] = arguments.as_slice() else {
        anyhow::bail!("usage: tower privet.toml LISTEN UPSTREAM");
    };
    let inside = Arc::new(Inside::open(config.as_ref())?);

    // On SIGHUP the configuration is loaded again; what is wrong with one changes nothing.
    let mut hangups = signal(SignalKind::hangup())?;
    let live = Arc::clone(&inside);
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            // Loading waits for packs to compile, so it is not for a thread that serves.
            let live = Arc::clone(&live);
            match tokio::task::spawn_blocking(move || live.reload()).await {
                Ok(Ok(revision)) => eprintln!("revision {revision}"),
                Ok(Err(error)) => eprintln!("the last one stays: {error:#}"),
                Err(error) => eprintln!("the last one stays: {error}"),
            }
        }
    });

    // Any service will do; this one asks another server.
    let client = Client::builder(TokioExecutor::new()).build_http();
    let upstream = upstream.clone();
    let service = tower_fn(move |mut request: Request<Incoming>| {
        let target = request.uri().path_and_query().map_or("/", |t| t.as_str());
        let uri = format!("http://{upstream}{target}").parse::<Uri>();
        let client = client.clone();
        async move {
            *request.uri_mut() = uri.map_err(io::Error::other)?;
            // Inside the layer, which then says that the service was late.
            let answer = timeout(Duration::from_secs(3), client.request(request)).await?;
            answer.map_err(io::Error::other)
        }
    });
    let service = PrivetLayer::new(inside).layer(service);

    let listener = TcpListener::bind(listen).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let connection = hyper::server::conn::http1::Builder::new();
        let service = TowerToHyperService::new(service.clone());
        let connection = connection.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move { drop(connection.await) });
    }
}

/// `tower::service_fn`, without the rest of tower.
fn tower_fn<F>(call: F) -> ServiceFn<F> {
    ServiceFn(call)
}

#[derive(Clone)]
struct ServiceFn<F>(F);

impl<F, A, R, E, O> tower_service::Service<Request<A>> for ServiceFn<F>
where
    F: FnMut(Request<A>) -> O,
    O: Future<Output = Result<R, E>>,
{
    type Response = R;
    type Error = E;
    type Future = O;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), E>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<A>) -> O {
        self.0(request)
    }
}
