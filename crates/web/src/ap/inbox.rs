//! POST /inbox, /actor/inbox, /users/:name/inbox and /ap/users/:id/inbox

use app::Error;
use app::federation::inbox::{BODY_MAX, Inbox, Rejection, announced, receive};
use app::federation::signer::Refusal;
use app::ids::AccountId;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::json;
use wire::signature::Incoming;
use wire::signature::rfc9421::ACCEPT_SIGNATURE;

use crate::bodies::{self, Stopped};
use crate::error::{Fail, Result};
use crate::extract::id::{Id, Name};
use crate::web::Web;

/// What a delivery may be sent as. Some servers name the type of JSON alone.
const TYPES: [&str; 3] = ["application/activity+json", "application/ld+json", "application/json"];
/// When to come again if the key's server did not answer.
const RETRY_AFTER_S: &str = "300";

/// POST /inbox. Source: w3.org/TR/activitypub/#shared-inbox-delivery
pub async fn shared(State(web): State<Web>, request: Request) -> Result {
    take(&web, Inbox::Shared, request).await
}

/// POST /actor/inbox
pub async fn instance_actor(State(web): State<Web>, request: Request) -> Result {
    take(&web, Inbox::InstanceActor, request).await
}

/// POST /users/:name/inbox
pub async fn by_name(State(web): State<Web>, Name(name): Name, request: Request) -> Result {
    take(&web, Inbox::Username(name), request).await
}

/// POST /ap/users/:id/inbox
pub async fn by_id(State(web): State<Web>, Id(id): Id<AccountId>, request: Request) -> Result {
    take(&web, Inbox::Account(id), request).await
}

/// What can be refused by its headers is refused before its body is read.
async fn take(web: &Web, inbox: Inbox, request: Request) -> Result {
    let (app, (parts, body)) = (&web.app, request.into_parts());
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.unwrap_or_default().max(body.size_hint().lower()) > BODY_MAX as u64 {
        return Err(Stopped::TooLarge(BODY_MAX).into());
    }
    if !is_taken(&parts) {
        return Err(Fail::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "error-inbox-type"));
    }
    let headers: Vec<(&str, &str)> =
        parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), std::str::from_utf8(value.as_bytes()).ok()?))).collect();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let method = parts.method.as_str();
    let incoming = Incoming { method, base: &app.urls().base, target, headers: &headers, body: &[], now_ms: app.now_ms() };
    let delivery = match announced(app, &incoming, inbox).await {
        Ok(delivery) => delivery,
        Err(rejection) => return refuse(rejection),
    };
    let body = bodies::read(&web.bodies, &parts, body, BODY_MAX).await?;
    match receive(app, delivery, &body).await {
        Ok(_) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(rejection) => refuse(rejection),
    }
}

/// A delivery without a type is taken as one of the right type.
fn is_taken(parts: &Parts) -> bool {
    let Some(kind) = parts.headers.get(header::CONTENT_TYPE) else { return true };
    let essence = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known))
}

fn refuse(rejection: Rejection) -> Result {
    let refusal = match rejection {
        Rejection::NoInbox => return Err(Error::not_found().into()),
        Rejection::Malformed(why) => return Err(Error::malformed(why).into()),
        Rejection::Sender(refusal) => refusal,
    };
    let mut response = match refusal {
        Refusal::Unsigned => Fail::new(StatusCode::UNAUTHORIZED, "error-signature-missing").into_response(),
        Refusal::Unproven(why) => Fail::new(StatusCode::UNAUTHORIZED, "error-signature").with("reason", json!(why)).into_response(),
        Refusal::Malformed(why) => return Err(Error::malformed(why).into()),
        Refusal::Blocked => return Err(Error::forbidden().into()),
        Refusal::Unreachable => Fail::new(StatusCode::SERVICE_UNAVAILABLE, "error-key-unreachable").into_response(),
        Refusal::Busy(why) => return Err(Error::Temporary(why).into()),
        Refusal::Internal(why) => return Err(Error::Internal(why).into()),
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().remove(header::WWW_AUTHENTICATE);
        response.headers_mut().insert("accept-signature", HeaderValue::from_static(ACCEPT_SIGNATURE));
    } else {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
    }
    Ok(response)
}
