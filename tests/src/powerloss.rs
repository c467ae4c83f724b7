//! Power cuts under posting and uploading: as `crash`, and what was not synced is gone too.
//!
//! The server runs on a disk that forgets (`disk`), PostgreSQL (`cluster`) on another; both lose power, both
//! recover, and both are started as ever. What was acknowledged must be there, and nothing by half. Then the
//! same on disks that lie about syncs, where it must not be there: else these tests could not fail.

mod cluster;
mod disk;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::rc::Rc;

use cluster::Cluster;
use disk::{Disk, Layer, Mode};

use crate::crash::{ACKNOWLEDGED_MAX, Ledger, assert_all_there, assert_whole, missing, people, random, rounds, write_until};
use crate::database::{Database, sqlite_rows};
use crate::person::Person;
use crate::server::{Engine, Server};
use crate::wait::{PATIENCE, until};

const ROUNDS_DEFAULT: usize = 3;
/// A cut at one sync: the first of a start, or one of the writing, up to this.
const CUT_AT_MAX: u64 = 80;
/// The first start of a server syncs less often than this.
const FIRST_START_SYNCS_MAX: u64 = 100;

mod sqlite {
    use super::{Engine, assert_survives_power_cuts};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_acknowledged_survives_power_cuts() {
        assert_survives_power_cuts(Engine::Sqlite).await;
    }
}

mod postgres {
    use super::{Engine, assert_survives_power_cuts};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_acknowledged_survives_power_cuts() {
        assert_survives_power_cuts(Engine::Postgres).await;
    }
}

async fn assert_survives_power_cuts(engine: Engine) {
    let mut machine = Machine::build(engine, &Layer::build()).await;
    machine.power_on().await;
    let (writers, reader) = people(&machine.server).await;
    machine.shut_down().await;

    let mut ledger = Ledger::default();
    for round in 0..rounds(ROUNDS_DEFAULT) {
        let (cut, torn) = plan(round, machine.disks.len());
        println!("{engine:?}, round {round}: {cut:?}, torn: {torn:?}");
        let written = machine.writes_until(&writers, round, cut).await;
        println!("{engine:?}, round {round}: {written}, {} refused", written.refusals.len());
        assert!(written.refusals.iter().all(|(status, _)| *status == 503), "only the database may be away: {:?}", written.refusals);

        machine.recover(torn);
        machine.power_on().await;
        assert_whole(&machine.server, &reader, &writers, &written).await;
        ledger.add(written);
        machine.shut_down().await;
    }
    machine.power_on().await;
    assert_all_there(&machine.server, &reader, &ledger).await;
    machine.server.assert_never_panicked();
}

#[derive(Clone, Copy, Debug)]
enum Cut {
    /// After so many acknowledgements.
    After(usize),
    /// Just before a sync of one disk, counted from before the start.
    AtSync { disk: usize, sync: u64 },
}

/// What happens in a round, and the seed of what else is kept of it.
fn plan(round: usize, disks: usize) -> (Cut, Option<u64>) {
    let after = Cut::After(1 + (random() % ACKNOWLEDGED_MAX) as usize);
    let at_sync = Cut::AtSync { disk: random() as usize % disks, sync: 1 + random() % CUT_AT_MAX };
    let torn = Some(random() >> 33);
    match round % 4 {
        0 => (after, None),
        1 => (at_sync, None),
        2 => (after, torn),
        _ => (at_sync, torn),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_may_lose_power_at_each_of_its_syncs() {
    let layer = Layer::build();
    for sync in 1..FIRST_START_SYNCS_MAX {
        let mut machine = Machine::build(Engine::Sqlite, &layer).await;
        let cut = Cut::AtSync { disk: 0, sync };
        let came_up = machine.power_on_watched(Some(cut), None).await;
        machine.power_off();
        machine.recover(None);

        machine.power_on().await;
        let alice = machine.server.user("alice").await;
        assert_eq!(alice.posts("hello").await["content"], "<p>hello</p>", "after a cut at sync {sync}");
        machine.server.assert_never_panicked();
        if came_up {
            println!("the first start has {} syncs", sync - 1);
            assert!(sync > 1, "it syncs nothing");
            return;
        }
    }
    panic!("the first start never came to its end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_lies_about_the_database_loses_statuses() {
    for (engine, word) in [(Engine::Sqlite, "/ferrodon.db-wal"), (Engine::Postgres, "/pg_wal/")] {
        let lost = lost_by_a_lie_about(word, engine).await;
        assert!(lost.iter().any(|line| line.starts_with("status ")), "{engine:?} lost nothing: {lost:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_lies_about_the_media_loses_files() {
    let lost = lost_by_a_lie_about("/media", Engine::Sqlite).await;
    assert!(lost.iter().any(|line| line.starts_with("file ")), "nothing is lost: {lost:?}");
}

/// Of what was acknowledged, what is missing after a power cut on such a disk.
async fn lost_by_a_lie_about(word: &str, engine: Engine) -> Vec<String> {
    const UPLOADS: usize = 3;
    const ACKNOWLEDGED: usize = 10;
    let mut machine = Machine::build(engine, &Layer::build()).await;
    machine.power_on().await;
    let (writers, reader) = people(&machine.server).await;
    machine.shut_down().await;

    assert!(machine.power_on_watched(None, Some(word)).await, "it starts on a disk that lies");
    let written = write_until(&writers, 0, async |progress| {
        until("some is acknowledged", PATIENCE, async || progress.has_uploads(UPLOADS).and(progress.has(ACKNOWLEDGED))).await;
        machine.power_off();
    })
    .await;
    machine.recover(None);
    machine.power_on().await;
    let lost = missing(&machine.server, &reader, &written).await;
    println!("{engine:?} on a disk that lies about {word}: {written}, {} of them missing", lost.len());
    lost
}

/// A server, its database and the disks they are on.
struct Machine {
    server: Server,
    cluster: Option<Cluster>,
    /// The server's; then the cluster's, if there is one.
    disks: Vec<Disk>,
}

impl Machine {
    async fn build(engine: Engine, layer: &Rc<Layer>) -> Self {
        let cluster = (engine == Engine::Postgres).then(Cluster::make);
        let database = match &cluster {
            Some(cluster) => Database::Own { url: cluster.url() },
            None => Database::fresh(engine).await,
        };
        let server = Server::prepare(database);
        let mut disks = vec![Disk::new(server.disk(), Mode::Strict, layer)];
        disks.extend(cluster.as_ref().map(|cluster| Disk::new(cluster.root(), Mode::Ext4, layer)));
        Self { server, cluster, disks }
    }

    /// On disks like any other.
    async fn power_on(&mut self) {
        if let Some(cluster) = &mut self.cluster {
            assert!(cluster.start(&[]).await, "the cluster does not start:\n{}", cluster.log());
        }
        self.server.serve().await;
    }

    async fn shut_down(&mut self) {
        self.server.stop().await;
        if let Some(cluster) = &mut self.cluster {
            cluster.stop().await;
        }
    }

    /// On disks that forget. Whether all came up before the cut.
    async fn power_on_watched(&mut self, cut: Option<Cut>, lie: Option<&str>) -> bool {
        let cut_at = |disk| match cut {
            Some(Cut::AtSync { disk: cut, sync }) if cut == disk => Some(sync),
            _ => None,
        };
        for disk in &self.disks {
            disk.snapshot();
        }
        if let Some(cluster) = &mut self.cluster
            && !cluster.start(&self.disks[1].env(cut_at(1), lie)).await
        {
            return false;
        }
        match self.server.serve_with(&self.disks[0].env(cut_at(0), lie)).await {
            Ok(()) => true,
            Err(status) => {
                let cut_off = status.signal() == Some(9) || cut_at(1).is_some();
                assert!(cut_off, "not a power cut, but an end with {status}:\n{}", self.server.log());
                false
            }
        }
    }

    /// The database first: so the server may write what it thinks is committed, as it may when both lose power at once.
    fn power_off(&mut self) {
        for disk in self.disks.iter().rev() {
            disk.cut();
        }
        self.server.kill9_if_running();
        if let Some(cluster) = &mut self.cluster {
            cluster.kill9();
        }
    }

    async fn writes_until(&mut self, writers: &[Person], round: usize, cut: Cut) -> Ledger {
        if !self.power_on_watched(Some(cut), None).await {
            println!("cut off at its start");
            self.power_off();
            return Ledger::default();
        }
        write_until(writers, round, async |progress| {
            match cut {
                Cut::After(goal) => until("enough is acknowledged", PATIENCE, async || progress.has(goal)).await,
                Cut::AtSync { .. } => until("the power is cut", PATIENCE, async || progress.is_over()).await,
            }
            self.power_off();
        })
        .await
    }

    fn recover(&self, torn: Option<u64>) {
        for disk in &self.disks {
            disk.recover(torn);
        }
        if self.cluster.is_none() {
            self.assert_sqlite_is_sound();
        }
    }

    /// Looked at in a copy, since whoever opens the file also brings it in order.
    fn assert_sqlite_is_sound(&self) {
        let copy = tempfile::tempdir().expect("a temporary directory");
        for name in ["ferrodon.db", "ferrodon.db-wal"] {
            let file = self.server.data_dir().join(name);
            if file.exists() {
                fs::copy(file, copy.path().join(name)).expect("the database is copied");
            }
        }
        let file = copy.path().join("ferrodon.db");
        if file.exists() {
            assert_eq!(sqlite_rows(&file, "PRAGMA integrity_check"), [["ok"]]);
        }
    }
}
