//! PostgreSQL for the servers that are measured: each gets a database of its own, made for it and dropped with it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail, ensure};
use store::databases;
use url::Url;

use crate::process;

const PORT: u16 = 5432;

/// A PostgreSQL server on this machine.
#[derive(Clone, Debug)]
pub struct Cluster {
    url: Url,
    /// Its first process, whose children do the work.
    pub pid: u32,
}

/// An empty database made here. Dropping it drops it, with whoever is connected to it.
pub struct Database {
    cluster: Cluster,
    name: String,
}

impl Cluster {
    /// Errors: for an address that is not a loopback one, and when nobody listens there.
    pub fn at(url: &str) -> Result<Cluster> {
        let url = local(url)?;
        let pid = process::listener(url.port().unwrap_or(PORT))?;
        Ok(Cluster { url, pid })
    }

    /// A database under a name that nobody has: one that is there already is never touched.
    pub async fn database(&self) -> Result<Database> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let name = format!("ferrodon_bench_{at}_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        databases::create(self.url.as_str(), &name).await.with_context(|| format!("the database {name} cannot be made"))?;
        Ok(Database { cluster: self.clone(), name })
    }
}

impl Database {
    pub fn url(&self) -> String {
        let mut url = self.cluster.url.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// The first process of its server.
    pub fn server_pid(&self) -> u32 {
        self.cluster.pid
    }

    pub async fn bytes(&self) -> Result<u64> {
        Ok(u64::try_from(databases::bytes(&self.url()).await?)?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.cluster.url.clone(), self.name.clone());
        // A runtime of its own, since this one cannot wait here.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(databases::drop(url.as_str(), &name)).map_err(anyhow::Error::from)
        });
        if let Err(error) = dropped.join().unwrap_or_else(|_| Err(anyhow!("the thread for it panicked"))) {
            eprintln!("ferrodon-bench: the database {} is left behind: {error:#}", self.name);
        }
    }
}

/// The URL of a server on this machine, and of nothing else: what stands behind `?` could name another host.
fn local(text: &str) -> Result<Url> {
    let url = Url::parse(text).context("not a URL of PostgreSQL")?;
    ensure!(["postgres", "postgresql"].contains(&url.scheme()), "{}:// is not PostgreSQL's", url.scheme());
    ensure!(url.query().is_none(), "a URL of PostgreSQL without anything behind `?`, please");
    match url.host_str() {
        Some("localhost") => Ok(url),
        Some(host) if host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) => Ok(url),
        host => bail!("{} is not on this machine; only loopback addresses are measured", host.unwrap_or("a host without a name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_another_machine_is_refused() {
        for url in ["postgres://me@192.0.2.1/x", "postgres://me@db.example.com:5432/x", "postgres:///x", "postgres://a@127.0.0.1,192.0.2.1/x"] {
            let error = local(url).unwrap_err();
            assert!(error.to_string().contains("only loopback") || error.to_string().contains("not a URL"), "{url}: {error}");
        }
        assert!(local("postgres://me@127.0.0.1/x?host=192.0.2.1").unwrap_err().to_string().contains("behind `?`"));
        assert!(local("mysql://127.0.0.1/x").is_err());
        local("postgres://me:secret@127.0.0.1:5433/postgres").unwrap();
    }

    #[tokio::test]
    async fn each_database_is_made_anew_and_goes_with_its_handle() {
        let url = std::env::var("FERRODON_TEST_POSTGRES_URL").expect("bin/test starts PostgreSQL");
        let cluster = Cluster::at(&url).unwrap();
        let (one, two) = (cluster.database().await.unwrap(), cluster.database().await.unwrap());
        assert_ne!(one.url(), two.url());
        assert!(databases::create(&url, &one.name).await.is_err(), "what is there is not made again");
        let url = one.url();
        assert!(one.bytes().await.unwrap() > 0);
        drop(one);
        assert!(databases::bytes(&url).await.is_err());
    }
}
