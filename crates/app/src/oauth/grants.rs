//! Authorization: from a person's consent to a code that lives ten minutes and is used once.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::oauth::{self, Application, NewGrant};

use crate::clock::random;
use crate::oauth::scopes::Scopes;
use crate::{App, Error, Result, Viewer, secrets};

const CODE_LIFE_MS: i64 = 10 * 60 * 1000;
/// RFC 7636, section 4.1 and 4.2.
const CHALLENGE_CHARS: std::ops::RangeInclusive<usize> = 43..=128;

/// What an application asks a person for. Source: docs.joinmastodon.org/methods/oauth/#authorize
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub response_type: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: Option<String>,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub response_mode: Option<String>,
}

/// A request that may be put before a person.
#[derive(Clone, Debug)]
pub struct Checked {
    pub application: Application,
    pub redirect_uri: String,
    pub scopes: Scopes,
}

/// Why a request fails: told on a page, or sent back to the application when its address is sure.
#[derive(Debug)]
pub enum Fault {
    OnPage(Error),
    SentBack(Error),
}

/// Checks a request before anything is shown.
pub async fn check(app: &App, request: &Request) -> std::result::Result<Checked, Fault> {
    let application = crate::oauth::applications::find_by_client_id(app, &request.client_id)
        .await
        .map_err(Fault::OnPage)?
        .ok_or_else(|| Fault::OnPage(Error::oauth("invalid_client", "oauth-invalid-client")))?;
    if !application.redirect_uris.lines().any(|uri| uri == request.redirect_uri) {
        return Err(Fault::OnPage(Error::oauth("invalid_redirect_uri", "oauth-invalid-redirect-uri")));
    }
    let back = |code, id| Err(Fault::SentBack(Error::oauth(code, id)));
    if request.response_type != "code" {
        return back("unsupported_response_type", "oauth-unsupported-response-type");
    }
    if !matches!(request.response_mode.as_deref(), None | Some("" | "query" | "fragment" | "form_post")) {
        return back("unsupported_response_mode", "oauth-unsupported-response-mode");
    }
    let scopes = Scopes::read(request.scope.as_deref().filter(|s| !s.trim().is_empty()).unwrap_or("read"));
    if scopes.unknown().is_some() || !Scopes::read(&application.scopes).opens_all(&scopes) {
        return back("invalid_scope", "oauth-invalid-scope");
    }
    if let Some(challenge) = &request.code_challenge {
        if request.code_challenge_method.as_deref() != Some("S256") {
            return back("invalid_code_challenge_method", "oauth-invalid-code-challenge-method");
        }
        if !CHALLENGE_CHARS.contains(&challenge.len()) {
            return back("invalid_request", "oauth-invalid-request");
        }
    }
    Ok(Checked { application, redirect_uri: request.redirect_uri.clone(), scopes })
}

/// The person consents: makes the code.
pub async fn authorize(app: &App, viewer: &Viewer, checked: &Checked, challenge: Option<String>) -> Result<String> {
    let code = URL_SAFE_NO_PAD.encode(random::<32>()?);
    let grant = NewGrant {
        application_id: checked.application.id,
        user_id: viewer.user_id,
        code_hash: secrets::hash(&code),
        redirect_uri: checked.redirect_uri.clone(),
        scopes: checked.scopes.to_string(),
        code_challenge: challenge,
        lifetime_ms: CODE_LIFE_MS,
    };
    app.write(move |tx| async move { Ok(oauth::insert_grant(&tx, &grant).await?) }).await?;
    Ok(code)
}

/// Uses a code up.
///
/// Errors: `OAuth` `invalid_grant` when it is unknown, used, expired, for another address, or the
/// verifier does not fit the challenge; the code is gone in every case.
pub(crate) async fn redeem(app: &App, application: &Application, code: &str, redirect_uri: &str, verifier: Option<&str>) -> Result<oauth::Grant> {
    let (id, hash) = (application.id, secrets::hash(code));
    let taken = app.write(move |tx| async move { Ok(oauth::take_grant(&tx, id, &hash).await?) }).await?;
    let invalid = || Error::oauth("invalid_grant", "oauth-invalid-grant");
    let grant = taken.ok_or_else(invalid)?;
    let fits = match (&grant.code_challenge, verifier) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(challenge), Some(verifier)) => *challenge == URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())),
    };
    if fits && grant.redirect_uri == redirect_uri && grant.expires_at > app.now_ms() { Ok(grant) } else { Err(invalid()) }
}
