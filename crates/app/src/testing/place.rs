//! Where a world is: a directory, and on PostgreSQL a database of its own. Both are copies of one that
//! was set up once, and go with the world.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use store::testing::{copy_database, drop_database, ensure_template, postgres_url, schema_fingerprint, terminate};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{START_MS, options};

use crate::app::Target;
use crate::clock::Clock;

const READERS: usize = 2;
const POOL: usize = 4;
/// Changes when what the first start writes changes.
const TEMPLATE_VERSION: u32 = 1;

/// The two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// In memory where the machine has such a directory: syncing to a disk is most of a test's time.
fn directory() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

pub struct Place {
    dir: TempDir,
    /// The PostgreSQL database.
    name: Option<String>,
}

impl Place {
    pub async fn fresh(engine: Engine) -> Place {
        match engine {
            Engine::Sqlite => {
                let place = Place { dir: directory(), name: None };
                std::fs::write(place.file(), sqlite_template().await).unwrap();
                place
            }
            Engine::Postgres => {
                static SERIAL: AtomicU64 = AtomicU64::new(0);
                let name = format!("app_world_{}_{}", std::process::id(), SERIAL.fetch_add(1, Ordering::Relaxed));
                copy_database(postgres_template().await, &name).await.unwrap();
                Place { dir: directory(), name: Some(name) }
            }
        }
    }

    /// A PostgreSQL database on which no server has started yet.
    #[cfg(test)]
    pub async fn untouched_postgres() -> Place {
        let name = format!("app_untouched_{}", std::process::id());
        copy_database("template0", &name).await.unwrap();
        Place { dir: directory(), name: Some(name) }
    }

    pub fn database(&self) -> Target {
        match &self.name {
            None => Target::Sqlite { path: self.file(), readers: READERS },
            Some(name) => {
                let url = postgres_url(name).unwrap();
                Target::Postgres { listen_url: url.clone(), url, pool: POOL }
            }
        }
    }

    /// Ends all connections with this name; returns how many there were.
    pub async fn terminates(&self, application: &str) -> i64 {
        terminate(self.name.as_ref().expect("on PostgreSQL"), application).await.unwrap()
    }

    pub fn media_dir(&self) -> std::path::PathBuf {
        self.dir.path().join("media")
    }

    fn file(&self) -> std::path::PathBuf {
        self.dir.path().join("test.db")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(name) = self.name.take() else { return };
        // A thread of its own, since the test's runtime cannot be blocked on here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(drop_database(&name)).unwrap();
        });
        if dropping.join().is_err() {
            eprintln!("a test database could not be dropped");
        }
    }
}

/// The bytes of a database after the first start.
async fn sqlite_template() -> &'static [u8] {
    static BYTES: OnceCell<Vec<u8>> = OnceCell::const_new();
    BYTES
        .get_or_init(|| async {
            let place = Place { dir: directory(), name: None };
            first_start(&place).await;
            std::fs::read(place.file()).unwrap()
        })
        .await
}

/// The name of a PostgreSQL database after the first start; kept for later runs.
async fn postgres_template() -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    NAME.get_or_init(|| async {
        let name = format!("app_template_{TEMPLATE_VERSION}_{:016x}", schema_fingerprint());
        let fill = |half_made| async move {
            let mut place = Place { dir: directory(), name: Some(half_made) };
            first_start(&place).await;
            place.name = None;
        };
        ensure_template(&name, fill).await.unwrap();
        name
    })
    .await
}

async fn first_start(place: &Place) {
    let app = crate::start::open(options(place, Clock::Set(Arc::new(AtomicI64::new(START_MS)))), true).await.unwrap();
    crate::start::close(&app).await;
}
