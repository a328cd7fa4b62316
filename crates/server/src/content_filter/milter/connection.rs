//! How is one mail server served, from its first word to its last?

use super::super::{PATIENCE_OF_MAIL, examine};
use super::message::Mail;
use super::negotiation::Agreed;
use super::packet::{Packet, read};
use super::reply;
use super::session::{Session, Step};
use crate::app::App;
use crate::edge::metrics;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a mail server may take to take an answer.
const WRITE: Duration = Duration::from_secs(30);

/// Serves until the mail server is done, breaks the rules, or the end of the server has come between two mails.
pub async fn serve(app: &App, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let filter = &app.config.content_filter;
    let most = usize::try_from(filter.max_bytes).unwrap_or(usize::MAX);
    let idle = Duration::from_secs(filter.milter.idle_timeout.into());
    let mut session = Session::new(most, app.filter.memory.clone());
    let mut closing = app.closing.subscribe();
    let mut out = Vec::new();
    while let Some(packet) = next(&mut stream, &session, idle, &mut closing).await? {
        match session.take(&packet).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))? {
            Step::Silence => {}
            Step::Agreed(agreed) => agreed.write(&mut out),
            Step::Continue => reply::proceed(&mut out),
            Step::Skip => reply::skip(&mut out),
            Step::Look(mail) => {
                let Some(agreed) = session.agreed() else { return Ok(()) };
                look(app, agreed, mail, &mut out).await;
            }
            Step::Close => return Ok(()),
        }
        if !out.is_empty() {
            timeout(WRITE, stream.write_all(&out)).await.map_err(|_| io::ErrorKind::TimedOut)??;
            timeout(WRITE, stream.flush()).await.map_err(|_| io::ErrorKind::TimedOut)??;
            out.clear();
        }
    }
    Ok(())
}

/// The next packet. Between two mails the end of the server counts as the end of the conversation.
async fn next(
    stream: &mut (impl AsyncRead + Unpin),
    session: &Session,
    idle: Duration,
    closing: &mut watch::Receiver<bool>,
) -> io::Result<Option<Packet>> {
    if session.is_busy() {
        return read(stream, idle).await;
    }
    tokio::select! {
        biased;
        _ = closing.wait_for(|closing| *closing) => Ok(None),
        packet = read(stream, idle) => packet,
    }
}

/// Looks at a mail, and writes down what becomes of it. Whatever goes wrong has its answer too.
async fn look(app: &App, agreed: Agreed, mut mail: Mail, out: &mut Vec<u8>) {
    let forged = mail.forged();
    let outcome = match (mail.collected(), app.filter.pool.ticket()) {
        (Ok(message), Some(ticket)) => examine(app, ticket, message, PATIENCE_OF_MAIL).await.ok(),
        (collected, _) => {
            let reason = if collected.is_err() { "memory" } else { "room in the queue" };
            tracing::warn!(reason, "a mail could not be looked at");
            metrics::content_filter_message("failed");
            None
        }
    };
    match outcome {
        Some(judgement) => reply::judged(out, agreed, &judgement, forged),
        None => reply::failed(out, agreed, app.config.content_filter.milter.on_failure, forged),
    }
}
