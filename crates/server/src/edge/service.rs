//! What happens around each request, in one pass?

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response, Version};
use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tower::Service;

use super::address::{ClientAddress, TrustedProxies, client_address};
use super::client_certificate::ClientCertificate;
use super::fault::{Fault, FaultAnswer};
use super::guard::Activity;
use super::metrics;
use super::panics::{CatchPanic, Panicked};
use super::request_id::{Counter, RequestId, X_REQUEST_ID};
use super::routes::Routes;

/// What all connections of a listener share.
#[derive(Debug)]
pub struct Edge {
    /// Whose forwarded headers count.
    pub proxies: TrustedProxies,
    /// The names of the routes.
    pub routes: Routes,
    /// How long a request may take until its answer begins.
    pub request_timeout: Duration,
    /// What is answered where no handler does.
    pub faults: FaultAnswer,
    ids: Counter,
}

impl Edge {
    /// An edge around a router with these routes.
    pub fn new(
        proxies: TrustedProxies,
        routes: Routes,
        request_timeout: Duration,
        faults: FaultAnswer,
    ) -> Self {
        Self { proxies, routes, request_timeout, faults, ids: Counter::default() }
    }
}

/// A router as one connection sees it.
#[derive(Debug, Clone)]
pub struct EdgeService {
    router: Router,
    edge: Arc<Edge>,
    peer: IpAddr,
    /// Whether the peer is a trusted proxy; asked once a connection.
    peer_is_proxy: bool,
    /// What the peer showed in its handshake.
    certificate: Option<ClientCertificate>,
    activity: Arc<Activity>,
}

impl EdgeService {
    /// The service for a connection from `peer`.
    pub fn new(router: Router, edge: Arc<Edge>, peer: IpAddr) -> Self {
        let peer = peer.to_canonical();
        let peer_is_proxy = edge.proxies.trusts(peer);
        Self { router, edge, peer, peer_is_proxy, certificate: None, activity: Arc::default() }
    }

    /// The service for a peer that showed this in its handshake.
    #[must_use]
    pub(super) fn with_certificate(self, certificate: Option<ClientCertificate>) -> Self {
        Self { certificate, ..self }
    }

    pub(super) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }
}

/// What the log and [`super::body`] must know of the request that is being answered.
pub(super) struct Current {
    pub(super) id: RequestId,
    body_arrived: Cell<bool>,
}

tokio::task_local! {
    pub(super) static CURRENT: Current;
}

/// Notes that the body of the request is here, so that what is slow from now on is the server.
pub(super) fn body_arrived() {
    // Outside of a request there is nothing to note.
    let _ = CURRENT.try_with(|current| current.body_arrived.set(true));
}

impl<B> Service<Request<B>> for EdgeService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let busy = self.activity.begin(request.version() == Version::HTTP_2);
        let (id, address) = self.caller(&request);
        request.extensions_mut().insert(ClientAddress(address));
        request.extensions_mut().insert(id.clone());
        if let Some(certificate) = self.certificate(&mut request) {
            request.extensions_mut().insert(certificate);
        }
        let current = Current { id, body_arrived: Cell::new(request.body().is_end_stream()) };
        let mut router = self.router.clone();
        let edge = Arc::clone(&self.edge);
        Box::pin(CURRENT.scope(current, async move {
            let _busy = busy;
            Ok(answer(&mut router, &edge, request, address).await)
        }))
    }
}

impl EdgeService {
    /// The certificate of whoever sends this request. A proxy's own is not its callers'.
    fn certificate<B>(&self, request: &mut Request<B>) -> Option<ClientCertificate> {
        match (&self.edge.proxies.certificate_header, self.peer_is_proxy) {
            (Some(header), true) => header.take(request.headers_mut()),
            (Some(header), false) => {
                header.strip(request.headers_mut());
                self.certificate.clone()
            }
            (None, true) => None,
            (None, false) => self.certificate.clone(),
        }
    }

    /// Only what a proxy says about its caller counts; nobody else is even asked.
    fn caller<B>(&self, request: &Request<B>) -> (RequestId, IpAddr) {
        if !self.peer_is_proxy {
            return (self.edge.ids.draw(), self.peer);
        }
        let id = RequestId::given(request.headers()).unwrap_or_else(|| self.edge.ids.draw());
        (id, client_address(self.peer, request.headers(), &self.edge.proxies))
    }
}

async fn answer<B>(router: &mut Router, edge: &Edge, request: Request<B>, address: IpAddr) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let started = Instant::now();
    let route = edge.routes.find(request.uri().path());
    let logged = tracing::enabled!(target: "tandem::access", tracing::Level::DEBUG);
    let method = logged.then(|| request.method().clone());

    let answered = timeout(edge.request_timeout, CatchPanic(router.call(request))).await;
    let mut response = match answered {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(impossible))) => match impossible {},
        Ok(Err(Panicked)) => stand_in(edge, Fault::Panicked, route.template),
        Err(_) if CURRENT.with(|current| current.body_arrived.get()) => {
            stand_in(edge, Fault::AnswerTooSlow, route.template)
        }
        Err(_) => stand_in(edge, Fault::RequestTooSlow, route.template),
    };

    if let Some(id) = CURRENT.with(|current| current.id.header_value()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    let took = started.elapsed();
    route.answered(response.status(), took);
    if let Some(method) = method {
        let (route, status) = (route.template, response.status().as_u16());
        let ms = took.as_secs_f64() * 1000.0;
        tracing::debug!(target: "tandem::access", %method, route, status, ms, client = %address, "answered");
    }
    response
}

fn stand_in(edge: &Edge, fault: Fault, route: &'static str) -> Response<Body> {
    metrics::fault(fault.word());
    tracing::warn!(route, fault = fault.word(), "a request got no answer from its handler");
    edge.faults.answer(fault, route)
}
