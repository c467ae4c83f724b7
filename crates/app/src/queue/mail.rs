//! Payloads: mail.

use serde::{Deserialize, Serialize};
use store::UserId;
use store::jobs::Lane;

use super::payload::Payload;

/// The mails there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// Follow the link to confirm your address.
    Confirm,
    /// Follow the link to choose a new password.
    Reset,
    PasswordChanged,
    /// You were let in.
    Approved,
}

/// One mail to one person, tried again until the mail server takes it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    pub user: UserId,
    pub letter: Letter,
    /// Where its link leads to in the end, a path on this server.
    pub return_to: Option<String>,
}

impl Payload for SendMail {
    const KIND: &'static str = "send_mail";
    const LANE: Lane = Lane::Mail;
}

/// Looks up whose address somebody typed, and sends that person the link, if there is one to send.
#[derive(Debug, Serialize, Deserialize)]
pub struct MailLink {
    /// Lower case.
    pub email: String,
    /// `Confirm` or `Reset`.
    pub letter: Letter,
    /// Where the link leads to in the end, a path on this server.
    pub return_to: Option<String>,
}

impl Payload for MailLink {
    const KIND: &'static str = "mail_link";
    const LANE: Lane = Lane::Mail;
}
