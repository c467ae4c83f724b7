//! Reading the sources in rising order: defaults, file, environment, secret files, flags.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::keys::{Config, PINS};
use super::{ConfigError, Origin};

/// The file that is read when none is named.
const SYSTEM_FILE: &str = "/etc/ferrodon/ferrodon.toml";
const FILE_NAME: &str = "ferrodon.toml";
const PREFIX: &str = "FERRODON_";
/// Where container engines put secrets.
const RUN_SECRETS: &str = "/run/secrets";
const SECRET_BYTES_MAX: u64 = 64 * 1024;
/// Suggestions are not made for words less alike.
const ALIKE: f64 = 0.75;

/// Where values come from.
#[derive(Debug, Default)]
pub struct Sources {
    pub file: Option<PathBuf>,
    pub data_dir: Option<PathBuf>,
    pub roles: Option<Vec<String>>,
    pub environment: HashMap<String, String>,
}

/// The configuration with the origin of each value that is not the default.
#[derive(Debug, Default)]
pub struct Loaded {
    pub config: Config,
    pub origins: BTreeMap<(String, String), Origin>,
    pub file: Option<PathBuf>,
}

/// Reads everything. Errors name file, line and key, and suggest what may have been meant.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut loaded = Loaded { file: find_file(sources)?, ..Loaded::default() };
    if let Some(file) = loaded.file.clone() {
        read_file(&mut loaded, &file)?;
    }
    read_environment(&mut loaded, &sources.environment)?;
    read_secrets(&mut loaded, &sources.environment)?;
    if let Some(dir) = &sources.data_dir {
        put(&mut loaded, "server", "data_dir", &toml::Value::from(dir.display().to_string()), Origin::Flag("--data-dir"))?;
    }
    if let Some(roles) = &sources.roles {
        put(&mut loaded, "server", "roles", &toml::Value::from(roles.clone()), Origin::Flag("--roles"))?;
    }
    Ok(loaded)
}

fn find_file(sources: &Sources) -> Result<Option<PathBuf>, ConfigError> {
    if let Some(file) = &sources.file {
        return if file.is_file() { Ok(Some(file.clone())) } else { Err(ConfigError(format!("there is no configuration file {}", file.display()))) };
    }
    let in_data = sources.data_dir.as_ref().map(|dir| dir.join(FILE_NAME));
    let here = Path::new("data").join(FILE_NAME);
    Ok([in_data, Some(here), Some(SYSTEM_FILE.into())].into_iter().flatten().find(|file| file.is_file()))
}

fn read_file(loaded: &mut Loaded, file: &Path) -> Result<(), ConfigError> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|e| ConfigError(format!("{name} cannot be read: {e}")))?;
    let table: toml::Table = text.parse().map_err(|e| ConfigError(format!("{name} is not valid TOML: {e}")))?;
    read_table(loaded, &name, &text, "", &table)
}

fn read_table(loaded: &mut Loaded, file: &str, text: &str, section: &str, table: &toml::Table) -> Result<(), ConfigError> {
    for (key, value) in table {
        let inner = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        match value {
            toml::Value::Table(table) if is_section(&inner) => read_table(loaded, file, text, &inner, table)?,
            value => {
                let origin = Origin::File(file.to_owned(), line_of(text, section, key));
                put(loaded, section, key, value, origin)?;
            }
        }
    }
    Ok(())
}

/// Whether a section of this name, or below it, exists.
fn is_section(name: &str) -> bool {
    name == PINS || name == "settings" || Config::sections().iter().any(|(section, ..)| *section == name || section.starts_with(&format!("{name}.")))
}

/// The line a key stands in (from 1), for messages.
fn line_of(text: &str, section: &str, key: &str) -> usize {
    let mut current = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            current = header.trim().to_owned();
            if current == key || current == format!("{section}.{key}") {
                return number + 1;
            }
        } else if current == section && line.split('=').next().is_some_and(|name| name.trim().trim_matches('"') == key) {
            return number + 1;
        }
    }
    1
}

fn put(loaded: &mut Loaded, section: &str, key: &str, value: &toml::Value, origin: Origin) -> Result<(), ConfigError> {
    if let Some(secret) = key.strip_suffix("_file").filter(|secret| is_secret(section, secret)) {
        let path = value.as_str().ok_or_else(|| ConfigError(format!("{origin}: {section}.{key} must be the path of a file")))?;
        return put_secret(loaded, section, secret, Path::new(path));
    }
    if section != PINS && !is_known(section, key) {
        return Err(unknown(section, key, &origin));
    }
    if section == PINS && !app::settings::KNOWN.iter().any(|(known, _)| *known == key) {
        let known: Vec<&str> = app::settings::KNOWN.iter().map(|(name, _)| *name).collect();
        return Err(ConfigError(format!("{origin}: there is no setting {key:?} to pin{}", suggestion(key, &known))));
    }
    loaded.config.set(section, key, value).map_err(|kind| ConfigError(format!("{origin}: {section}.{key} = {value}: {kind} is wanted here")))?;
    loaded.origins.insert((section.to_owned(), key.to_owned()), origin);
    Ok(())
}

fn is_known(section: &str, key: &str) -> bool {
    Config::sections().iter().any(|(name, _, keys)| *name == section && keys.iter().any(|known| known.name == key))
}

fn is_secret(section: &str, key: &str) -> bool {
    Config::sections()
        .iter()
        .flat_map(|(_, _, keys)| keys.iter())
        .any(|known| known.section == section && known.name == key && known.kind == "secret")
}

fn unknown(section: &str, key: &str, origin: &Origin) -> ConfigError {
    let sections = Config::sections();
    if section.is_empty() || !sections.iter().any(|(name, ..)| *name == section) {
        let names: Vec<&str> = sections.iter().map(|(name, ..)| *name).collect();
        let full = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        return ConfigError(format!("{origin}: there is no section or key {full:?}{}", suggestion(&full, &names)));
    }
    let names: Vec<&str> = sections.iter().filter(|(name, ..)| *name == section).flat_map(|(_, _, keys)| keys.iter().map(|key| key.name)).collect();
    ConfigError(format!("{origin}: there is no key {key:?} in [{section}]{}", suggestion(key, &names)))
}

fn suggestion(word: &str, known: &[&str]) -> String {
    let alike = known.iter().map(|name| (strsim::jaro_winkler(word, name), name)).filter(|(score, _)| *score >= ALIKE);
    match alike.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, name)) => format!("; did you mean \"{name}\"?"),
        None => format!("; known are {}", known.join(", ")),
    }
}

/// `FERRODON_SECTION__KEY`; a dot of the section's name is a double underscore, too.
fn read_environment(loaded: &mut Loaded, environment: &HashMap<String, String>) -> Result<(), ConfigError> {
    let mut names: Vec<&String> = environment.keys().filter(|name| name.starts_with(PREFIX) && name.contains("__")).collect();
    names.sort();
    for name in names {
        let path = name[PREFIX.len()..].to_lowercase();
        let Some((section, key)) = path.rsplit_once("__") else { continue };
        put(loaded, &section.replace("__", "."), key, &toml::Value::from(environment[name].as_str()), Origin::Environment(name.clone()))?;
    }
    Ok(())
}

/// Secrets that the service manager or the container engine provides, unless they are set already.
fn read_secrets(loaded: &mut Loaded, environment: &HashMap<String, String>) -> Result<(), ConfigError> {
    let dirs = environment.get("CREDENTIALS_DIRECTORY").map(PathBuf::from).into_iter().chain([PathBuf::from(RUN_SECRETS)]);
    let dirs: Vec<PathBuf> = dirs.collect();
    for (section, _, keys) in Config::sections() {
        for key in keys.iter().filter(|key| key.kind == "secret") {
            let name = if section == "secrets" { key.name.to_owned() } else { format!("{section}_{}", key.name) };
            let found = dirs.iter().map(|dir| dir.join(format!("ferrodon_{name}"))).find(|file| file.is_file());
            if let Some(file) = found.filter(|_| !loaded.origins.contains_key(&(section.to_owned(), key.name.to_owned()))) {
                put_secret(loaded, section, key.name, &file)?;
            }
        }
    }
    Ok(())
}

fn put_secret(loaded: &mut Loaded, section: &str, key: &str, file: &Path) -> Result<(), ConfigError> {
    let name = file.display().to_string();
    let place = (section.to_owned(), key.to_owned());
    if let Some(other) = loaded.origins.get(&place) {
        return Err(ConfigError(format!("{section}.{key} is set twice: by {other} and by the file {name}; keep one of them")));
    }
    let size = std::fs::metadata(file).map_err(|e| ConfigError(format!("the secret file {name} of {section}.{key} cannot be read: {e}")))?;
    check_mode(&name, &size)?;
    if size.len() > SECRET_BYTES_MAX {
        return Err(ConfigError(format!("the secret file {name} is larger than {SECRET_BYTES_MAX} bytes; is it the right file?")));
    }
    let text = std::fs::read_to_string(file).map_err(|e| ConfigError(format!("the secret file {name} cannot be read: {e}")))?;
    loaded.config.set(section, key, &toml::Value::from(text.trim_end_matches(['\n', '\r']))).map_err(|kind| ConfigError(kind.to_owned()))?;
    loaded.origins.insert(place, Origin::SecretFile(name));
    Ok(())
}

/// A secret that others may read is none.
pub fn check_mode(name: &str, metadata: &std::fs::Metadata) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        return Err(ConfigError(format!("the secret file {name} can be read by everybody (mode {mode:o}); run: chmod 600 {name}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(toml: &str, environment: &[(&str, &str)]) -> Result<Loaded, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ferrodon.toml");
        std::fs::write(&file, toml).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        load(&Sources { file: Some(file), environment, ..Sources::default() }).map_err(|e| e.0)
    }

    #[test]
    fn the_environment_wins_over_the_file_and_each_value_says_where_it_is_from() {
        let toml = "[server]\naccount_domain = \"a.test\"\n[limits.rate]\nenabled = true\n[listen]\nhttp = [\"127.0.0.1:1\"]\n";
        let loaded =
            of(toml, &[("FERRODON_LIMITS__RATE__ENABLED", "false"), ("FERRODON_LISTEN__HTTP", "127.0.0.1:2, [::1]:2"), ("FERRODON_BIN", "x")])
                .unwrap();
        assert_eq!(loaded.config.server.account_domain, "a.test");
        assert!(!loaded.config.rate.enabled);
        assert_eq!(loaded.config.listen.http, ["127.0.0.1:2", "[::1]:2"]);
        let origin = |section: &str, key: &str| loaded.origins.get(&(section.to_owned(), key.to_owned())).map(ToString::to_string);
        assert_eq!(origin("limits.rate", "enabled").unwrap(), "environment FERRODON_LIMITS__RATE__ENABLED");
        assert!(origin("server", "account_domain").unwrap().ends_with("ferrodon.toml:2"));
    }

    #[test]
    fn unknown_keys_are_refused_with_a_suggestion_and_the_line() {
        let error = of("[server]\n\nacount_domain = \"a.test\"\n", &[]).unwrap_err();
        assert!(error.contains("ferrodon.toml:3") && error.contains("did you mean \"account_domain\"?"), "{error}");
        assert!(of("[sever]\nx = 1\n", &[]).unwrap_err().contains("did you mean \"server\"?"));
        assert!(of("", &[("FERRODON_SERVER__DATADIR", "x")]).unwrap_err().contains("did you mean \"data_dir\"?"));
        assert!(of("[settings.pin]\nregistration_mode = \"open\"\n", &[]).unwrap_err().contains("registrations_mode"));
        assert!(of("[server]\nroles = 3\n", &[]).unwrap_err().contains("list of texts is wanted"));
    }

    #[test]
    fn a_secret_comes_from_a_file_that_is_private_and_from_one_place_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let secret = dir.path().join("password");
        std::fs::write(&secret, "hunter2\n").unwrap();
        let toml = format!("[database]\npassword_file = \"{}\"\n", secret.display());
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(of(&toml, &[]).unwrap_err().contains("chmod 600"));
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let loaded = of(&toml, &[]).unwrap();
        assert_eq!(loaded.config.database.password.0.as_deref(), Some("hunter2"));
        assert!(!format!("{loaded:?}").contains("hunter2"));
        let both = format!("[database]\npassword = \"x\"\npassword_file = \"{}\"\n", secret.display());
        assert!(of(&both, &[]).unwrap_err().contains("set twice"));
    }
}
