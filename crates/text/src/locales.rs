//! The words the server speaks: messages in fluent files under `locales/`, one directory a
//! language, compiled in. `api.ftl` holds errors of the API, `pages.ftl` the pages.
//!
//! English is complete; every other language has the same messages (a test sees to it). A new
//! language is a new directory and a new line in [`LOCALES`].

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// Longest Accept-Language header that is looked at, in bytes; what is behind is ignored.
pub const MAX_ACCEPT_LANGUAGE_BYTES: usize = 1024;
/// Messages that say several things are wrong name at most as many of them.
pub const MAX_PROBLEMS: usize = 20;
/// Numbers of up to so many digits choose plural forms; they are exact as floating point.
const MAX_NUMBER_DIGITS: usize = 15;

struct Source {
    code: &'static str,
    is_rtl: bool,
    files: [&'static str; 2],
}

macro_rules! source {
    ($code:literal, rtl: $rtl:literal) => {
        Source {
            code: $code,
            is_rtl: $rtl,
            files: [include_str!(concat!("../locales/", $code, "/api.ftl")), include_str!(concat!("../locales/", $code, "/pages.ftl"))],
        }
    };
}

/// The languages there are; English, the one to fall back on, first.
static LOCALES: [Source; 3] = [source!("en", rtl: false), source!("ar", rtl: true), source!("ja", rtl: false)];

/// A language the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Locale(usize);

impl Locale {
    pub const ENGLISH: Locale = Locale(0);

    /// The language to answer in: the `lang` parameter, else the person's own setting, else the
    /// best of the Accept-Language header, else English. A language that the server does not
    /// speak is passed over, a region is ignored (`ja-JP` is `ja`).
    pub fn negotiate(lang_param: Option<&str>, user_locale: Option<&str>, accept_language: Option<&str>) -> Locale {
        lang_param
            .and_then(Locale::find)
            .or_else(|| user_locale.and_then(Locale::find))
            .or_else(|| accept_language.and_then(accepted))
            .unwrap_or(Locale::ENGLISH)
    }

    /// The locale for a language code with or without region, in any case.
    pub fn find(code: &str) -> Option<Locale> {
        let language = code.trim().split(['-', '_']).next().unwrap_or("");
        LOCALES.iter().position(|l| l.code.eq_ignore_ascii_case(language)).map(Locale)
    }

    /// All locales, English first.
    pub fn all() -> impl Iterator<Item = Locale> {
        (0..LOCALES.len()).map(Locale)
    }

    /// The language code, for `<html lang>` and `Content-Language`.
    pub fn code(self) -> &'static str {
        LOCALES[self.0].code
    }

    /// Whether the language is written from right to left.
    pub fn is_rtl(self) -> bool {
        LOCALES[self.0].is_rtl
    }
}

/// The message `id` in a language, with its arguments filled in. A language that lacks it gives
/// the English words; an id that nobody knows is given back as it is. The result is plain text:
/// whoever puts it into HTML escapes it. An argument that is a plain whole number chooses the plural
/// form; every argument is shown exactly as given.
pub fn message(locale: Locale, id: &str, args: &[(&str, &str)]) -> String {
    let values: FluentArgs = args.iter().map(|(name, text)| (*name, value(text))).collect();
    format(locale, id, &values).or_else(|| format(Locale::ENGLISH, id, &values)).unwrap_or_else(|| id.to_owned())
}

/// "Validation failed: …" with all that is wrong, at most [`MAX_PROBLEMS`]; each problem is a
/// message of the same language already.
pub fn validation(locale: Locale, problems: &[String]) -> String {
    let separator = message(locale, "error-validation-separator", &[]);
    let what = problems[..problems.len().min(MAX_PROBLEMS)].join(&separator);
    message(locale, "error-validation", &[("what", &what)])
}

/// The best language of an Accept-Language header: highest quality, then first named.
fn accepted(header: &str) -> Option<Locale> {
    let end = header.floor_char_boundary(MAX_ACCEPT_LANGUAGE_BYTES);
    let mut best: Option<(Locale, f32)> = None;
    for item in header[..end].split(',') {
        let mut parts = item.split(';').map(str::trim);
        let Some(locale) = parts.next().and_then(Locale::find) else {
            continue;
        };
        let quality = parts.find_map(|p| p.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok());
        let Some(quality) = quality.filter(|q| *q > 0.0 && *q <= 1.0) else {
            continue;
        };
        if best.is_none_or(|(_, other)| quality > other) {
            best = Some((locale, quality));
        }
    }
    best.map(|(locale, _)| locale)
}

/// A number only where its digits come out as they went in: a user named `007` keeps their zeros.
fn value(text: &str) -> FluentValue<'_> {
    match text.parse::<u64>() {
        Ok(number) if text.len() <= MAX_NUMBER_DIGITS && number.to_string() == text => number.into(),
        _ => text.into(),
    }
}

fn format(locale: Locale, id: &str, args: &FluentArgs) -> Option<String> {
    let bundle = &BUNDLES[locale.0];
    let pattern = bundle.get_message(id)?.value()?;
    // A missing argument shows as its name; tests compare the arguments of all languages.
    Some(bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned())
}

static BUNDLES: LazyLock<Vec<FluentBundle<FluentResource>>> = LazyLock::new(|| LOCALES.iter().map(bundle).collect());

fn bundle(source: &Source) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = source.code.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Messages also go into HTML attributes and JSON, where isolating marks would be noise.
    bundle.set_use_isolating(false);
    for file in source.files {
        // A message that cannot be read is left out and English stands in; tests refuse such files.
        let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(part, _)| part);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;
