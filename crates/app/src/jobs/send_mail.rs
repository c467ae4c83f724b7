//! SendMail: one mail to one person, tried again until the mail server takes it.

use store::users;

use super::job::Job;
use crate::accounts::one_time;
use crate::mail;
use crate::queue::{Outcome, SendMail};
use crate::{App, Result};

impl Job for SendMail {
    async fn run(self, app: &App) -> Result<Outcome> {
        let Some(mailer) = &app.mailer else { return Ok(Outcome::Discard("mail is off".into())) };
        let (id, now, app_secrets, purpose) = (self.user, app.now_ms(), app.secrets.clone(), one_time::purpose(self.letter));
        let found = app
            .read(move |r| async move {
                let Some(user) = users::find(&r, id).await? else { return Ok(None) };
                let token = match purpose {
                    Some(purpose) => one_time::find(&r, &app_secrets, &user, purpose, now).await?,
                    None => None,
                };
                Ok(Some((user, token)))
            })
            .await?;
        let Some((user, token)) = found else { return Ok(Outcome::Discard("the user is gone".into())) };
        if purpose.is_some() && token.is_none() {
            return Ok(Outcome::Discard("its link works no more".into()));
        }
        let message = mail::compose(app, &user, self.letter, token.as_deref(), self.return_to.as_deref());
        match mailer.send(&user.email, message, &app.urls().web_domain, app.now_ms()).await {
            Ok(()) => Ok(Outcome::Done),
            Err(refused) => Ok(Outcome::Retry(refused.0)),
        }
    }
}
