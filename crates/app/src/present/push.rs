//! Web Push: subscriptions, and what is pushed.

use std::collections::BTreeMap;

use store::accounts::Account;
use store::notifications::{Kind, Notification};
use store::push_subscriptions::PushSubscription;
use store::statuses::Status;
use wire::mastodon as m;

use super::account::account;
use crate::App;

/// Characters of a push's text.
const BODY_CHARS: usize = 140;
const OMISSION: &str = "...";

/// A subscription as its client sees it.
pub fn subscription(app: &App, row: &PushSubscription) -> m::WebPushSubscription {
    m::WebPushSubscription {
        id: row.id.0,
        endpoint: row.endpoint.clone(),
        standard: row.standard,
        alerts: alerts(row),
        server_key: app.secrets.vapid_public_key.clone(),
        policy: row.policy.clone(),
    }
}

/// What is told of a notification, in the language of who gets it.
pub fn payload(app: &App, to: &PushSubscription, locale: &str, n: &Notification, from: &Account, status: Option<&Status>) -> m::PushPayload {
    let words = text::Locale::find(locale).unwrap_or(text::Locale::ENGLISH);
    let name = if from.display_name.is_empty() { &from.username } else { &from.display_name };
    m::PushPayload {
        access_token: app.secrets.access_token(to.token_id),
        preferred_locale: locale.to_owned(),
        notification_id: n.id.0,
        notification_type: super::notification::shown_kind(n.kind).unwrap_or_default(),
        icon: account(app.context(), from).avatar_static,
        title: text::message(words, title(n.kind), &[("name", name)]),
        body: body(from, status),
    }
}

/// The warning, else the text, else what the account says of itself.
fn body(from: &Account, status: Option<&Status>) -> String {
    let text = match status {
        Some(status) if !status.spoiler_text.is_empty() => status.spoiler_text.clone(),
        Some(status) if status.local => status.text.clone(),
        Some(status) => text::plain::from_html(&status.content),
        None if from.is_local() => from.note.clone(),
        None => text::plain::from_html(&from.note),
    };
    if text.chars().count() <= BODY_CHARS {
        return text;
    }
    let kept: String = text.chars().take(BODY_CHARS - OMISSION.len()).collect();
    kept + OMISSION
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Mention => "push-mention",
        Kind::Status => "push-status",
        Kind::Reblog => "push-reblog",
        Kind::Follow => "push-follow",
        Kind::FollowRequest => "push-follow-request",
        Kind::Favourite => "push-favourite",
        Kind::Poll => "push-poll",
        Kind::Update => "push-update",
        Kind::Quote => "push-quote",
        Kind::QuotedUpdate => "push-quoted-update",
        Kind::AdminSignUp => "push-sign-up",
        Kind::AdminReport => "push-report",
        Kind::Unknown => "push-other",
    }
}

/// The kinds of notification that a client wants, as it has said.
pub fn alerts(subscription: &PushSubscription) -> BTreeMap<String, bool> {
    serde_json::from_str(&subscription.alerts).unwrap_or_default()
}
