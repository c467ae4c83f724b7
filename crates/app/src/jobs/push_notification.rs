//! PushNotification: tells one client of one notification.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::push_subscriptions::{self as subscriptions, PushSubscription};
use store::{PushSubscriptionId, accounts, notifications, statuses, users};
use url::Url;

use super::job::Job;
use crate::clock::DAY_MS;
use crate::measure::label;
use crate::net::{self, Refused, Request, Site};
use crate::push::seal::{self, ClientKeys};
use crate::push::{subscribe, unsubscribe, vapid};
use crate::queue::{Outcome, PushNotification};
use crate::{App, Error, Result, effects, present};

/// How long a push service keeps it for a client that is away; after that it is not sent either.
const LIFE_MS: i64 = 2 * DAY_MS;
/// How long a subscription may fail without a success in between.
const FAILING_MAX_MS: i64 = 7 * DAY_MS;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Nothing is read of a push service's answer but its status.
const ANSWER_MAX: usize = 64 * 1024;
/// How long a push waits when its service has its share of all pushes that are on their way.
const FULL_PAUSE_MS: i64 = 2_000;
/// The longest pause that a push service may ask for.
const PAUSE_MAX_MS: i64 = 60 * 60 * 1000;
const REQUEST_TIMEOUT: u16 = 408;
const TOO_MANY_REQUESTS: u16 = 429;

impl Job for PushNotification {
    async fn run(self, app: &App) -> Result<Outcome> {
        let Some((subscription, text)) = self.find(app).await? else { return Ok(Outcome::Done) };
        let endpoint = Url::parse(&subscription.endpoint).map_err(Error::internal)?;
        let place = match app.pools.pushes.place(&Site::of(&endpoint), app.now_ms()).await {
            Ok(place) => place,
            Err(Refused::Full) => return Ok(Outcome::Postpone(FULL_PAUSE_MS, Refused::Full.to_string())),
            Err(refused @ Refused::Resting(left_ms)) => return fail(app, &subscription, refused.to_string(), Some(left_ms)).await,
        };
        // What the address says by itself its person knows, too. Where its name leads is not told, not even by an end.
        let may_be_asked = app.net.check(&endpoint).is_ok();
        let answer = compose(app, &subscription, endpoint, text.as_bytes())?.send().await;
        match &answer {
            Ok(_) => place.answered(),
            Err(net::Error::Timeout | net::Error::Slow(_) | net::Error::Connection(_) | net::Error::Refused(_)) => place.failed(app.now_ms()),
            Err(_) => {}
        }
        drop(place);
        match answer {
            Ok(answer) if answer.is_success() => {
                count("sent");
                mark(app, &subscription, None).await?;
                Ok(Outcome::Done)
            }
            // It says so itself, or it cannot be asked at all: the subscription has ended.
            Ok(answer) if (400..500).contains(&answer.status) && answer.status != REQUEST_TIMEOUT && answer.status != TOO_MANY_REQUESTS => {
                end(app, subscription.id).await
            }
            Err(net::Error::Refused(_)) if !may_be_asked => end(app, subscription.id).await,
            Ok(answer) => {
                let pause_ms =
                    answer.header("retry-after").and_then(|seconds| seconds.trim().parse::<i64>().ok()).map(|seconds| seconds.saturating_mul(1000));
                let why = format!("the push service answered {}", answer.status);
                fail(app, &subscription, why, pause_ms.filter(|pause| *pause > 0)).await
            }
            Err(error) => fail(app, &subscription, error.to_string(), None).await,
        }
    }
}

impl PushNotification {
    /// The subscription and what it is told, if it still wants it and there still is something.
    async fn find(&self, app: &App) -> Result<Option<(PushSubscription, String)>> {
        let (subscription, account, notification) = (self.subscription, self.account, self.notification);
        let oldest = app.now_ms() - LIFE_MS;
        let found = app
            .read(move |r| async move {
                let Some(subscription) = subscriptions::find(&r, subscription).await? else { return Ok(None) };
                let told = notifications::find(&r, account, notification).await?;
                let Some(told) = told.filter(|told| told.created_at >= oldest && !told.filtered) else { return Ok(None) };
                if !effects::push::is_wanted(&r, &subscription, account, told.from_account_id, told.kind).await? {
                    return Ok(None);
                }
                let status = match told.status_id {
                    Some(id) => match statuses::find(&r, id).await? {
                        None => return Ok(None),
                        there => there,
                    },
                    None => None,
                };
                let Some(from) = accounts::find(&r, told.from_account_id).await? else { return Ok(None) };
                let locale = users::find(&r, subscription.user_id).await?.and_then(|user| user.locale);
                Ok(Some((subscription, told, from, status, locale)))
            })
            .await?;
        let Some((subscription, told, from, status, locale)) = found else { return Ok(None) };
        let locale = locale.unwrap_or_else(|| app.options.default_locale.clone());
        let payload = present::push::payload(app, &subscription, &locale, &told, &from, status.as_ref());
        let text = serde_json::to_string(&payload).map_err(Error::internal)?;
        Ok(Some((subscription, text)))
    }
}

/// The encrypted and signed request.
fn compose(app: &App, subscription: &PushSubscription, endpoint: Url, text: &[u8]) -> Result<Request> {
    let auth = app.options.master_key.open(&subscribe::secret_name(subscription.id), &subscription.sealed_key_auth)?;
    let keys = ClientKeys::read(&subscription.key_p256dh, &String::from_utf8_lossy(&auth));
    let keys = keys.ok_or_else(|| Error::internal(format!("the keys of the push subscription {} cannot be read", subscription.id)))?;
    let (token, own) = (vapid::token(app, &endpoint)?, &app.secrets.vapid_public_key);
    let request = if subscription.standard {
        let body = seal::aes128gcm(&keys, text)?;
        app.net.post(endpoint, body).header("content-encoding", "aes128gcm").header("authorization", format!("vapid t={token},k={own}"))
    } else {
        let sealed = seal::aesgcm(&keys, text)?;
        let (salt, point) = (URL_SAFE_NO_PAD.encode(&sealed.salt), URL_SAFE_NO_PAD.encode(&sealed.point));
        app.net
            .post(endpoint, sealed.body)
            .header("content-encoding", "aesgcm")
            .header("encryption", format!("salt={salt}"))
            .header("crypto-key", format!("dh={point};p256ecdsa={own}"))
            .header("authorization", format!("WebPush {token}"))
    };
    Ok(request
        .header("content-type", "application/octet-stream")
        .header("ttl", (LIFE_MS / 1000).to_string())
        .header("urgency", "normal")
        .header("unsubscribe-url", unsubscribe::address(app, subscription.id))
        .timeout(TIMEOUT)
        .body_max(ANSWER_MAX))
}

async fn end(app: &App, id: PushSubscriptionId) -> Result<Outcome> {
    count("ended");
    app.write(move |tx| async move { Ok(subscriptions::delete(&tx, id).await?) }).await?;
    Ok(Outcome::Done)
}

/// Notes since when it fails; ends it after a week.
async fn fail(app: &App, subscription: &PushSubscription, why: String, pause_ms: Option<i64>) -> Result<Outcome> {
    let since = subscription.failed_at.unwrap_or(app.now_ms());
    if app.now_ms() - since > FAILING_MAX_MS {
        return end(app, subscription.id).await;
    }
    count("failed");
    mark(app, subscription, Some(since)).await?;
    Ok(match pause_ms {
        Some(pause) => Outcome::RetryAfter(pause.min(PAUSE_MAX_MS), why),
        None => Outcome::Retry(why),
    })
}

async fn mark(app: &App, subscription: &PushSubscription, failed_at: Option<i64>) -> Result<()> {
    let id = subscription.id;
    if subscription.failed_at == failed_at {
        return Ok(());
    }
    app.write(move |tx| async move { Ok(subscriptions::set_failed_at(&tx, id, failed_at).await?) }).await
}

fn count(result: &'static str) {
    metrics::counter!("ferrodon_push_sent_total", "result" => label(result)).increment(1);
}
