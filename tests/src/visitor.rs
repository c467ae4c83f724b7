//! Somebody at the server's pages with the simplest of browsers: it keeps cookies, follows redirects and
//! submits the forms it finds, with the fields it finds in them. No scripts.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Method};
use url::Url;

use crate::person::Person;
use crate::server::client;

const REDIRECTS_MAX: usize = 10;

pub struct Visitor {
    http: Client,
    cookies: BTreeMap<String, String>,
}

/// Where the visitor ended up: a page, or a redirect that leaves the server (an app's callback).
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub html: String,
}

impl Visitor {
    pub fn new() -> Self {
        Self { http: client(), cookies: BTreeMap::new() }
    }

    pub async fn opens(&mut self, url: &str) -> Page {
        let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        self.goes(Method::GET, url, Vec::new()).await
    }

    /// Fills the sign-in form of `page` and submits it.
    pub async fn signs_in(&mut self, page: &Page, person: &Person) -> Page {
        self.signs_in_with(page, &person.email, &person.password).await
    }

    pub async fn signs_in_with(&mut self, page: &Page, email: &str, password: &str) -> Page {
        let mut form = page
            .forms()
            .into_iter()
            .find(Form::asks_for_password)
            .unwrap_or_else(|| panic!("no sign-in form at {} ({}):\n{}", page.url, page.status, page.html));
        form.fill(|field| matches!(field.kind.as_str(), "email" | "text"), email);
        form.fill(|field| field.kind == "password", password);
        self.submits(page, &form, None).await
    }

    /// Presses the consent page's button whose words say so.
    pub async fn consents(&mut self, page: &Page) -> Page {
        self.presses(page, &["authorize", "authorise", "allow", "approve"]).await
    }

    pub async fn denies(&mut self, page: &Page) -> Page {
        self.presses(page, &["deny", "denied", "refuse", "cancel"]).await
    }

    async fn presses(&mut self, page: &Page, words: &[&str]) -> Page {
        for form in page.forms() {
            for button in &form.buttons {
                let says = format!("{} {} {}", button.name, button.value, button.text).to_lowercase();
                if words.iter().any(|word| says.contains(word)) {
                    return self.submits(page, &form, Some(button)).await;
                }
            }
        }
        panic!("no button that says one of {words:?} at {} ({}):\n{}", page.url, page.status, page.html);
    }

    pub async fn submits(&mut self, page: &Page, form: &Form, button: Option<&Button>) -> Page {
        let mut fields: Vec<_> = form.fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
        fields.extend(button.filter(|button| !button.name.is_empty()).map(|b| (b.name.clone(), b.value.clone())));
        let url = page.url.join(&form.action).expect("a form's address");
        self.goes(form.method.clone(), url, fields).await
    }

    async fn goes(&mut self, mut method: Method, mut url: Url, mut fields: Vec<(String, String)>) -> Page {
        let home = url.origin();
        for _ in 0..REDIRECTS_MAX {
            let mut request = self.http.request(method.clone(), url.clone());
            if method == Method::POST {
                request = request.form(&fields).header("origin", home.ascii_serialization());
            } else if !fields.is_empty() {
                request = request.query(&fields);
            }
            let answer = request.header(COOKIE, self.cookie_header()).header("accept", "text/html").send().await;
            let answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
            self.keep_cookies(answer.headers());
            let status = answer.status().as_u16();
            let target = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(|to| url.join(to));
            let html = answer.text().await.expect("a page");
            match target {
                Some(target) if (300..400).contains(&status) => {
                    let target = target.unwrap_or_else(|error| panic!("{url} redirects to nowhere: {error}"));
                    if target.origin() != home {
                        return Page { url: target, status, html };
                    }
                    // 307 and 308 would repeat the method; pages have no use for them.
                    assert!(status == 302 || status == 303 || method == Method::GET, "{url}: {status} after a form");
                    (method, url, fields) = (Method::GET, target, Vec::new());
                }
                _ => return Page { url, status, html },
            }
        }
        panic!("more than {REDIRECTS_MAX} redirects, the last to {url}");
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie of ASCII");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("name=value");
            if value.is_empty() || cookie.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Page {
    /// The value of a parameter in the address.
    pub fn param(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub fn forms(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        for piece in self.html.split("<form").skip(1) {
            let piece = piece.split("</form").next().unwrap_or_default();
            let (head, body) = piece.split_once('>').unwrap_or((piece, ""));
            let method = attribute(head, "method").unwrap_or_default().to_uppercase();
            forms.push(Form {
                method: if method == "POST" { Method::POST } else { Method::GET },
                action: attribute(head, "action").unwrap_or_default(),
                fields: body.split("<input").skip(1).filter_map(Field::read).collect(),
                buttons: body.split("<button").skip(1).map(Button::read).collect(),
            });
        }
        forms
    }
}

#[derive(Debug)]
pub struct Form {
    pub method: Method,
    pub action: String,
    pub fields: Vec<Field>,
    pub buttons: Vec<Button>,
}

#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub kind: String,
    pub value: String,
}

#[derive(Debug)]
pub struct Button {
    pub name: String,
    pub value: String,
    pub text: String,
}

impl Form {
    fn asks_for_password(&self) -> bool {
        self.fields.iter().any(|field| field.kind == "password")
    }

    pub fn fill(&mut self, which: impl Fn(&Field) -> bool, value: &str) {
        let field = self.fields.iter_mut().find(|field| which(field)).expect("a field to fill");
        value.clone_into(&mut field.value);
    }
}

impl Field {
    /// None for what a browser would not send: no name, or a box that is not ticked.
    fn read(piece: &str) -> Option<Self> {
        let tag = piece.split('>').next().unwrap_or_default();
        let kind = attribute(tag, "type").unwrap_or_else(|| "text".to_owned());
        let ticked = !matches!(kind.as_str(), "checkbox" | "radio") || tag.contains(" checked");
        let name = attribute(tag, "name").filter(|name| !name.is_empty() && ticked)?;
        Some(Self { name, kind, value: attribute(tag, "value").unwrap_or_default() })
    }
}

impl Button {
    fn read(piece: &str) -> Self {
        let (tag, rest) = piece.split_once('>').unwrap_or((piece, ""));
        Self {
            name: attribute(tag, "name").unwrap_or_default(),
            value: attribute(tag, "value").unwrap_or_default(),
            text: rest.split("</button").next().unwrap_or_default().trim().to_owned(),
        }
    }
}

/// The value of `name="…"` in a tag as the templates write it, entities resolved.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).or_else(|| tag.split_once(&format!("\n{name}=\"")))?;
    let value = rest.split('"').next()?;
    let mut text = value.to_owned();
    for (entity, letter) in [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, letter);
    }
    Some(text)
}
