//! A file that comes piece by piece, too large to be held in memory.

use std::fs::{File, Permissions};
use std::io::{self, Seek};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use aws_lc_rs::digest;
use tokio::io::AsyncWriteExt;

use super::{FILE_MODE, Files, Shared, Stored, Temporary, create_directories, key_of, lock, sync_directory};

/// The first bytes, by which its type can be told.
const HEAD_BYTES: usize = 4096;

/// A file without a name yet. Dropped unfinished, it is removed.
pub struct Incoming {
    shared: Arc<Shared>,
    temporary: Temporary,
    file: tokio::fs::File,
    hash: digest::Context,
    size: u64,
    head: Vec<u8>,
}

impl Files {
    /// Begins a file.
    pub async fn receive(&self) -> io::Result<Incoming> {
        let (temporary, file) = self
            .on_disk(|shared| {
                create_directories(&shared.root, &shared.root)?;
                Temporary::create(&shared.root)
            })
            .await?;
        let (hash, file) = (digest::Context::new(&digest::SHA256), tokio::fs::File::from_std(file));
        Ok(Incoming { shared: Arc::clone(&self.shared), temporary, file, hash, size: 0, head: Vec::new() })
    }

    /// The keys of all files whose extension `wanted` accepts, at most `limit`, that were not stored within the last
    /// `idle`. Reads every directory.
    pub async fn list_idle(&self, wanted: fn(&str) -> bool, idle: std::time::Duration, limit: usize) -> io::Result<Vec<String>> {
        self.on_disk(move |shared| shared.list_idle(wanted, idle, limit)).await
    }
}

impl Shared {
    fn list_idle(&self, wanted: fn(&str) -> bool, idle: std::time::Duration, limit: usize) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        for first in super::subdirectories(&self.root)? {
            for second in super::subdirectories(&first)? {
                for entry in std::fs::read_dir(&second)? {
                    let entry = entry?;
                    let path = entry.path();
                    let key = path.strip_prefix(&self.root).ok().and_then(|key| key.to_str()).unwrap_or_default().to_owned();
                    let ext = key.rsplit('.').next().unwrap_or_default();
                    if keys.len() < limit
                        && super::is_key(&key)
                        && wanted(ext)
                        && let Some(metadata) = super::found(entry.metadata())?
                        && super::is_older(&metadata, idle)?
                    {
                        keys.push(key);
                    }
                }
            }
        }
        Ok(keys)
    }
}

impl Incoming {
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        Ok(())
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The first bytes of it.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Reads in what came so far, on a thread that may block.
    pub async fn inspect<T: Send + 'static>(&mut self, read: impl FnOnce(&mut File) -> T + Send + 'static) -> io::Result<T> {
        self.file.flush().await?;
        let mut file = self.file.try_clone().await?.into_std().await;
        let work = move || {
            let told = read(&mut file);
            // What is written next goes behind what there is.
            file.seek(io::SeekFrom::End(0)).map(|_| told)
        };
        tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
    }

    /// Gives it its name, as [`Files::put`] does: when this answers, it is there for good.
    ///
    /// Errors: `InvalidInput` for a bad `ext`, else what the file system says.
    pub async fn finish(mut self, ext: &str) -> io::Result<Stored> {
        self.file.flush().await?;
        let file = self.file.into_std().await;
        let (shared, temporary, size, ext) = (self.shared, self.temporary, self.size, ext.to_owned());
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.hash.finish().as_ref());
        tokio::task::spawn_blocking(move || shared.take(temporary, &file, sha256, size, &ext)).await.map_err(io::Error::other)?
    }
}

impl Shared {
    fn take(&self, temporary: Temporary, file: &File, sha256: [u8; 32], size: u64, ext: &str) -> io::Result<Stored> {
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        file.sync_all()?;
        let key = key_of(&sha256, ext)?;
        let path = self.root.join(&key);
        let directory = path.parent().unwrap_or(&self.root).to_owned();
        if !self.reuse(&path, size)? {
            create_directories(&self.root, &directory)?;
            let _taking = lock(&self.names);
            temporary.rename(&path)?;
        }
        sync_directory(&directory)?;
        self.make_durable(&directory)?;
        Ok(Stored { key, sha256, size })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_comes_in_pieces_is_stored_as_if_it_came_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().join("media"));
        let mut incoming = files.receive().await.unwrap();
        incoming.write(b"hello ").await.unwrap();
        incoming.write(b"world").await.unwrap();
        assert_eq!((incoming.size(), incoming.head()), (11, b"hello world".as_slice()));
        let read = |file: &mut File| {
            file.seek(io::SeekFrom::Start(6)).unwrap();
            io::read_to_string(file).unwrap()
        };
        assert_eq!(incoming.inspect(read).await.unwrap(), "world");
        let stored = incoming.finish("rpng").await.unwrap();
        assert_eq!(stored, files.put(bytes::Bytes::from_static(b"hello world"), "rpng").await.unwrap());
        assert!(files.open(&stored.key).await.unwrap().is_some());
        let all = files.list_idle(|ext| ext == "rpng", Duration::ZERO, 10).await.unwrap();
        assert_eq!(all, [stored.key]);
        assert!(files.list_idle(|ext| ext == "png", Duration::ZERO, 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_does_not_come_to_its_end_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().join("media"));
        let mut incoming = files.receive().await.unwrap();
        incoming.write(b"half").await.unwrap();
        drop(incoming);
        assert_eq!(std::fs::read_dir(directory.path().join("media")).unwrap().count(), 0);
        // A process that died in the middle.
        let (temporary, _) = Temporary::create(&directory.path().join("media")).unwrap();
        std::mem::forget(temporary);
        assert_eq!(files.sweep_temporary(Duration::ZERO).await.unwrap(), 1);
    }
}
