//! MailLink: looks up whose address somebody typed, and sends that person the link, if there is one to send.
//!
//! Requests that name an address only enqueue this, so that they do the same work whether the address is known or not.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;

use super::{Job, Outcome, enqueue};
use crate::accounts::register::email_problems;
use crate::accounts::{confirm, reset_password};
use crate::mail::{self, Letter};
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct MailLink {
    /// Lower case.
    pub email: String,
    /// `Confirm` or `Reset`.
    pub letter: Letter,
    /// Where the link leads to in the end, a path on this server.
    pub return_to: Option<String>,
}

impl MailLink {
    /// Enqueues it for whatever address is typed. What cannot be an address is passed over.
    ///
    /// Errors: `Limited` after too many for this mailbox.
    pub(crate) async fn ask(app: &App, email: &str, letter: Letter, return_to: Option<String>) -> Result<()> {
        let email = email.trim().to_lowercase();
        mail::count_link(app, &email)?;
        if app.mailer.is_none() || !email_problems(&email).is_empty() {
            return Ok(());
        }
        app.write(move |tx| async move { enqueue(&tx, &MailLink { email, letter, return_to }).await }).await
    }
}

impl Job for MailLink {
    const KIND: &'static str = "mail_link";
    const LANE: Lane = Lane::Mail;

    async fn run(self, app: &App) -> Result<Outcome> {
        let app_secrets = app.secrets.clone();
        app.write(move |tx| async move {
            match self.letter {
                Letter::Confirm => confirm::send_link(&tx, &app_secrets, &self.email, self.return_to).await?,
                Letter::Reset => reset_password::send_link(&tx, &app_secrets, &self.email).await?,
                letter => return Ok(Outcome::Discard(format!("{letter:?} has no link"))),
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
