//! Registering applications and knowing them again.

pub use store::oauth::Application;
use store::oauth::{self, NewApplication};
use text::Limit;
use url::Url;

use crate::clock::DAY_MS;
use crate::clock::random;
pub use crate::present::application::Registered;
use crate::scopes::Scopes;
use crate::{App, Error, Result, Words, secrets};

/// The redirect URI that shows the code instead of sending it.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
const NAME: Limit = Limit::code_points(60);
const WEBSITE: Limit = Limit::bytes(2_000);
/// All of them, one a line. Source: `APP_REDIRECT_URI_LIMIT` of Mastodon's `ApplicationExtension`
const REDIRECT_URIS: Limit = Limit::code_points(2_000);
/// Schemes that a browser handles itself: an address of such a scheme leads to no app, but to a script, to a document
/// made of the address, or into the browser's or the person's own files. `localhost` is a host without its scheme.
const FORBIDDEN_SCHEMES: &[&str] = &[
    "about",
    "blob",
    "chrome",
    "data",
    "feed",
    "file",
    "filesystem",
    "ftp",
    "jar",
    "javascript",
    "livescript",
    "localhost",
    "mhtml",
    "mocha",
    "resource",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// How long an application stays that nobody has used since it registered.
const NEVER_USED_MS: i64 = 30 * DAY_MS;
/// How long one stays after its last use that no person has let act for them yet. One that a person has is kept: clients
/// remember what they are registered as, and posts name it.
const UNUSED_MS: i64 = 365 * DAY_MS;

/// An application as it introduces itself.
#[derive(Clone, Debug, Default)]
pub struct Introduction {
    pub name: String,
    pub redirect_uris: Vec<String>,
    /// `read` when missing.
    pub scopes: Option<String>,
    pub website: Option<String>,
}

/// Registers an application.
///
/// Errors: `Invalid` with all that is wrong. Source: docs.joinmastodon.org/methods/apps/#create
pub async fn register(app: &App, introduction: Introduction) -> Result<Registered> {
    let scopes = Scopes::read(introduction.scopes.as_deref().filter(|s| !s.trim().is_empty()).unwrap_or("read"));
    let uris: Vec<String> = introduction.redirect_uris.iter().flat_map(|uris| list_of(uris)).map(str::to_owned).collect();
    let name = introduction.name.trim().to_owned();
    let website = introduction.website.filter(|website| !website.trim().is_empty());
    let mut problems = Vec::from_iter(name_problems(&name));
    problems.extend(website_problems(website.as_deref()));
    problems.extend(redirect_problems(&uris));
    if scopes.unknown().is_some() {
        problems.push(Words::new("invalid-scopes"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let (client_id, secret) = (token()?, token()?);
    let new = NewApplication {
        name,
        website,
        redirect_uris: uris.join("\n"),
        scopes: scopes.to_string(),
        client_id,
        secret_hash: secrets::hash(&secret),
        superapp: false,
    };
    let application = app
        .write(move |tx| async move {
            let id = oauth::insert_application(&tx, &new).await?;
            oauth::set_application_expiry(&tx, id, tx.now() + NEVER_USED_MS).await?;
            oauth::find_application(&tx, id).await?.ok_or_else(Error::not_found)
        })
        .await?;
    Ok(Registered { application, secret })
}

fn name_problems(name: &str) -> Option<Words> {
    if name.is_empty() { Some(Words::new("invalid-app-name-blank")) } else { Words::if_too_long("invalid-app-name-too-long", name, NAME) }
}

fn website_problems(website: Option<&str>) -> Option<Words> {
    let website = website?;
    if let Some(problem) = Words::if_too_long("invalid-app-website-too-long", website, WEBSITE) {
        return Some(problem);
    }
    let is_web = Url::parse(website).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    (!is_web).then(|| Words::new("invalid-app-website"))
}

fn redirect_problems(uris: &[String]) -> Option<Words> {
    if uris.is_empty() {
        return Some(Words::new("invalid-redirect-uri-blank"));
    }
    let too_long = Words::if_too_long("invalid-redirect-uri-too-long", &uris.join("\n"), REDIRECT_URIS);
    if too_long.is_some() {
        return too_long;
    }
    uris.iter().find_map(|uri| redirect_problem(uri)).map(Words::new)
}

/// The addresses of a text: one a line, or between spaces. Other white space is part of an address, and refused there.
fn list_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ' ']).map(|uri| uri.strip_suffix('\r').unwrap_or(uri)).filter(|uri| !uri.is_empty())
}

/// Why a browser must not be sent to this address. What passes is plain ASCII, so it can stand in a `Location` header
/// and means the same to every reader.
///
/// Source: RFC 3986, appendix A; RFC 6749, section 3.1.2; Doorkeeper's `RedirectUriValidator`
fn redirect_problem(uri: &str) -> Option<&'static str> {
    if uri == OUT_OF_BAND {
        return None;
    }
    let parsed = Url::parse(uri);
    if parsed.as_ref().is_ok_and(|url| FORBIDDEN_SCHEMES.contains(&url.scheme())) {
        return Some("invalid-redirect-uri-forbidden");
    }
    if !is_uri_text(uri) {
        return Some("invalid-redirect-uri-format");
    }
    let url = match parsed {
        Err(url::ParseError::RelativeUrlWithoutBase) => return Some("invalid-redirect-uri-relative"),
        Err(_) => return Some("invalid-redirect-uri-format"),
        Ok(url) => url,
    };
    let after_scheme = &uri[url.scheme().len() + 1..];
    let is_web = matches!(url.scheme(), "http" | "https");
    if url.fragment().is_some() {
        Some("invalid-redirect-uri-fragment")
    } else if is_web && (!after_scheme.starts_with("//") || after_scheme.starts_with("///")) {
        Some("invalid-redirect-uri-format")
    } else if !is_web && !after_scheme.starts_with('/') {
        // `example.com:443/back` or `app:back`: what stands before the colon is hardly a scheme.
        Some("invalid-redirect-uri-scheme")
    } else {
        None
    }
}

/// Whether a text has only characters that an address may have, and each `%` two digits.
fn is_uri_text(text: &str) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(byte);
    let escaped = |rest: &str| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
    text.as_bytes().iter().all(allowed) && text.split('%').skip(1).all(escaped)
}

/// Whether a browser may be sent to this address: one the application registered, and that would be accepted today.
pub(crate) fn may_return_to(application: &Application, uri: &str) -> bool {
    application.redirect_uris.lines().any(|registered| registered == uri) && redirect_problem(uri).is_none()
}

/// Where the application itself is reached, if it has such an address.
pub(crate) fn return_address(application: &Application) -> Option<String> {
    application.redirect_uris.lines().find(|uri| *uri != OUT_OF_BAND && redirect_problem(uri).is_none()).map(str::to_owned)
}

fn token() -> Result<String> {
    use base64::Engine;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// The application with this id, without proof.
pub async fn find_by_client_id(app: &App, client_id: &str) -> Result<Option<Application>> {
    let client_id = client_id.to_owned();
    app.read(move |r| async move { Ok(oauth::find_application_by_client_id(&r, &client_id).await?) }).await
}

/// Notes that the application is used, so that it is not removed as unused. At most once a day this writes.
pub async fn extend(app: &App, application: &Application) -> Result<()> {
    let (id, until) = (application.id, app.now_ms() + UNUSED_MS);
    if application.expires_at.is_none_or(|at| at > until - DAY_MS) {
        return Ok(());
    }
    app.write(move |tx| async move { Ok(oauth::extend_application(&tx, id, until).await?) }).await
}

/// The application behind a token.
pub async fn find(app: &App, id: store::ApplicationId) -> Result<Application> {
    app.read(move |r| async move { oauth::find_application(&r, id).await?.ok_or_else(Error::not_found) }).await
}

/// The application, if the secret is its own.
///
/// Errors: `OAuth` `invalid_client`.
pub async fn authenticate(app: &App, client_id: &str, secret: &str) -> Result<Application> {
    let wrong = || Error::oauth("invalid_client", "oauth-invalid-client");
    let application = find_by_client_id(app, client_id).await?.ok_or_else(wrong)?;
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(&application.secret_hash, &secrets::hash(secret)).is_ok();
    if same { Ok(application) } else { Err(wrong()) }
}

/// The client id of the application that tokens of the command line belong to.
const OWN_CLIENT_ID: &str = "ferrodon-command-line";

/// The server's own application, made at first use. Nobody knows its secret.
pub async fn own(app: &App) -> Result<Application> {
    if let Some(application) = find_by_client_id(app, OWN_CLIENT_ID).await? {
        return Ok(application);
    }
    let new = NewApplication {
        name: "Ferrodon".into(),
        website: None,
        redirect_uris: OUT_OF_BAND.into(),
        scopes: crate::scopes::KNOWN.join(" "),
        client_id: OWN_CLIENT_ID.into(),
        secret_hash: secrets::hash(&token()?),
        superapp: false,
    };
    app.write(move |tx| async move {
        if let Some(application) = oauth::find_application_by_client_id(&tx, OWN_CLIENT_ID).await? {
            return Ok(application);
        }
        let id = oauth::insert_application(&tx, &new).await?;
        oauth::find_application(&tx, id).await?.ok_or_else(Error::not_found)
    })
    .await
}
