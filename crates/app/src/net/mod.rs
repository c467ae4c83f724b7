//! The one way out: requests to other servers. What may be asked is checked before each connection and
//! after each redirect ([`guard`]); every answer has a deadline, a most of bytes, and, where the caller
//! says so, a type.
//!
//! Never inside a transaction: the database would wait for a stranger.

pub mod guard;
mod shares;
mod site;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, Method};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::Url;

use crate::measure::label;
use guard::Guard;
pub use guard::Network;
pub use shares::{Limits, Place, Refused, Shares};
pub use site::{Site, registrable};

/// How long a connection with its TLS may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest silence within an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// From the start of a request to the head of its last answer, redirects included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// The least rate of a body, once its grace period is over: who sends single bytes does not keep us for the whole timeout.
const LEAST_BYTES_PER_S: u64 = 4 * 1024;
const GRACE: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(5) };
/// A whole request with its redirects and its answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of an answer, once unpacked.
const BODY_MAX: usize = 1024 * 1024;
const REDIRECTS_MAX: usize = 3;
/// Connections kept open to a host that may be asked again, and how long.
const IDLE_PER_HOST: usize = 2;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Headers that are for the first host alone.
const CREDENTIALS: [&str; 4] = ["authorization", "cookie", "signature", "signature-input"];

/// What the operator decides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub allow_http: bool,
    pub allow_private: Vec<Network>,
    /// Further certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("a request within a transaction; send it before or after")]
    InTransaction,
    /// Not to be asked: it will not do another time either.
    #[error("{0}")]
    Refused(String),
    #[error("more than {0} redirects")]
    Redirects(usize),
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    #[error("the answer is of the type {0:?}")]
    WrongType(String),
    #[error("no answer in time")]
    Timeout,
    #[error("the answer comes slower than {0} bytes a second")]
    Slow(u64),
    #[error("{0}")]
    Connection(String),
    /// The client itself cannot be made: its certificate authorities cannot be read.
    #[error("{0}")]
    Setup(String),
}

/// The client; cheap to clone.
#[derive(Clone)]
pub struct Net(Arc<Inner>);

struct Inner {
    guard: Guard,
    user_agent: String,
    ca_file: Option<PathBuf>,
    /// Made when it is first needed: reading the authorities takes its time.
    client: OnceCell<Client>,
}

impl Net {
    pub fn new(options: &Options, user_agent: String) -> Net {
        let guard = Guard { allow_http: options.allow_http, allow_private: options.allow_private.clone().into() };
        Net(Arc::new(Inner { guard, user_agent, ca_file: options.ca_file.clone(), client: OnceCell::new() }))
    }

    /// Whether a request to `url` may be tried at all. Errors: `Refused`.
    pub fn check(&self, url: &Url) -> Result<(), Error> {
        self.0.guard.check(url)
    }

    pub fn get(&self, url: Url) -> Request {
        Request::new(self.clone(), Method::GET, url, Bytes::new(), REDIRECTS_MAX)
    }

    /// A POST never follows a redirect: a 3xx is its answer.
    pub fn post(&self, url: Url, body: impl Into<Bytes>) -> Request {
        Request::new(self.clone(), Method::POST, url, body.into(), 0)
    }

    async fn client(&self) -> Result<&Client, Error> {
        self.0.client.get_or_try_init(|| build(self.0.clone())).await
    }
}

async fn build(inner: Arc<Inner>) -> Result<Client, Error> {
    let failed = |why: String| Error::Setup(format!("the client for other servers cannot be made: {why}"));
    let build = move || {
        let mut builder = Client::builder()
            .user_agent(&inner.user_agent)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .dns_resolver(Arc::new(inner.guard.clone()))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_TIMEOUT);
        if let Some(file) = &inner.ca_file {
            let pem = std::fs::read(file).map_err(|error| failed(format!("outgoing.ca_file {}: {error}", file.display())))?;
            let authorities = reqwest::Certificate::from_pem_bundle(&pem);
            builder = builder.tls_certs_merge(authorities.map_err(|error| failed(format!("outgoing.ca_file {}: {error}", file.display())))?);
        }
        builder.build().map_err(|error| failed(chain(&error)))
    };
    tokio::task::spawn_blocking(build).await.map_err(|error| Error::Setup(error.to_string()))?
}

/// Whether a redirect must not lead to an address.
type Refuses = Arc<dyn Fn(&Url) -> bool + Send + Sync>;

/// A request on its way to be sent.
pub struct Request {
    net: Net,
    method: Method,
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    redirects: usize,
    refuses: Option<Refuses>,
    answered: Option<Arc<AtomicBool>>,
    body_max: usize,
    timeout: Duration,
    least_rate: u64,
    types: &'static [&'static str],
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Where it came from in the end.
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header as text; `None` if it is missing or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Request {
    fn new(net: Net, method: Method, mut url: Url, body: Bytes, redirects: usize) -> Request {
        url.set_fragment(None);
        let (body_max, timeout, least_rate) = (BODY_MAX, TIMEOUT, LEAST_BYTES_PER_S);
        let (headers, refuses, answered) = (Vec::new(), None, None);
        Request { net, method, url, headers, body, redirects, refuses, answered, body_max, timeout, least_rate, types: &[] }
    }

    /// Sent along redirects too, unless it is a credential and the host changes.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Request {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body_max(mut self, bytes: usize) -> Request {
        self.body_max = bytes;
        self
    }

    /// For everything: redirects and the whole body.
    pub fn timeout(mut self, timeout: Duration) -> Request {
        self.timeout = timeout;
        self
    }

    /// Bytes a second that the body must have on average, after a few seconds of grace.
    pub fn least_rate(mut self, bytes_per_s: u64) -> Request {
        self.least_rate = bytes_per_s;
        self
    }

    /// No redirect is followed; a 3xx is the answer.
    pub fn without_redirects(mut self) -> Request {
        self.redirects = 0;
        self
    }

    /// A redirect to an address that `refuses` says yes to is not followed; that is an error.
    pub fn not_redirected_to(mut self, refuses: impl Fn(&Url) -> bool + Send + Sync + 'static) -> Request {
        self.refuses = Some(Arc::new(refuses));
        self
    }

    /// `answered` becomes true when the host of the URL has answered, be it with a redirect.
    pub fn notes_answer(mut self, answered: Arc<AtomicBool>) -> Request {
        self.answered = Some(answered);
        self
    }

    /// A successful answer must be of one of these types, without their parameters. Also asks for them.
    pub fn types(mut self, types: &'static [&'static str]) -> Request {
        self.types = types;
        self.header("accept", types.join(", "))
    }

    /// Sends it and reads the answer.
    ///
    /// Errors: `InTransaction` for a mistake of ours; `Refused` and the others as they say.
    pub async fn send(self) -> Result<Response, Error> {
        if store::in_transaction() {
            return Err(Error::InTransaction);
        }
        let deadline = Instant::now() + self.timeout;
        let answer = tokio::time::timeout_at(deadline, async {
            let mut stream = self.head(deadline).await?;
            let mut body = BytesMut::new();
            while let Some(chunk) = stream.chunk().await? {
                body.extend_from_slice(&chunk);
            }
            Ok(Response { status: stream.status, url: stream.url, headers: stream.headers, body: body.freeze() })
        });
        let answer = answer.await.unwrap_or(Err(Error::Timeout));
        count(answer.as_ref().map(Response::is_success));
        answer
    }

    /// Sends it and gives the answer as it comes, for what is too large to be held in memory. The deadline and the most
    /// of bytes hold for the whole of it.
    ///
    /// Errors: as [`Request::send`].
    pub async fn stream(self) -> Result<Stream, Error> {
        if store::in_transaction() {
            return Err(Error::InTransaction);
        }
        let deadline = Instant::now() + self.timeout;
        let answer = self.head(deadline).await;
        count(answer.as_ref().map(Stream::is_success));
        answer
    }

    async fn head(self, deadline: Instant) -> Result<Stream, Error> {
        let head_by = deadline.min(Instant::now() + HEAD_TIMEOUT);
        tokio::time::timeout_at(head_by, self.follow(deadline)).await.unwrap_or(Err(Error::Timeout))
    }

    async fn follow(mut self, deadline: Instant) -> Result<Stream, Error> {
        let net = self.net.clone();
        for _ in 0..=self.redirects {
            net.check(&self.url)?;
            let mut request = net.client().await?.request(self.method.clone(), self.url.clone()).body(self.body.clone());
            for (name, value) in &self.headers {
                request = request.header(*name, value);
            }
            let response = request.send().await.map_err(read_error)?;
            if let Some(answered) = &self.answered {
                answered.store(true, Ordering::Relaxed);
            }
            let location = response.headers().get(LOCATION).filter(|_| self.redirects > 0 && response.status().is_redirection());
            let Some(location) = location else { return self.read(response, deadline) };
            let next = location.to_str().ok().and_then(|location| self.url.join(location).ok());
            let mut next = next.ok_or_else(|| Error::Refused(format!("a redirect from {} that leads nowhere", self.url)))?;
            next.set_fragment(None);
            if self.refuses.as_ref().is_some_and(|refuses| refuses(&next)) {
                return Err(Error::Refused(format!("a redirect from {} to a server that is not asked", self.url)));
            }
            if next.origin() != self.url.origin() {
                self.headers.retain(|(name, _)| !CREDENTIALS.iter().any(|credential| name.eq_ignore_ascii_case(credential)));
            }
            self.url = next;
        }
        Err(Error::Redirects(self.redirects))
    }

    fn read(self, mut response: reqwest::Response, deadline: Instant) -> Result<Stream, Error> {
        let status = response.status();
        let length = response.content_length();
        let headers = std::mem::take(response.headers_mut());
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if status.is_success() && !self.types.is_empty() && !self.types.iter().any(|wanted| essence.eq_ignore_ascii_case(wanted)) {
            return Err(Error::WrongType(kind.to_owned()));
        }
        if length.is_some_and(|length| length > self.body_max as u64) {
            return Err(Error::TooLarge(self.body_max));
        }
        let (status, body_max, least_rate, begun) = (status.as_u16(), self.body_max, self.least_rate, Instant::now());
        Ok(Stream { status, url: self.url, headers, body_max, least_rate, begun, taken: 0, deadline, response })
    }
}

/// An answer whose body comes piece by piece.
pub struct Stream {
    pub status: u16,
    /// Where it comes from in the end.
    pub url: Url,
    pub headers: HeaderMap,
    body_max: usize,
    least_rate: u64,
    /// When the body began.
    begun: Instant,
    taken: usize,
    deadline: Instant,
    response: reqwest::Response,
}

impl Stream {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The next piece; `None` at the end.
    ///
    /// Errors: `Timeout` past the deadline, `Slow` below the least rate.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let slow_at = self.begun + GRACE + Duration::from_millis((self.taken as u64).saturating_mul(1000) / self.least_rate.max(1));
        let late = if slow_at < self.deadline { Error::Slow(self.least_rate) } else { Error::Timeout };
        let chunk = tokio::time::timeout_at(self.deadline.min(slow_at), self.response.chunk()).await.map_err(|_| late)?;
        let Some(chunk) = chunk.map_err(read_error)? else { return Ok(None) };
        self.taken += chunk.len();
        if self.taken > self.body_max { Err(Error::TooLarge(self.body_max)) } else { Ok(Some(chunk)) }
    }
}

fn count(answer: Result<bool, &Error>) {
    let result = match answer {
        Ok(true) => "success",
        Ok(false) => "status",
        Err(Error::Refused(_)) => "refused",
        Err(Error::Timeout | Error::Slow(_)) => "timeout",
        Err(_) => "failed",
    };
    metrics::counter!("ferrodon_outgoing_requests_total", "result" => label(result)).increment(1);
}

/// What went wrong, ours if it was the guard that said no.
fn read_error(error: reqwest::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(cause) = source {
        if let Some(own) = cause.downcast_ref::<Error>() {
            return own.clone();
        }
        source = cause.source();
    }
    if error.is_timeout() { Error::Timeout } else { Error::Connection(chain(&error.without_url())) }
}

/// An error with its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
