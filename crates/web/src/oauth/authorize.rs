//! GET and POST /oauth/authorize: a person lets an application act for them.

use app::oauth::applications::{self, OUT_OF_BAND};
use app::oauth::grants::{self, Checked, Fault, Request};
use app::{App, Error};
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use super::consent::{Code, Consent, Continue, Denied};
use crate::error::{Fail, Result};
use crate::extract::Params;
use crate::pages::browser::Browser;
use crate::pages::views::{ErrorPage, OauthFault, Person};
use crate::pages::{page, person};

/// The parameters that make up the request, in the order of the specification.
const NAMES: &[&str] =
    &["response_type", "client_id", "redirect_uri", "scope", "state", "response_mode", "code_challenge", "code_challenge_method", "lang"];

/// Shows the consent page, after signing in. Source: docs.joinmastodon.org/methods/oauth/#authorize
pub async fn show(State(app): State<App>, browser: Browser, uri: Uri, params: Params) -> Result<Response> {
    let request = read(&params)?;
    let checked = match grants::check(&app, &request).await {
        Ok(checked) => checked,
        Err(fault) => return refuse(&app, &browser, &request, fault),
    };
    applications::extend(&app, &checked.application).await?;
    let wants_login = params.flag("force_login")?.unwrap_or(false);
    let Some(session) = browser.session.as_ref().filter(|_| !wants_login) else {
        return Ok(Redirect::to(&sign_in_address(&uri)).into_response());
    };
    let person = person(&app, &session.account);
    let consent = Consent {
        app_name: checked.application.name.clone(),
        app_website: checked.application.website.clone(),
        scopes: checked.scopes.list().to_vec(),
        returns_to: returns_to(&checked.redirect_uri),
        params: kept(&params)?,
        switch_url: sign_in_address(&uri),
        person: Person { ..person },
        shell: browser.shell(&app),
    };
    Ok(page(&browser, &consent))
}

/// Answers the consent page.
pub async fn answer(State(app): State<App>, browser: Browser, uri: Uri, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    let browser = browser.speaking(params.text("lang")?.as_deref());
    let request = read(&params)?;
    let checked = match grants::check(&app, &request).await {
        Ok(checked) => checked,
        Err(fault) => return refuse(&app, &browser, &request, fault),
    };
    let Some(session) = &browser.session else {
        return Ok(Redirect::to(&sign_in_address(&uri)).into_response());
    };
    if params.text("_method")?.as_deref() == Some("delete") {
        return denied(&app, &browser, &request, &checked);
    }
    match grants::authorize(&app, session, &checked, request.code_challenge.clone()).await? {
        Some(code) => Ok(send_code(&browser, &request, &checked, &code)),
        None => Ok(Redirect::to(&sign_in_address(&uri)).into_response()),
    }
}

/// DELETE /oauth/authorize: the same as posting the consent page's other form.
pub async fn deny(State(app): State<App>, browser: Browser, uri: Uri, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    let browser = browser.speaking(params.text("lang")?.as_deref());
    let request = read(&params)?;
    let checked = match grants::check(&app, &request).await {
        Ok(checked) => checked,
        Err(fault) => return refuse(&app, &browser, &request, fault),
    };
    if browser.session.is_none() {
        return Ok(Redirect::to(&sign_in_address(&uri)).into_response());
    }
    denied(&app, &browser, &request, &checked)
}

/// Tells the application, or the person where there is no address to tell it at: they did what they wanted, so that
/// page is no error.
fn denied(app: &App, browser: &Browser, request: &Request, checked: &Checked) -> Result<Response> {
    if checked.redirect_uri == OUT_OF_BAND {
        return Ok(page(browser, &Denied { shell: browser.shell(app), app_name: checked.application.name.clone() }));
    }
    refuse(app, browser, request, Fault::SentBack(Error::oauth("access_denied", "oauth-access-denied")))
}

fn send_code(browser: &Browser, request: &Request, checked: &Checked, code: &str) -> Response {
    if checked.redirect_uri == OUT_OF_BAND {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("code", code).finish();
        return Redirect::to(&format!("/oauth/authorize/native?{query}")).into_response();
    }
    send_back(browser, request, &[("code", code)])
}

/// GET /oauth/authorize/native: shows the code to be copied.
pub async fn native(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    let code = params.filled("code")?.ok_or_else(|| Fail::missing_param("code"))?;
    Ok(page(&browser, &Code { shell: browser.shell(&app), app_name: None, code }))
}

fn read(params: &Params) -> Result<Request> {
    Ok(Request {
        response_type: params.text("response_type")?.unwrap_or_default(),
        client_id: params.text("client_id")?.unwrap_or_default(),
        redirect_uri: params.text("redirect_uri")?.unwrap_or_default(),
        scope: params.text("scope")?,
        state: params.text("state")?,
        code_challenge: params.text("code_challenge")?,
        code_challenge_method: params.filled("code_challenge_method")?,
        response_mode: params.filled("response_mode")?,
    })
}

fn kept(params: &Params) -> Result<Vec<(String, String)>> {
    let mut kept = Vec::new();
    for name in NAMES {
        if let Some(value) = params.text(name)? {
            kept.push(((*name).to_owned(), value));
        }
    }
    Ok(kept)
}

/// The sign-in page, which comes back here without asking again.
fn sign_in_address(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let rest = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "force_login");
    let rest = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    let back = format!("/oauth/authorize?{rest}");
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", &back).finish();
    format!("/auth/sign_in?{query}")
}

/// A fault goes back to the application only when its address is sure.
fn refuse(app: &App, browser: &Browser, request: &Request, fault: Fault) -> Result<Response> {
    match fault {
        Fault::SentBack(Error::OAuth { code, words }) if request.redirect_uri != OUT_OF_BAND => {
            let description = words.in_locale(browser.locale);
            Ok(send_back(browser, request, &[("error", code), ("error_description", &description)]))
        }
        Fault::SentBack(Error::OAuth { code, .. }) | Fault::OnPage(Error::OAuth { code, .. }) => {
            let kind = match code {
                "invalid_client" => OauthFault::UnknownApp,
                "invalid_redirect_uri" => OauthFault::RedirectUri,
                "unsupported_response_type" => OauthFault::ResponseType,
                "invalid_scope" => OauthFault::Scope,
                _ => OauthFault::Request,
            };
            let shown = ErrorPage::for_oauth(browser.shell(app), kind);
            let mut response = page(browser, &shown);
            *response.status_mut() = axum::http::StatusCode::BAD_REQUEST;
            Ok(response)
        }
        Fault::SentBack(error) | Fault::OnPage(error) => Err(error.into()),
    }
}

fn send_back(browser: &Browser, request: &Request, pairs: &[(&str, &str)]) -> Response {
    let state = request.state.as_deref().map(|state| ("state", state));
    let pairs = pairs.iter().copied().chain(state);
    if request.response_mode.as_deref() == Some("form_post") {
        let params = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let place = returns_to(&request.redirect_uri).unwrap_or_default();
        return page(browser, &Continue { shell: browser.bare_shell(), address: request.redirect_uri.clone(), place, params });
    }
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let uri = &request.redirect_uri;
    let joint = match request.response_mode.as_deref() {
        Some("fragment") => '#',
        _ if uri.contains('?') => '&',
        _ => '?',
    };
    Redirect::to(&format!("{uri}{joint}{encoded}")).into_response()
}

/// Host or scheme the browser is sent to.
fn returns_to(uri: &str) -> Option<String> {
    if uri == OUT_OF_BAND {
        return None;
    }
    let url = Url::parse(uri).ok()?;
    Some(url.host_str().map_or_else(|| url.scheme().to_owned(), str::to_owned))
}
