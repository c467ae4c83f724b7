//! MailLink: looks up whose address somebody typed, and sends that person the link, if there is one to send.
//!
//! Requests that name an address only enqueue this, so that they do the same work whether the address is known or not.

use super::job::Job;
use crate::accounts::{confirm, reset_password};
use crate::queue::{Letter, MailLink, Outcome};
use crate::{App, Result};

impl Job for MailLink {
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
