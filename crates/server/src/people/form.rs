//! What did a page's form say, and did it come from a page of ours?

use super::same_origin::is_same_origin;
use crate::app::App;
use crate::edge::body::{BodyError, read_body};
use crate::pages::views::FailureKind;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use tandem_core::oauth::form::{Form, FormError};

/// Why a form was not read. Nothing was done; [`super::respond::form_failure`] says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormFailure {
    /// It is larger than `limits.max_body_bytes`.
    #[error("the form is too large")]
    TooLarge,
    /// It did not arrive whole.
    #[error("the form did not arrive whole")]
    Broken,
    /// It is no form: another content type, a parameter twice, bad UTF-8.
    #[error(transparent)]
    NotAForm(#[from] FormError),
    /// It was posted by a page of another origin.
    #[error("the form was posted by a page of another origin")]
    Foreign,
}

impl FormFailure {
    /// What a person reads.
    pub const fn kind(self) -> FailureKind {
        match self {
            Self::TooLarge => FailureKind::TooLarge,
            Self::Broken | Self::NotAForm(_) => FailureKind::BadRequest,
            Self::Foreign => FailureKind::Csrf,
        }
    }
}

/// Reads the form of a POST. The caller still checks its CSRF token: [`super::browser::Browser::csrf_holds`].
pub async fn read(app: &App, request: Request) -> Result<Form, FormFailure> {
    let (parts, body) = request.into_parts();
    if !is_same_origin(&app.config.issuer, &parts.headers) {
        return Err(FormFailure::Foreign);
    }
    let limit = usize::try_from(app.config.limits.max_body_bytes).unwrap_or(usize::MAX);
    let body = read_body(body, limit).await.map_err(|error| match error {
        BodyError::TooLarge => FormFailure::TooLarge,
        BodyError::Broken => FormFailure::Broken,
    })?;
    Ok(Form::parse(content_type(&parts.headers), &body)?)
}

/// The content type that was declared.
pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
}
