//! Mail: what the server writes to people, and how it goes out. When it goes is the business of
//! `queue::SendMail`; who may ask for it, of the verbs in `accounts`.

mod letters;

pub use crate::mailer::{Composed, MailOptions, Mailer, NotTaken, TlsMode, is_address, is_mailbox};
use crate::rates::{By, Limit, MINUTE_MS, When};
use crate::{App, Error, Result, Words};

pub use letters::compose;

/// Mails with a link that strangers may cause to one mailbox. Source: Mastodon's `throttle_password_resets/email` and
/// `throttle_email_confirmations/email`
pub static LINKS_TO_MAILBOX: Limit = Limit::new("mailed links, by mailbox", 5, 30 * MINUTE_MS, By::Target).when(When::Verb);
/// Mails with a link that one account may ask for, to whatever addresses. Source: as above
pub static LINKS_OF_ACCOUNT: Limit = Limit::new("mailed links, by account", 5, 30 * MINUTE_MS, By::Account).when(When::Verb);

/// Counts a mail with a link that somebody asks to be sent to `email`, whether there is such a person or not.
///
/// Errors: `Limited`.
pub(crate) fn count_link(app: &App, email: &str) -> Result<()> {
    app.rates.take(&LINKS_TO_MAILBOX, &mailbox(email), app.now_ms())
}

/// What stays the same of all the addresses under which one mailbox is commonly reached: lower case, without dots and
/// without what follows a `+`.
fn mailbox(email: &str) -> String {
    let email = email.trim().to_lowercase();
    let Some((local, domain)) = email.rsplit_once('@') else { return email };
    let local = local.split('+').next().unwrap_or_default().replace('.', "");
    format!("{local}@{domain}")
}

/// Sends a mail that says that mail works, at once.
///
/// Errors: `Refused` when mail is off or was not taken, with the mail server's words; `Invalid`.
pub async fn test(app: &App, address: &str) -> Result<()> {
    let mailer = app.mailer.as_ref().ok_or_else(|| Error::refused("error-mail-off"))?;
    if !is_address(address) {
        return Err(Error::invalid("invalid-email-format"));
    }
    let sent = mailer.send(address, letters::test(app), &app.urls().web_domain, app.now_ms()).await;
    sent.map_err(|NotTaken(cause)| Error::Refused(Words::new("error-mail-refused").with("cause", cause)))
}
