//! Media files in a local directory, named by their content and safe against crash and power loss.
//! Knows nothing of attachments, rows or pictures.
//!
//! A file is at `ab/cd/abcd….ext`, its SHA-256 in hex. It is written under a temporary name beside its
//! final one, synced, renamed, and then every directory on the way is synced. So once `put` has
//! answered, the file is there after any crash, and under a final name there is never half a file.
//! What a crash can leave behind is a temporary file (`sweep_temporary`) or a whole file that no row
//! names (for the caller to find).

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use bytes::Bytes;

mod incoming;

pub use incoming::Incoming;

const TEMPORARY_PREFIX: &str = ".tmp-";
const TEMPORARY_RANDOM_BYTES: usize = 12;
const EXT_MAX_CHARS: usize = 5;
const HASH_CHARS: usize = digest::SHA256_OUTPUT_LEN * 2;
/// While a file is being written nobody else may read it; then the group may (a web server that sends it).
const UNFINISHED_MODE: u32 = 0o600;
const FILE_MODE: u32 = 0o640;
const DIRECTORY_MODE: u32 = 0o750;

/// A directory of media files. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct Files {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    /// Directories that this process has synced into their parents: no need to do it again. At most
    /// 1 + 256 + 65,536 entries.
    durable: Mutex<HashSet<PathBuf>>,
    /// Held while a name is taken or given up, so that a file is not removed just as it is reused.
    names: Mutex<()>,
}

/// A file that is on disk for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Opaque to all others; give it to `open` and `remove`.
    pub key: String,
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
}

impl Files {
    /// Nothing is touched until the first `put`, which makes `root` if need be (its parent must exist).
    pub fn new(root: impl Into<PathBuf>) -> Files {
        let (durable, names) = Default::default();
        Files { shared: Arc::new(Shared { root: root.into(), durable, names }) }
    }

    /// Stores `bytes` under a name of their hash and `ext` (without the dot, 1 to 5 of `a-z0-9`).
    /// When this answers, file and name survive a power cut.
    ///
    /// The same content is stored once. The file that is already there is synced again, and its
    /// directories too: another `put` may have renamed it a moment ago and not yet be done, or a
    /// process may have died in between, so that it is visible but not durable. Its time of
    /// modification is renewed, for `remove_idle`.
    ///
    /// Errors: `InvalidInput` for a bad `ext`, else what the file system says.
    pub async fn put(&self, bytes: Bytes, ext: &str) -> io::Result<Stored> {
        let mut stored = self.put_all(vec![(bytes, ext.to_owned())]).await?;
        stored.pop().ok_or_else(|| io::Error::other("nothing was stored"))
    }

    /// Stores several files (variants of one picture), in order; each directory is synced once.
    /// On an error some may have been stored; nothing half-written is left under a final name.
    pub async fn put_all(&self, files: Vec<(Bytes, String)>) -> io::Result<Vec<Stored>> {
        self.on_disk(move |shared| shared.put_all(&files)).await
    }

    /// Opens a file for reading and tells its bytes. `None` if there is none, or `key` is not one of ours.
    pub async fn open(&self, key: &str) -> io::Result<Option<(tokio::fs::File, u64)>> {
        let key = key.to_owned();
        let opened = self.on_disk(move |shared| shared.open(&key)).await?;
        Ok(opened.map(|(file, size)| (tokio::fs::File::from_std(file), size)))
    }

    /// Removes a file and syncs its directory. `false` if there was none. Two rows of equal content share
    /// a file: remove it only when no row names it.
    ///
    /// Errors: `InvalidInput` if `key` is not one of ours.
    pub async fn remove(&self, key: &str) -> io::Result<bool> {
        self.remove_idle(key, Duration::ZERO).await
    }

    /// As `remove`, but keeps (and answers `false` for) a file that was stored, or stored again, within the
    /// last `idle`. A sweeper of orphans uses it: the row of an upload in progress is yet to come.
    pub async fn remove_idle(&self, key: &str, idle: Duration) -> io::Result<bool> {
        let key = key.to_owned();
        self.on_disk(move |shared| shared.remove(&key, idle)).await
    }

    /// Removes temporary files not written to for `older_than`, which a crash left; answers how many.
    /// Reads every directory of the store: run it once after start, beside the serving.
    pub async fn sweep_temporary(&self, older_than: Duration) -> io::Result<usize> {
        self.on_disk(move |shared| shared.sweep_temporary(older_than)).await
    }

    async fn on_disk<T: Send + 'static>(&self, work: impl FnOnce(&Shared) -> io::Result<T> + Send + 'static) -> io::Result<T> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || work(&shared)).await.map_err(io::Error::other)?
    }
}

impl Shared {
    fn put_all(&self, files: &[(Bytes, String)]) -> io::Result<Vec<Stored>> {
        let mut stored = Vec::with_capacity(files.len());
        let mut directories = BTreeSet::new();
        for (bytes, ext) in files {
            let (file, directory) = self.put_file(bytes, ext)?;
            stored.push(file);
            directories.insert(directory);
        }
        for directory in directories {
            sync_directory(&directory)?;
            self.make_durable(&directory)?;
        }
        Ok(stored)
    }

    /// Everything but the syncing of directories. Answers the directory of the file too.
    fn put_file(&self, bytes: &[u8], ext: &str) -> io::Result<(Stored, PathBuf)> {
        let sha256 = sha256(bytes);
        let key = key_of(&sha256, ext)?;
        let path = self.root.join(&key);
        let directory = path.parent().unwrap_or(&self.root).to_owned();
        let stored = Stored { key, sha256, size: bytes.len() as u64 };
        if !self.reuse(&path, stored.size)? {
            create_directories(&self.root, &directory)?;
            let temporary = Temporary::write(&directory, bytes)?;
            let _taking = lock(&self.names);
            temporary.rename(&path)?;
        }
        Ok((stored, directory))
    }

    /// Whether the same content is there already. A file of another size is damaged and gets replaced.
    fn reuse(&self, path: &Path, size: u64) -> io::Result<bool> {
        let file = {
            let _taking = lock(&self.names);
            let Some(file) = found(OpenOptions::new().write(true).open(path))? else { return Ok(false) };
            if file.metadata()?.len() != size {
                return Ok(false);
            }
            file.set_modified(SystemTime::now())?;
            file
        };
        file.sync_all()?;
        Ok(true)
    }

    /// Syncs the parents of `directory` up to that of the root, so that its own name survives.
    fn make_durable(&self, directory: &Path) -> io::Result<()> {
        for child in directory.ancestors() {
            if !lock(&self.durable).contains(child) {
                match sync_directory(&parent_of(child)) {
                    // We may not look into the parent of the root: then it was not us who made the root.
                    Err(error) if error.kind() == ErrorKind::PermissionDenied && child == self.root => {}
                    result => result?,
                }
                lock(&self.durable).insert(child.to_owned());
            }
            if child == self.root {
                break;
            }
        }
        Ok(())
    }

    fn open(&self, key: &str) -> io::Result<Option<(File, u64)>> {
        if !is_key(key) {
            return Ok(None);
        }
        let Some(file) = found(File::open(self.root.join(key)))? else { return Ok(None) };
        let size = file.metadata()?.len();
        Ok(Some((file, size)))
    }

    fn remove(&self, key: &str, idle: Duration) -> io::Result<bool> {
        if !is_key(key) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not the key of a media file"));
        }
        let path = self.root.join(key);
        {
            let _giving_up = lock(&self.names);
            let Some(metadata) = found(fs::metadata(&path))? else { return Ok(false) };
            if !is_older(&metadata, idle)? {
                return Ok(false);
            }
            fs::remove_file(&path)?;
        }
        sync_directory(path.parent().unwrap_or(&self.root))?;
        Ok(true)
    }

    fn sweep_temporary(&self, older_than: Duration) -> io::Result<usize> {
        let mut removed = 0;
        // In the root are those whose bytes did not all come.
        let mut directories = vec![self.root.clone()];
        for first in subdirectories(&self.root)? {
            directories.extend(subdirectories(&first)?);
        }
        for directory in directories {
            if let Some(entries) = found(fs::read_dir(&directory))? {
                for entry in entries {
                    let entry = entry?;
                    let is_ours = entry.file_name().as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes());
                    // One that is gone by now was renamed by its `put`.
                    if is_ours
                        && let Some(metadata) = found(entry.metadata())?
                        && is_older(&metadata, older_than)?
                        && found(fs::remove_file(entry.path()))?.is_some()
                    {
                        removed += 1;
                    }
                }
            }
        }
        Ok(removed)
    }
}

/// A synced file that has no final name yet; dropped without `rename`, it is removed.
struct Temporary {
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    fn create(directory: &Path) -> io::Result<(Temporary, File)> {
        let mut random = [0; TEMPORARY_RANDOM_BYTES];
        aws_lc_rs::rand::fill(&mut random).map_err(io::Error::other)?;
        let path = directory.join(format!("{TEMPORARY_PREFIX}{}", hex::encode(random)));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(UNFINISHED_MODE).open(&path)?;
        Ok((Temporary { path, renamed: false }, file))
    }

    fn write(directory: &Path, bytes: &[u8]) -> io::Result<Temporary> {
        let (temporary, mut file) = Temporary::create(directory)?;
        file.write_all(bytes)?;
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        file.sync_all()?;
        Ok(temporary)
    }

    fn rename(mut self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = fs::remove_file(&self.path); // the sweep will find it if this fails
        }
    }
}

/// `root` and the two levels below it; only `root`'s parent must be there.
fn create_directories(root: &Path, directory: &Path) -> io::Result<()> {
    let mut levels: Vec<&Path> = directory.ancestors().take_while(|level| level.starts_with(root)).collect();
    levels.reverse();
    for level in levels {
        match DirBuilder::new().mode(DIRECTORY_MODE).create(level) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Of a relative path of one part, that is the working directory.
fn parent_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The directories below `directory` that `key_of` may have made.
fn subdirectories(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(entries) = found(fs::read_dir(directory))? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.len() == 2 && is_hex(name)) && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A time in the future (the clock was set back) counts as new.
fn is_older(metadata: &fs::Metadata, age: Duration) -> io::Result<bool> {
    if age.is_zero() {
        return Ok(true);
    }
    Ok(metadata.modified()?.elapsed().is_ok_and(|elapsed| elapsed >= age))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

fn key_of(sha256: &[u8; 32], ext: &str) -> io::Result<String> {
    if !is_ext(ext) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not the extension of a media file"));
    }
    let hash = hex::encode(sha256);
    Ok(format!("{}/{}/{hash}.{ext}", &hash[..2], &hash[2..4]))
}

/// Exactly what `key_of` makes, so that no key leads out of the root.
fn is_key(key: &str) -> bool {
    let Some((directories, name)) = key.split_at_checked("ab/cd/".len()) else { return false };
    let Some((hash, ext)) = name.split_once('.') else { return false };
    hash.len() == HASH_CHARS && is_hex(hash) && is_ext(ext) && directories == format!("{}/{}/", &hash[..2], &hash[2..4])
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_ext(ext: &str) -> bool {
    (1..=EXT_MAX_CHARS).contains(&ext.len()) && ext.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'))
}

/// What the locks guard is whole even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use tokio::io::AsyncReadExt;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn store() -> (tempfile::TempDir, Files) {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().join("media"));
        (directory, files)
    }

    async fn read(files: &Files, key: &str) -> Option<Vec<u8>> {
        let (mut file, size) = files.open(key).await.unwrap()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes.len() as u64, size);
        Some(bytes)
    }

    fn names_below(directory: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                names.extend(names_below(&entry.path()));
            } else {
                names.push(entry.file_name().into_string().unwrap());
            }
        }
        names
    }

    fn age(path: &Path, by: Duration) {
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - by).unwrap();
    }

    #[tokio::test]
    async fn what_is_put_is_read_back_under_a_name_made_of_its_hash() {
        let (_directory, files) = store();
        let stored = files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(stored.key, format!("ba/78/{hash}.png"));
        assert_eq!(hex::encode(stored.sha256), hash);
        assert_eq!(stored.size, 3);
        assert_eq!(read(&files, &stored.key).await.unwrap(), b"abc");
    }

    #[tokio::test]
    async fn a_finished_file_is_readable_by_its_group_and_by_nobody_else() {
        let (directory, files) = store();
        let stored = files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        let root = directory.path().join("media");
        assert_eq!(fs::metadata(root.join(&stored.key)).unwrap().mode() & 0o777, 0o640);
        assert_eq!(fs::metadata(&root).unwrap().mode() & 0o027, 0);
        assert_eq!(names_below(&root).len(), 1, "no temporary file is left");
    }

    #[tokio::test]
    async fn variants_are_stored_in_order_and_equal_ones_once() {
        let (directory, files) = store();
        let variants = [(&b"one"[..], "jpg"), (b"", "gif"), (b"one", "jpg"), (b"one", "png")];
        let variants = variants.map(|(bytes, ext)| (Bytes::from_static(bytes), ext.to_owned()));
        let stored = files.put_all(variants.to_vec()).await.unwrap();
        assert_eq!(stored[0], stored[2]);
        assert_ne!(stored[0].key, stored[3].key);
        assert_eq!(read(&files, &stored[1].key).await.unwrap(), b"");
        assert_eq!(names_below(directory.path()).len(), 3);
        assert_eq!(files.put_all(Vec::new()).await.unwrap(), []);
    }

    #[tokio::test]
    async fn the_same_content_reuses_the_file_and_a_damaged_one_is_replaced() {
        let (directory, files) = store();
        let first = files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        let path = directory.path().join("media").join(&first.key);
        let inode = fs::metadata(&path).unwrap().ino();
        age(&path, HOUR);
        files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        let reused = fs::metadata(&path).unwrap();
        assert_eq!(reused.ino(), inode);
        assert!(!is_older(&reused, HOUR / 2).unwrap(), "it counts as new");

        fs::write(&path, b"a").unwrap();
        files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        assert_eq!(read(&files, &first.key).await.unwrap(), b"abc");
    }

    #[tokio::test]
    async fn a_removed_file_is_gone_and_a_second_removal_says_so() {
        let (_directory, files) = store();
        let stored = files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        assert!(files.remove(&stored.key).await.unwrap());
        assert!(!files.remove(&stored.key).await.unwrap());
        assert!(files.open(&stored.key).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_file_in_recent_use_is_spared() {
        let (directory, files) = store();
        let stored = files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        assert!(!files.remove_idle(&stored.key, HOUR).await.unwrap());
        age(&directory.path().join("media").join(&stored.key), 2 * HOUR);
        assert!(files.remove_idle(&stored.key, HOUR).await.unwrap());
    }

    #[tokio::test]
    async fn the_sweep_takes_old_temporary_files_only() {
        let (directory, files) = store();
        assert_eq!(files.sweep_temporary(HOUR).await.unwrap(), 0, "there is no root yet");
        let stored = files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        let path = directory.path().join("media").join(&stored.key);
        let [old, new] = [".tmp-00", ".tmp-11"].map(|name| path.with_file_name(name));
        for temporary in [&old, &new] {
            fs::write(temporary, b"ab").unwrap();
        }
        age(&old, 2 * HOUR);
        age(&path, 2 * HOUR);
        assert_eq!(files.sweep_temporary(HOUR).await.unwrap(), 1);
        assert!(!old.exists() && new.exists() && path.exists());
    }

    #[tokio::test]
    async fn no_key_or_extension_leads_out_of_the_root() {
        let (directory, files) = store();
        let stored = files.put(Bytes::from_static(b"abc"), "png").await.unwrap();
        fs::write(directory.path().join("secret"), b"secret").unwrap();
        let hash = hex::encode(stored.sha256);
        let mut bad = vec![
            String::new(),
            "../secret".into(),
            "/etc/passwd".into(),
            "ba/78/../../../secret".into(),
            format!("/ba/78/{hash}.png"),
            format!("ba/78/{hash}"),
            format!("ba/78/{hash}."),
            format!("ba/78/{hash}.png/"),
            format!("ba/78/{hash}.png\0"),
            format!("ba/78/{hash}.pn.g"),
            format!("ba/79/{hash}.png"),
            format!("ba/78/{}.png", hash.to_uppercase()),
            format!("bä/8/{hash}.png"),
            format!("ba/78/{}.png", &hash[1..]),
        ];
        bad.extend(["..", "a/b"].map(|ext| format!("ba/78/{hash}.{ext}")));
        for key in &bad {
            assert!(!is_key(key), "{key}");
            assert!(files.open(key).await.unwrap().is_none(), "{key}");
            assert_eq!(files.remove(key).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
        }
        for ext in ["", "PNG", "../x", "a/b", "toolong", "p g", "é"] {
            let refused = files.put(Bytes::from_static(b"abc"), ext).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{ext}");
        }
        assert!(is_key(&stored.key));
    }

    #[tokio::test]
    async fn many_at_once_all_come_through() {
        let (directory, files) = store();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..64u32 {
            let files = files.clone();
            // Every content comes four times, so that some meet while being written.
            tasks.spawn(async move { files.put(Bytes::from(vec![(number % 16) as u8; 5000]), "webp").await });
        }
        for stored in tasks.join_all().await {
            let stored = stored.unwrap();
            let bytes = read(&files, &stored.key).await.unwrap();
            assert_eq!(sha256(&bytes), stored.sha256);
        }
        assert_eq!(names_below(directory.path()).len(), 16);
    }

    #[tokio::test]
    async fn a_failed_write_leaves_nothing_behind() {
        let (directory, files) = store();
        let root = directory.path().join("media");
        let key = key_of(&sha256(b"abc"), "png").unwrap();
        fs::create_dir_all(root.join(&key)).unwrap(); // a directory stands where the file should go
        assert!(files.put(Bytes::from_static(b"abc"), "png").await.is_err());
        assert_eq!(names_below(&root), [""; 0]);
    }
}
