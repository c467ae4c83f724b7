//! Commands about the instance itself: rules, custom emojis and settings.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use app::emojis::import::{FILE_MAX, Import};
use app::emojis::{self, import, remove, switch};
use app::ids::RuleId;
use app::instance::change_setting;
use app::{App, Origin, rules, settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Reply;

/// Bytes of a setting read from a file or from standard input.
const TEXT_MAX: u64 = 256 * 1024;

#[derive(Subcommand)]
pub enum RulesVerb {
    /// List the rules in their order
    List,
    /// Add a rule
    Add {
        text: String,
        /// More about it
        #[arg(long, default_value = "")]
        hint: String,
        /// Rules are shown from the lowest up; without it the new one is the last
        #[arg(long, allow_negative_numbers = true)]
        priority: Option<i64>,
    },
    /// Change a rule, or say it in another language
    Edit {
        id: i64,
        /// With --language, an empty text takes the translation away
        #[arg(long)]
        text: Option<String>,
        #[arg(long)]
        hint: Option<String>,
        #[arg(long, allow_negative_numbers = true)]
        priority: Option<i64>,
        /// Text and hint are those of this language, such as de
        #[arg(long)]
        language: Option<String>,
    },
    /// Take a rule out of force
    Remove { id: i64 },
}

#[derive(Subcommand)]
pub enum EmojisVerb {
    /// List custom emojis
    List,
    /// Make a custom emoji of a PNG, GIF or WebP picture
    Import {
        file: PathBuf,
        /// Without colons [default: the name of the file]
        #[arg(long)]
        shortcode: Option<String>,
        #[arg(long)]
        category: Option<String>,
        /// Lets it stand for its category
        #[arg(long, requires = "category")]
        featured: bool,
        /// Pickers do not offer it
        #[arg(long)]
        unlisted: bool,
        /// Take the place of an emoji of that name
        #[arg(long)]
        overwrite: bool,
    },
    /// Switch a custom emoji on again
    Enable { shortcode: String },
    /// Switch a custom emoji off: texts show its shortcode
    Disable { shortcode: String },
    /// Remove a custom emoji for good
    Remove { shortcode: String },
}

#[derive(Subcommand)]
pub enum SettingsVerb {
    /// Who may sign up: open, approved or close
    Registrations { mode: String },
    /// Show every setting
    List,
    /// Show a setting
    Get { name: String },
    /// Change a setting
    Set {
        name: String,
        /// The value; - reads it from standard input
        #[arg(required_unless_present = "file", allow_hyphen_values = true)]
        value: Option<String>,
        /// Read the value from a file
        #[arg(long, conflicts_with = "value")]
        file: Option<PathBuf>,
    },
}

/// What travels to the server.
#[derive(Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum InstanceCommand {
    RulesList,
    RulesAdd { text: String, hint: String, priority: Option<i64> },
    RulesEdit { id: i64, text: Option<String>, hint: Option<String>, priority: Option<i64>, language: Option<String> },
    RulesRemove { id: i64 },
    EmojisList,
    EmojisImport { shortcode: String, file_base64: String, category: Option<String>, featured: bool, visible_in_picker: bool, overwrite: bool },
    EmojisSwitch { shortcode: String, on: bool },
    EmojisRemove { shortcode: String },
    SettingsList,
    SettingsGet { name: String },
    SettingsSet { name: String, value: String },
}

impl From<RulesVerb> for InstanceCommand {
    fn from(verb: RulesVerb) -> Self {
        match verb {
            RulesVerb::List => InstanceCommand::RulesList,
            RulesVerb::Add { text, hint, priority } => InstanceCommand::RulesAdd { text, hint, priority },
            RulesVerb::Edit { id, text, hint, priority, language } => InstanceCommand::RulesEdit { id, text, hint, priority, language },
            RulesVerb::Remove { id } => InstanceCommand::RulesRemove { id },
        }
    }
}

impl TryFrom<EmojisVerb> for InstanceCommand {
    type Error = anyhow::Error;

    fn try_from(verb: EmojisVerb) -> anyhow::Result<Self> {
        Ok(match verb {
            EmojisVerb::List => InstanceCommand::EmojisList,
            EmojisVerb::Import { file, shortcode, category, featured, unlisted, overwrite } => {
                let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let bytes = contents(&file, FILE_MAX as u64)?;
                InstanceCommand::EmojisImport {
                    shortcode: shortcode.unwrap_or(stem),
                    file_base64: STANDARD.encode(bytes),
                    category,
                    featured,
                    visible_in_picker: !unlisted,
                    overwrite,
                }
            }
            EmojisVerb::Enable { shortcode } => InstanceCommand::EmojisSwitch { shortcode, on: true },
            EmojisVerb::Disable { shortcode } => InstanceCommand::EmojisSwitch { shortcode, on: false },
            EmojisVerb::Remove { shortcode } => InstanceCommand::EmojisRemove { shortcode },
        })
    }
}

impl TryFrom<SettingsVerb> for InstanceCommand {
    type Error = anyhow::Error;

    fn try_from(verb: SettingsVerb) -> anyhow::Result<Self> {
        Ok(match verb {
            SettingsVerb::Registrations { mode } => InstanceCommand::SettingsSet { name: "registrations_mode".into(), value: mode },
            SettingsVerb::List => InstanceCommand::SettingsList,
            SettingsVerb::Get { name } => InstanceCommand::SettingsGet { name },
            SettingsVerb::Set { name, value, file } => {
                let value = match (value.as_deref(), file) {
                    (Some("-"), _) => read_text(std::io::stdin())?,
                    (Some(value), _) => value.to_owned(),
                    (None, Some(file)) => String::from_utf8(contents(&file, TEXT_MAX)?).context("the file must be UTF-8")?,
                    (None, None) => bail!("a value or a file is needed"),
                };
                InstanceCommand::SettingsSet { name, value }
            }
        })
    }
}

fn contents(file: &Path, max: u64) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("{} cannot be read", file.display());
    let mut bytes = Vec::new();
    std::fs::File::open(file).with_context(cannot)?.take(max + 1).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 > max {
        bail!("{} is larger than {} KiB", file.display(), max / 1024);
    }
    Ok(bytes)
}

fn read_text(from: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    from.take(TEXT_MAX).read_to_string(&mut text)?;
    Ok(text.trim_end().to_owned())
}

/// Runs one of these commands.
pub async fn run(app: &App, command: InstanceCommand) -> app::Result<Reply> {
    match command {
        InstanceCommand::RulesList => rules_list(app).await,
        InstanceCommand::RulesAdd { text, hint, priority } => {
            let id = rules::add(app, Origin::Cli, &text, &hint, priority).await?;
            Ok(Reply::done(format!("rule {id} is added"), json!({ "id": id.to_string() })))
        }
        InstanceCommand::RulesEdit { id, text, hint, priority, language } => {
            rules::edit(app, Origin::Cli, RuleId(id), rules::Change { text, hint, priority, language }).await?;
            Ok(Reply::done(format!("rule {id} is changed"), json!({ "id": id.to_string() })))
        }
        InstanceCommand::RulesRemove { id } => {
            rules::remove(app, Origin::Cli, RuleId(id)).await?;
            Ok(Reply::done(format!("rule {id} is removed"), json!({ "id": id.to_string() })))
        }
        InstanceCommand::EmojisList => emojis_list(app).await,
        InstanceCommand::EmojisImport { shortcode, file_base64, category, featured, visible_in_picker, overwrite } => {
            let file = STANDARD.decode(file_base64).map_err(|_| app::Error::malformed("the picture did not arrive whole"))?;
            let wanted = Import { shortcode: shortcode.clone(), file: file.into(), category, visible_in_picker, featured, overwrite };
            let id = import::import(app, Origin::Cli, wanted).await?;
            Ok(Reply::done(format!(":{shortcode}: can be used"), json!({ "id": id.to_string(), "shortcode": shortcode })))
        }
        InstanceCommand::EmojisSwitch { shortcode, on } => {
            switch::switch(app, Origin::Cli, &shortcode, on).await?;
            Ok(Reply::done(format!(":{shortcode}: is {}", if on { "on" } else { "off" }), json!({ "shortcode": shortcode, "disabled": !on })))
        }
        InstanceCommand::EmojisRemove { shortcode } => {
            remove::remove(app, Origin::Cli, &shortcode).await?;
            Ok(Reply::done(format!(":{shortcode}: is removed"), json!({ "shortcode": shortcode })))
        }
        InstanceCommand::SettingsList => Ok(settings_list(app)),
        InstanceCommand::SettingsGet { name } => {
            let name = settings::known(&name)?;
            Ok(Reply::done(app.settings.get(name), json!({ "name": name, "value": app.settings.get(name), "pinned": app.settings.is_pinned(name) })))
        }
        InstanceCommand::SettingsSet { name, value } => {
            change_setting::change(app, Origin::Cli, &name, &value).await?;
            let name = settings::known(&name)?;
            let kept = app.settings.get(name);
            let mut text = format!("{name} = {kept}");
            if name == "registrations_mode" && app.registrations() != app.settings.registrations() {
                text.push_str("\nNobody can register yet: this server cannot send mail. Set up [smtp], or set registrations_without_mail to true.");
            }
            Ok(Reply::done(text, json!({ name: kept })))
        }
    }
}

async fn rules_list(app: &App) -> app::Result<Reply> {
    let rules = rules::list(app).await?;
    let text: Vec<String> = rules.iter().map(|r| format!("{} {:>4} {}", r.rule.id, r.rule.priority, r.rule.text)).collect();
    let row = |r: &rules::Translated| {
        let said: serde_json::Map<String, Value> =
            r.translations.iter().map(|(language, t)| (language.clone(), json!({ "text": t.text, "hint": t.hint }))).collect();
        json!({ "id": r.rule.id.to_string(), "priority": r.rule.priority, "text": r.rule.text, "hint": r.rule.hint, "translations": said })
    };
    Ok(Reply::done(text.join("\n"), json!({ "rules": rules.iter().map(row).collect::<Vec<Value>>() })))
}

async fn emojis_list(app: &App) -> app::Result<Reply> {
    let all = emojis::list(app).await?;
    let state = |emoji: &emojis::CustomEmoji| match (emoji.disabled, emoji.visible_in_picker) {
        (true, _) => "off",
        (false, false) => "unlisted",
        (false, true) => "on",
    };
    let text: Vec<String> =
        all.iter().map(|emoji| format!("{:<32} {:<8} {}", emoji.shortcode, state(emoji), emoji.category.as_deref().unwrap_or("-"))).collect();
    let row = |emoji: &emojis::CustomEmoji| {
        json!({
            "id": emoji.id.to_string(), "shortcode": emoji.shortcode, "category": emoji.category, "disabled": emoji.disabled,
            "visible_in_picker": emoji.visible_in_picker, "featured": emoji.featured, "url": app.urls().media_url(&emoji.original_key),
        })
    };
    Ok(Reply::done(text.join("\n"), json!({ "emojis": all.iter().map(row).collect::<Vec<Value>>() })))
}

fn settings_list(app: &App) -> Reply {
    let all: Vec<(&str, String, bool)> =
        settings::KNOWN.iter().map(|(name, _)| (*name, app.settings.get(name), app.settings.is_pinned(name))).collect();
    let pin = |pinned: bool| if pinned { "    # pinned by the configuration" } else { "" };
    let text: Vec<String> = all.iter().map(|(name, value, pinned)| format!("{name} = {value}{}", pin(*pinned))).collect();
    let data: serde_json::Map<String, Value> =
        all.iter().map(|(name, value, pinned)| ((*name).to_owned(), json!({ "value": value, "pinned": pinned }))).collect();
    Reply::done(text.join("\n"), Value::Object(data))
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::*;

    #[test]
    fn a_command_survives_its_way_to_the_server() {
        let set = InstanceCommand::SettingsSet { name: "site_title".into(), value: "a\nb".into() };
        let line = serde_json::to_string(&Command::Instance(set)).unwrap();
        assert!(!line.contains('\n'));
        let Command::Instance(InstanceCommand::SettingsSet { name, value }) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        assert_eq!((name.as_str(), value.as_str()), ("site_title", "a\nb"));
    }

    #[test]
    fn a_picture_names_its_emoji_unless_told_otherwise() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("blob_cat.png");
        std::fs::write(&file, b"abc").unwrap();
        let wanted = |shortcode: Option<&str>| {
            let shortcode = shortcode.map(str::to_owned);
            let verb = EmojisVerb::Import { file: file.clone(), shortcode, category: None, featured: false, unlisted: true, overwrite: false };
            match InstanceCommand::try_from(verb).unwrap() {
                InstanceCommand::EmojisImport { shortcode, file_base64, visible_in_picker: false, .. } => (shortcode, file_base64),
                _ => panic!("another command"),
            }
        };
        assert_eq!(wanted(None), ("blob_cat".to_owned(), "YWJj".to_owned()));
        assert_eq!(wanted(Some("cat")).0, "cat");
        std::fs::write(&file, vec![0; FILE_MAX + 1]).unwrap();
        let verb = EmojisVerb::Import { file, shortcode: None, category: None, featured: false, unlisted: false, overwrite: false };
        assert!(InstanceCommand::try_from(verb).is_err());
    }
}
