//! How does an opened server listen, keep house and close? The part that `serve` and the demo share.

use super::Failure;
use super::housekeeping::{self, Wellness};
use crate::app::App;
use crate::edge::admin::{self, Health};
use crate::edge::routes::Routes;
use crate::edge::serve::{self, ServeError};
use crate::edge::settings::{Bound, Settings};
use crate::edge::signals;
use axum::Router;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// The names under which requests are counted and logged.
pub fn routes() -> Routes {
    Routes::new(crate::routes::TEMPLATES)
}

/// Whether the process was asked to end.
#[derive(Debug, Clone)]
pub struct Ending(watch::Receiver<bool>);

impl Ending {
    /// Listens from now on: a signal that comes while the server starts lets it end in order.
    pub async fn listen() -> Self {
        let (told, ending) = watch::channel(false);
        let mut termination = Box::pin(signals::termination());
        // The first poll is what begins to listen.
        let ended = poll_fn(|context| Poll::Ready(termination.as_mut().poll(context).is_ready())).await;
        tokio::spawn(async move {
            if !ended {
                termination.await;
            }
            told.send_replace(true);
        });
        Self(ending)
    }

    /// Ends when the process shall.
    fn wait(&self) -> impl Future<Output = ()> + use<> {
        let mut ending = self.0.clone();
        async move {
            // The sender lives until it has told.
            let _ = ending.wait_for(|ended| *ended).await;
        }
    }
}

/// Serves until the process is asked to end, and closes the store.
///
/// `second` is another address for the public routes, next to the one of `settings`; `ready` is called once all
/// sockets are bound.
pub async fn until_the_end(
    app: Arc<App>,
    public: Router,
    settings: Settings,
    second: Option<(SocketAddr, Settings)>,
    ending: Ending,
    ready: impl FnOnce(Bound) + Send + 'static,
) -> Result<(), Failure> {
    let milter = crate::content_filter::milter::Serving::start(&app).map_err(Failure::of)?;
    let wellness = Wellness::new();
    let mut house = JoinSet::new();
    house.spawn(housekeeping::run(Arc::clone(&app), wellness.clone(), housekeeping::hangups()));
    house.spawn(crate::ciba::callbacks::run(Arc::clone(&app)));
    house.spawn(crate::ciba::notices::resume(Arc::clone(&app)));
    house.spawn(crate::shared_signals::push::run(Arc::clone(&app)));
    house.spawn(crate::incidents::run(Arc::clone(&app)));
    let (closing, ended) = (Arc::clone(&app), ending.wait());
    house.spawn(async move {
        ended.await;
        // What waits without end, such as an open inbox, would hold the end up.
        closing.closing.send_replace(true);
    });
    let admin = app.config.listeners.admin.address().map(|_| {
        let counted = Arc::clone(&app);
        let census = move || housekeeping::readings(&counted.store.census());
        admin::router(Health::new(move || wellness.ready(), census, settings.draining.clone()))
    });
    let outcome = serve_all(public, admin, settings, second, &ending, ready).await;
    milter.drained(&app).await;
    house.shutdown().await;
    app.close().await;
    outcome.map_err(|error| match error {
        ServeError::Tls(error) => Failure::Usage(error.to_string()),
        error => Failure::of(error),
    })
}

async fn serve_all(
    public: Router,
    admin: Option<Router>,
    mut settings: Settings,
    second: Option<(SocketAddr, Settings)>,
    ending: &Ending,
    ready: impl FnOnce(Bound) + Send + 'static,
) -> Result<(), ServeError> {
    let (told, bound) = oneshot::channel();
    settings.ready = Some(told);
    let Some((address, mut other)) = second else {
        tokio::spawn(async move { bound.await.map(ready) });
        return serve::run(public, admin, settings, ending.wait()).await;
    };
    let (told, also_bound) = oneshot::channel();
    other.public = address;
    other.ready = Some(told);
    tokio::spawn(async move {
        if let (Ok(bound), Ok(_)) = (bound.await, also_bound.await) {
            ready(bound);
        }
    });
    let one = serve::run(public.clone(), admin, settings, ending.wait());
    let two = serve::run(public, None, other, ending.wait());
    tokio::try_join!(one, two).map(|_| ())
}
