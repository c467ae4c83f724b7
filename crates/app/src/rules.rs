//! The rules of the house: what people agree to, and what reports may name. Changed by administrators.

use std::collections::BTreeMap;

use serde_json::json;
use store::audit_log::{self, Origin};
use store::rules::{self, Translation};
use store::{Reader, RuleId};
use text::Limit;

use crate::bus::{self, Event};
pub use crate::cache::facts::Translated;
use crate::{App, Error, Result, Words};

const TEXT: Limit = Limit::code_points(300);
const HINT: Limit = Limit::code_points(2_000);
const RULES_MAX: usize = 100;

/// What is to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub text: Option<String>,
    /// More about it.
    pub hint: Option<String>,
    /// Rules are shown from the lowest up.
    pub priority: Option<i64>,
    /// Text and hint are those of this language, not the rule's own.
    pub language: Option<String>,
}

/// The rules in force, in their order.
pub async fn list(app: &App) -> Result<Vec<Translated>> {
    app.read(|r| async move { all(&r).await }).await
}

pub(crate) async fn all(r: &Reader) -> Result<Vec<Translated>> {
    let mut by_rule: BTreeMap<RuleId, BTreeMap<String, Translation>> = BTreeMap::new();
    for translation in rules::list_translations(r).await? {
        by_rule.entry(translation.rule_id).or_default().insert(translation.language.clone(), translation);
    }
    let rows = rules::list(r).await?;
    Ok(rows.into_iter().map(|rule| Translated { translations: by_rule.remove(&rule.id).unwrap_or_default(), rule }).collect())
}

/// Adds a rule behind the others, unless told its place.
///
/// Errors: `Invalid` for a blank or long text, `Refused` when there are too many.
pub async fn add(app: &App, origin: Origin, text: &str, hint: &str, priority: Option<i64>) -> Result<RuleId> {
    let (text, hint) = (checked_text(text)?, checked_hint(hint)?);
    let id = app
        .write(move |tx| async move {
            let there = rules::list(&tx).await?;
            if there.len() >= RULES_MAX {
                return Err(Error::Refused(Words::new("error-rule-limit").with("max", RULES_MAX)));
            }
            let last = there.last().map_or(0, |rule| rule.priority.saturating_add(1));
            let id = rules::insert(&tx, priority.unwrap_or(last), &text, &hint).await?;
            audit_log::record(&tx, origin, "rule.add", &id.to_string(), &json!({ "text": text }).to_string()).await?;
            bus::publish(&tx, &Event::SettingsChanged);
            Ok(id)
        })
        .await?;
    app.forget_facts();
    Ok(id)
}

/// Changes a rule, or says it in another language; an empty text in a language takes that translation away.
///
/// Errors: `NotFound`, `Invalid`.
pub async fn edit(app: &App, origin: Origin, id: RuleId, change: Change) -> Result<()> {
    let hint = change.hint.as_deref().map(checked_hint).transpose()?;
    let language = match change.language.as_deref() {
        Some(code) => Some(text::language::normalize(code).ok_or_else(|| Error::invalid("invalid-language"))?),
        None => None,
    };
    let takes_away = language.is_some() && change.text.as_deref().is_some_and(|text| text.trim().is_empty());
    let text = if takes_away { None } else { change.text.as_deref().map(checked_text).transpose()? };
    app.write(move |tx| async move {
        let mut rule = rules::find(&tx, id).await?.ok_or_else(|| no_rule(id))?;
        rule.priority = change.priority.unwrap_or(rule.priority);
        match language {
            Some(language) if takes_away => drop(rules::remove_translation(&tx, id, language).await?),
            Some(language) => {
                let before = rules::list_translations(&tx).await?.into_iter().find(|t| t.rule_id == id && t.language == language);
                let (old_text, old_hint) = before.map_or((None, String::new()), |t| (Some(t.text), t.hint));
                let text = text.or(old_text).ok_or_else(|| Error::invalid("invalid-text-blank"))?;
                let said = Translation { rule_id: id, language: language.to_owned(), text, hint: hint.unwrap_or(old_hint) };
                rules::translate(&tx, &said).await?;
            }
            None => {
                rule.text = text.unwrap_or(rule.text);
                rule.hint = hint.unwrap_or(rule.hint);
            }
        }
        rules::update(&tx, &rule).await?;
        let detail = json!({ "text": rule.text, "language": language });
        audit_log::record(&tx, origin, "rule.edit", &id.to_string(), &detail.to_string()).await?;
        bus::publish(&tx, &Event::SettingsChanged);
        Ok(())
    })
    .await?;
    app.forget_facts();
    Ok(())
}

/// Takes a rule out of force.
///
/// Errors: `NotFound`.
pub async fn remove(app: &App, origin: Origin, id: RuleId) -> Result<()> {
    app.write(move |tx| async move {
        if !rules::remove(&tx, id).await? {
            return Err(no_rule(id));
        }
        audit_log::record(&tx, origin, "rule.remove", &id.to_string(), "{}").await?;
        bus::publish(&tx, &Event::SettingsChanged);
        Ok(())
    })
    .await?;
    app.forget_facts();
    Ok(())
}

fn no_rule(id: RuleId) -> Error {
    Error::NotFound(Words::new("error-no-rule").with("name", id))
}

fn checked_text(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid("invalid-text-blank"));
    }
    within(text, TEXT)
}

fn checked_hint(hint: &str) -> Result<String> {
    within(hint.trim(), HINT)
}

fn within(text: &str, limit: Limit) -> Result<String> {
    match Words::if_too_long("invalid-text-too-long", text, limit) {
        Some(problem) => Err(Error::Invalid(vec![problem])),
        None => Ok(text.to_owned()),
    }
}
