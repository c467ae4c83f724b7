//! The way to the mail server.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::clock::random;
use crate::{Error, Result};

/// How long the mail server may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A mail without its addresses.
#[derive(Clone, Debug)]
pub struct Composed {
    pub subject: String,
    pub text: String,
    pub html: String,
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

    /// Hands one mail over, with a message id of `from_host`. Once this is `Ok`, the mail server has it.
    pub async fn send(&self, to: &str, mail: Composed, from_host: &str, now_ms: i64) -> Result<(), NotTaken> {
        let message = self.message(to, mail, from_host, now_ms).map_err(|error| NotTaken(error.to_string()))?;
        self.transport.send(message).await.map(drop).map_err(|error| NotTaken(in_full(&error)))
    }

    fn message(&self, to: &str, mail: Composed, from_host: &str, now_ms: i64) -> Result<Message> {
        let to: Address = to.parse().map_err(|_| Error::internal("the address cannot be written to"))?;
        let id = format!("<{}@{}>", hex::encode(random::<16>()?), from_host);
        let now = UNIX_EPOCH + Duration::from_millis(now_ms.unsigned_abs());
        let mut message = Message::builder().from(self.from.clone()).to(Mailbox::new(None, to)).subject(mail.subject).message_id(Some(id)).date(now);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        // So that no machine answers. Source: RFC 3834, section 5
        let message = message.header(AutoSubmitted).multipart(MultiPart::alternative_plain_html(mail.text, mail.html));
        message.map_err(|error| Error::internal(format!("a mail cannot be written: {error}")))
    }
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
