//! `ferrodon config show`: each value and where it is from; secrets only as set or not.

use super::Origin;
use super::read::Loaded;

/// One line a key: section, key, value, origin.
pub fn show(loaded: &Loaded) -> Vec<(String, String, String)> {
    let shown = loaded.config.shown().into_iter().map(|(section, key, value)| {
        let origin = loaded.origins.get(&(section.to_owned(), key.clone())).unwrap_or(&Origin::Default);
        (format!("{section}.{key}"), without_password(value), origin.to_string())
    });
    shown.collect()
}

/// A URL may hold a password.
fn without_password(value: String) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value };
    match rest.split_once('@') {
        Some((user, host)) if user.contains(':') => format!("{scheme}://{}:…@{host}", user.split(':').next().unwrap_or_default()),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_password_in_a_url_is_not_shown() {
        assert_eq!(super::without_password("\"postgres://me:hunter2@db/x\"".to_owned()), "\"postgres://me:…@db/x\"");
        assert_eq!(super::without_password("\"postgres://me@db/x\"".to_owned()), "\"postgres://me@db/x\"");
    }
}
