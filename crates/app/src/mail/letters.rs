//! What mails say: each as plain text and as HTML, in the reader's language.

use store::users::User;
use text::Locale;
use text::compose::escape;

use crate::App;
use crate::mailer::Composed;
use crate::queue::Letter;

/// Subject, paragraphs, and a link between the first and the others.
struct Parts {
    subject: String,
    lead: String,
    link: Option<(String, String)>,
    notes: Vec<String>,
}

/// A mail to `user`; `token` goes into its link.
pub fn compose(app: &App, user: &User, letter: Letter, token: Option<&str>, return_to: Option<&str>) -> Composed {
    let locale = Locale::negotiate(None, user.locale.as_deref(), Some(&app.options.default_locale));
    let (site, domain) = (app.settings.get("site_title"), app.urls().account_domain.clone());
    let handle = format!("@{}@{domain}", user.username);
    let say = |id: &str| text::message(locale, id, &[("site", &site), ("domain", &domain), ("handle", &handle)]);
    let base = &app.urls().base;
    let token = token.unwrap_or_default();
    let parts = match letter {
        Letter::Confirm => Parts {
            subject: say("mail-confirm-subject"),
            lead: say("mail-confirm-lead"),
            link: Some((say("mail-confirm-link"), confirmation(base, token, user.created_by_application_id.is_some(), return_to))),
            notes: vec![say(if user.approved { "mail-confirm-life" } else { "mail-confirm-approval" }), say("mail-not-you")],
        },
        Letter::Reset => Parts {
            subject: say("mail-reset-subject"),
            lead: say("mail-reset-lead"),
            link: Some((say("mail-reset-link"), format!("{base}/auth/password/edit?reset_password_token={token}"))),
            notes: vec![say("mail-reset-life"), say("mail-not-you")],
        },
        Letter::PasswordChanged => Parts {
            subject: say("mail-changed-subject"),
            lead: say("mail-changed-lead"),
            link: Some((say("mail-changed-link"), format!("{base}/auth/password/new"))),
            notes: vec![say("mail-changed-note")],
        },
        Letter::Approved => Parts {
            subject: say("mail-approved-subject"),
            lead: say("mail-approved-lead"),
            link: Some((say("mail-approved-link"), format!("{base}/auth/sign_in"))),
            notes: vec![say("mail-approved-note")],
        },
    };
    written(locale, &parts)
}

/// The mail of `ferrodon mail test`.
pub(super) fn test(app: &App) -> Composed {
    let locale = Locale::find(&app.options.default_locale).unwrap_or(Locale::ENGLISH);
    let (site, domain) = (app.settings.get("site_title"), app.urls().account_domain.clone());
    let say = |id: &str| text::message(locale, id, &[("site", &site), ("domain", &domain)]);
    written(locale, &Parts { subject: say("mail-test-subject"), lead: say("mail-test-lead"), link: None, notes: Vec::new() })
}

fn confirmation(base: &str, token: &str, by_app: bool, return_to: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("confirmation_token", token);
    if by_app {
        query.append_pair("redirect_to_app", "true");
    }
    if let Some(path) = return_to {
        query.append_pair("return_to", path);
    }
    format!("{base}/auth/confirmation?{}", query.finish())
}

fn written(locale: Locale, parts: &Parts) -> Composed {
    let mut text = format!("{}\n", parts.lead);
    let mut html = format!("<p>{}</p>\n", escape(&parts.lead));
    if let Some((words, address)) = &parts.link {
        text.push_str(&format!("\n{words}\n{address}\n"));
        html.push_str(&format!("<p><a href=\"{}\">{}</a></p>\n", escape(address), escape(words)));
    }
    for note in &parts.notes {
        text.push_str(&format!("\n{note}\n"));
        html.push_str(&format!("<p>{}</p>\n", escape(note)));
    }
    let direction = if locale.is_rtl() { "rtl" } else { "ltr" };
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{direction}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{html}</body>\n</html>\n",
        locale.code(),
        escape(&parts.subject)
    );
    Composed { subject: parts.subject.clone(), text, html }
}
