//! Mail: what the server writes to people, and how it goes out. When it goes is the business of
//! `queue::SendMail`; who may ask for it, of the verbs in `accounts`.

mod letters;

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::clock::random;
use crate::rates::{By, Limit, MINUTE_MS, When};
use crate::{App, Error, Result, Words};

pub use letters::{Composed, compose};

/// How long the mail server may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

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

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// Begins in the clear and must change over.
    StartTls,
    /// Changes over if the server offers it.
    Opportunistic,
    /// From the first byte.
    Tls,
    None,
}

impl TlsMode {
    /// Every word of the configuration with its meaning.
    pub const WORDS: [(&'static str, TlsMode); 4] =
        [("starttls", TlsMode::StartTls), ("opportunistic", TlsMode::Opportunistic), ("tls", TlsMode::Tls), ("none", TlsMode::None)];

    pub fn from_word(word: &str) -> Option<TlsMode> {
        TlsMode::WORDS.iter().find(|(known, _)| *known == word).map(|(_, mode)| *mode)
    }
}

/// How mail is sent. `Debug` does not show the password.
#[derive(Clone)]
pub struct MailOptions {
    pub server: String,
    pub port: u16,
    pub tls: TlsMode,
    /// Login and password.
    pub credentials: Option<(String, String)>,
    /// `name@domain`, or `Name <name@domain>`.
    pub from: String,
    pub reply_to: Option<String>,
    /// Further certificate authorities, PEM.
    pub ca: Option<Vec<u8>>,
}

impl std::fmt::Debug for MailOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailOptions").field("server", &self.server).field("port", &self.port).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Whether `text` can stand in From or Reply-To.
pub fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// Whether a mail can be addressed to `text`.
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

/// Takes mail to the mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

/// The mail server's or the network's words, for the log and the operator.
#[derive(Debug)]
pub struct NotTaken(pub String);

impl Mailer {
    /// Errors: `Internal` for options that cannot work.
    pub fn new(options: &MailOptions) -> Result<Mailer> {
        let wrong = |what: &str, cause: &dyn std::fmt::Display| Error::internal(format!("smtp.{what}: {cause}"));
        let mailbox = |what: &str, text: &str| text.parse::<Mailbox>().map_err(|cause| wrong(what, &cause));
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&options.server)
            .port(options.port)
            .timeout(Some(ANSWER_TIMEOUT))
            .tls(tls(options)?);
        if let Some((login, password)) = &options.credentials {
            transport = transport.credentials(Credentials::new(login.clone(), password.clone()));
        }
        Ok(Mailer {
            transport: transport.build(),
            from: mailbox("from_address", &options.from)?,
            reply_to: options.reply_to.as_deref().map(|text| mailbox("reply_to", text)).transpose()?,
        })
    }

    /// Hands one mail over. Once this is `Ok`, the mail server has it.
    pub async fn send(&self, app: &App, to: &str, mail: Composed) -> Result<(), NotTaken> {
        let message = self.message(app, to, mail).map_err(|error| NotTaken(error.to_string()))?;
        self.transport.send(message).await.map(drop).map_err(|error| NotTaken(in_full(&error)))
    }

    fn message(&self, app: &App, to: &str, mail: Composed) -> Result<Message> {
        let to: Address = to.parse().map_err(|_| Error::internal("the address cannot be written to"))?;
        let id = format!("<{}@{}>", hex::encode(random::<16>()?), app.urls().web_domain);
        let now = UNIX_EPOCH + Duration::from_millis(app.now_ms().unsigned_abs());
        let mut message = Message::builder().from(self.from.clone()).to(Mailbox::new(None, to)).subject(mail.subject).message_id(Some(id)).date(now);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        // So that no machine answers. Source: RFC 3834, section 5
        let message = message.header(AutoSubmitted).multipart(MultiPart::alternative_plain_html(mail.text, mail.html));
        message.map_err(|error| Error::internal(format!("a mail cannot be written: {error}")))
    }
}

/// Sends a mail that says that mail works, at once.
///
/// Errors: `Refused` when mail is off or was not taken, with the mail server's words; `Invalid`.
pub async fn test(app: &App, address: &str) -> Result<()> {
    let mailer = app.mailer.as_ref().ok_or_else(|| Error::refused("error-mail-off"))?;
    if !is_address(address) {
        return Err(Error::invalid("invalid-email-format"));
    }
    let sent = mailer.send(app, address, letters::test(app)).await;
    sent.map_err(|NotTaken(cause)| Error::Refused(Words::new("error-mail-refused").with("cause", cause)))
}

fn tls(options: &MailOptions) -> Result<Tls> {
    let parameters = || -> Result<TlsParameters> {
        let mut builder = TlsParameters::builder(options.server.clone());
        if let Some(pem) = &options.ca {
            builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(|cause| Error::internal(format!("smtp.ca_file: {cause}")))?);
        }
        builder.build_rustls().map_err(|cause| Error::internal(format!("smtp.tls: {cause}")))
    };
    Ok(match options.tls {
        TlsMode::StartTls => Tls::Required(parameters()?),
        TlsMode::Opportunistic => Tls::Opportunistic(parameters()?),
        TlsMode::Tls => Tls::Wrapper(parameters()?),
        TlsMode::None => Tls::None,
    })
}

/// An error with its causes; none of them repeats what was sent.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}

#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
