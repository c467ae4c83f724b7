//! File permissions: what the server writes is for its own user and group. Secrets are narrower still, where they are
//! written (`compose`, `server::admin`).

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::{geteuid, umask};

use crate::config::Config;

/// New directories are at most 0750 and new files at most 0640. The group may read, for backups and for a web server
/// that sends media.
const UMASK: u32 = 0o027;
/// What others may do with a file or directory.
const OTHERS: u32 = 0o007;
/// Paths that are warned of one by one. A directory with more is not a data directory, or needs `chmod -R`.
const NAMED_MAX: usize = 20;
/// What `init`, the server and a file system itself put into a data directory, beside `ferrodon.db…`.
const OWN_NAMES: &[&str] = &["ferrodon.toml", "master_key", "media", "lock", "admin.sock", "lost+found"];

/// Sets the process's umask, before it has threads. One that is narrower already stays so.
pub fn set_umask() {
    let wanted = Mode::from_raw_mode(UMASK);
    let before = umask(wanted);
    umask(before | wanted);
}

/// Takes the rights of others away from a data directory that was there before `init`. One of another user, or with
/// other things in it than Ferrodon's, stays as it is: the server warns of it.
pub fn close_to_others(dir: &Path) -> io::Result<()> {
    let metadata = fs::metadata(dir)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & UMASK == 0 || metadata.uid() != geteuid().as_raw() || !holds_only_ours(dir)? {
        return Ok(());
    }
    fs::set_permissions(dir, Permissions::from_mode(mode & !UMASK))
}

fn holds_only_ours(dir: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !OWN_NAMES.contains(&name.as_str()) && !name.starts_with("ferrodon.db") {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What others may read or write of the data directory, of what lies in it, and of a database and media elsewhere:
/// a sentence for each, with the command that ends it.
pub fn warnings(config: &Config) -> Vec<String> {
    let exposed: Vec<(PathBuf, u32)> = watched(config)
        .into_iter()
        .filter_map(|path| {
            let mode = open_to_others(&path)?;
            Some((path, mode))
        })
        .collect();
    let mut warnings: Vec<String> = exposed.iter().take(NAMED_MAX).map(|(path, mode)| warning(path, *mode)).collect();
    if exposed.len() > NAMED_MAX {
        let dir = quoted(Path::new(&config.server.data_dir));
        warnings.push(format!("others may read {} more files; run: chmod -R o= {dir}", exposed.len() - NAMED_MAX));
    }
    warnings
}

/// Media are written with modes of their own and are too many to look at: their directory stands for them.
fn watched(config: &Config) -> Vec<PathBuf> {
    let dir = PathBuf::from(&config.server.data_dir);
    let mut paths = vec![dir.clone()];
    // A directory that cannot be read is an error where it is needed, not here.
    let mut inside: Vec<PathBuf> = fs::read_dir(&dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    inside.sort();
    paths.extend(inside);
    let mut elsewhere = Vec::new();
    if !config.media.dir.is_empty() {
        elsewhere.push(PathBuf::from(&config.media.dir));
    }
    if let Some(file) = config.database.url.strip_prefix("sqlite:") {
        elsewhere.extend(["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{file}{end}"))));
    }
    elsewhere.retain(|path| path.parent() != Some(&dir));
    paths.extend(elsewhere);
    paths
}

/// The mode of a file or directory that others have a right to.
fn open_to_others(path: &Path) -> Option<u32> {
    let metadata = fs::metadata(path).ok()?;
    let mode = metadata.permissions().mode() & 0o777;
    ((metadata.is_file() || metadata.is_dir()) && mode & OTHERS != 0).then_some(mode)
}

fn warning(path: &Path, mode: u32) -> String {
    let may = if mode & 0o002 != 0 { "change" } else { "read" };
    format!("others may {may} {} (mode {mode:04o}); run: chmod {:o} {}", path.display(), mode & !UMASK, quoted(path))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn config(dir: &Path) -> Config {
        let mut config = Config::default();
        config.server.data_dir = dir.display().to_string();
        config.database.url = format!("sqlite:{}/ferrodon.db", dir.display());
        config
    }

    #[test]
    fn what_others_may_open_is_warned_of_with_its_remedy() {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("it's data");
        fs::create_dir(&dir).unwrap();
        for (name, mode) in [("ferrodon.db", 0o644), ("ferrodon.db-wal", 0o640), ("master_key", 0o600), ("odd", 0o602)] {
            fs::write(dir.join(name), "").unwrap();
            set(&dir.join(name), mode);
        }
        fs::create_dir(dir.join("media")).unwrap();
        set(&dir.join("media"), 0o751);
        set(&dir, 0o750);
        let told = warnings(&config(&dir));
        let expected = |may: &str, name: &str, mode: &str, wanted: &str| {
            let path = dir.join(name).display().to_string();
            format!("others may {may} {path} (mode {mode}); run: chmod {wanted} '{}'", path.replace('\'', "'\\''"))
        };
        let all = [("read", "ferrodon.db", "0644", "640"), ("read", "media", "0751", "750"), ("change", "odd", "0602", "600")];
        assert_eq!(told, all.map(|(may, name, mode, wanted)| expected(may, name, mode, wanted)));
        set(&dir, 0o755);
        assert!(warnings(&config(&dir))[0].contains("(mode 0755); run: chmod 750 '"), "the directory itself comes first");
    }

    #[test]
    fn a_database_and_media_elsewhere_are_looked_at_too() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        set(dir.path(), 0o750);
        let (file, media) = (other.path().join("other.db"), other.path().join("pictures"));
        fs::write(&file, "").unwrap();
        fs::create_dir(&media).unwrap();
        set(&file, 0o604);
        set(&media, 0o705);
        let mut config = config(dir.path());
        config.database.url = format!("sqlite:{}", file.display());
        config.media.dir = media.display().to_string();
        let told = warnings(&config).join("\n");
        assert!(told.contains("other.db (mode 0604)") && told.contains("pictures (mode 0705)"), "{told}");
        set(&file, 0o640);
        set(&media, 0o750);
        assert!(warnings(&config).is_empty());
    }

    #[test]
    fn only_the_first_of_many_are_named() {
        let dir = tempfile::tempdir().unwrap();
        set(dir.path(), 0o750);
        for number in 0..NAMED_MAX + 5 {
            let file = dir.path().join(format!("{number}"));
            fs::write(&file, "").unwrap();
            set(&file, 0o644);
        }
        let told = warnings(&config(dir.path()));
        assert_eq!(told.len(), NAMED_MAX + 1);
        assert!(told[NAMED_MAX].starts_with("others may read 5 more files; run: chmod -R o= /"), "{}", told[NAMED_MAX]);
    }

    #[test]
    fn only_a_data_directory_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        for (before, after) in [(0o755, 0o750), (0o777, 0o750), (0o700, 0o700), (0o770, 0o750)] {
            set(dir.path(), before);
            close_to_others(dir.path()).unwrap();
            assert_eq!(mode(dir.path()), after, "{before:o}");
        }
        for own in ["ferrodon.toml", "ferrodon.db-wal", "master_key"] {
            fs::write(dir.path().join(own), "").unwrap();
        }
        set(dir.path(), 0o755);
        close_to_others(dir.path()).unwrap();
        assert_eq!(mode(dir.path()), 0o750);
        fs::write(dir.path().join("holiday.jpg"), "").unwrap();
        set(dir.path(), 0o755);
        close_to_others(dir.path()).unwrap();
        assert_eq!(mode(dir.path()), 0o755, "somebody's home is not ours to close");
    }
}
