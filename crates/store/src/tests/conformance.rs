//! What every transaction promises, on both engines.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};

use futures_util::FutureExt;
use tokio::sync::oneshot;

use super::world::{Database, POOL, stories, with_postgres, with_sqlite};
use crate::dialect::Engine;
use crate::jobs::{self, Lane, NewJob};
use crate::sql::Sql;
use crate::{Error, Reader, Result, Tx, Value, args, in_transaction, migrate, settings, sql};

/// Looks at what others see are bounded instead of slept between.
const LOOKS: usize = 100_000;

fn keep() -> &'static Sql {
    sql!("INSERT INTO meta (name, value) VALUES ($1, 'kept')")
}

async fn keeps(tx: &Tx, name: &str) -> Result<u64> {
    tx.exec(keep(), args![name]).await
}

async fn kept(db: &Database) -> Vec<String> {
    db.read(|r| async move { r.column(sql!("SELECT name FROM meta ORDER BY name"), args![]).await }).await
}

async fn works_afterwards(db: &Database) {
    for round in 0..2 * POOL {
        db.write(move |tx| async move { keeps(&tx, &format!("afterwards {round}")).await }).await;
    }
    assert_eq!(kept(db).await.iter().filter(|name| name.starts_with("afterwards")).count(), 2 * POOL);
}

/// A closure that fails in the database but goes on as if nothing had happened.
async fn swallows_an_error(tx: &Tx) -> Result<()> {
    keeps(tx, "before").await?;
    let failed = tx.exec(sql!("INSERT INTO meta (name, value) VALUES ($1, NULL)"), args!["broken"]).await;
    assert!(matches!(failed, Err(Error::Statement { .. })), "{failed:?}");
    assert!(matches!(keeps(tx, "after").await, Err(Error::Doomed)));
    Ok(())
}

stories! {
    async fn what_a_closure_wrote_is_there_when_it_returned_ok(db) {
        let changed = db.write(|tx| async move { keeps(&tx, "one").await }).await;
        assert_eq!((changed, kept(db).await), (1, vec!["one".into()]));
        let reopened = db.opened_again().await;
        let seen: Option<String> = reopened.read(|r| async move { settings::identity(&r, "one").await }).await.unwrap();
        assert_eq!(seen.as_deref(), Some("kept"));
        reopened.close().await;
    }

    async fn memory_is_given_back_once_after_each_busy_time(db) {
        // Making the database may have been a busy time.
        assert!(db.db.rest().await || db.db.rest().await);
        for _ in 0..2 {
            assert!(!db.db.rest().await, "nothing has happened since");
            works_afterwards(db).await;
            for _ in 0..30 {
                kept(db).await;
            }
            assert!(!db.db.rest().await, "it was busy just now");
            assert!(db.db.rest().await);
            db.empty().await;
        }
        works_afterwards(db).await;
    }

    async fn an_error_rolls_back(db) {
        let failed: Result<()> = db.db.write(|tx| async move {
            keeps(&tx, "one").await?;
            Err(Error::Missing("on purpose".into()))
        }).await;
        assert!(matches!(failed, Err(Error::Missing(_))));
        assert!(kept(db).await.is_empty());
        works_afterwards(db).await;
    }

    async fn a_failed_statement_dooms_the_transaction_even_if_its_error_is_swallowed(db) {
        let outcome = db.db.write(|tx| async move { swallows_an_error(&tx).await }).await;
        assert!(matches!(outcome, Err(Error::Doomed)), "{outcome:?}");
        assert!(kept(db).await.is_empty());
        let read = db.db.read(|r| async move {
            assert!(r.column::<i64>(sql!("SELECT CAST($1 AS BIGINT)"), args![]).await.is_err());
            Ok::<_, Error>(())
        }).await;
        assert!(matches!(read, Err(Error::Doomed)), "{read:?}");
        works_afterwards(db).await;
    }

    async fn a_panic_rolls_back_and_the_database_works_afterwards(db) {
        for _ in 0..POOL + 1 {
            let outcome: Result<()> = db.db.write(|tx| async move {
                keeps(&tx, "one").await?;
                panic!("on purpose")
            }).await;
            assert!(matches!(outcome, Err(Error::Panicked)), "{outcome:?}");
            let outcome: Result<()> = db.db.read(|_| async move { panic!("on purpose") }).await;
            assert!(matches!(outcome, Err(Error::Panicked)), "{outcome:?}");
        }
        assert!(kept(db).await.is_empty());
        works_afterwards(db).await;
    }

    async fn a_transaction_inside_a_transaction_is_refused(db) {
        let inner = db.db.clone();
        db.write(move |tx| async move {
            let write: Result<u64> = inner.write(|tx| async move { keeps(&tx, "inner").await }).await;
            assert!(matches!(write, Err(Error::Nested)), "{write:?}");
            let read: Result<()> = inner.read(|_| async { Ok(()) }).await;
            assert!(matches!(read, Err(Error::Nested)), "{read:?}");
            keeps(&tx, "outer").await
        }).await;
        let inner = db.db.clone();
        db.read(move |_| async move {
            let write: Result<u64> = inner.write(|tx| async move { keeps(&tx, "inner").await }).await;
            assert!(matches!(write, Err(Error::Nested)), "{write:?}");
            Ok(())
        }).await;
        assert_eq!(kept(db).await, ["outer"]);
    }

    async fn code_can_tell_that_it_runs_inside_a_transaction(db) {
        assert!(!in_transaction());
        assert!(db.write(|_| async { Ok(in_transaction()) }).await);
        assert!(db.read(|_| async { Ok(in_transaction()) }).await);
        assert!(!in_transaction());
    }

    async fn a_handle_that_left_its_closure_is_dead(db) {
        let (tx_slot, reader_slot) = (Arc::new(Mutex::new(None::<Tx>)), Arc::new(Mutex::new(None::<Reader>)));
        let (put_tx, put_reader) = (tx_slot.clone(), reader_slot.clone());
        db.write(move |tx| async move {
            keeps(&tx, "inside").await?;
            *put_tx.lock().unwrap() = Some(tx);
            Ok(())
        }).await;
        db.read(move |r| async move {
            *put_reader.lock().unwrap() = Some(r);
            Ok(())
        }).await;
        let (tx, reader) = (tx_slot.lock().unwrap().take().unwrap(), reader_slot.lock().unwrap().take().unwrap());
        assert!(matches!(keeps(&tx, "outside").await, Err(Error::Ended)));
        assert!(matches!(settings::all(&reader).await, Err(Error::Ended)));
        assert_eq!(kept(db).await, ["inside"]);
        works_afterwards(db).await;
    }

    async fn a_handle_that_outlives_a_failed_closure_is_dead(db) {
        let slot: Arc<Mutex<Option<Tx>>> = Arc::default();
        let put = slot.clone();
        let outcome: Result<()> = db.db.write(move |tx| async move {
            keeps(&tx, "inside").await?;
            *put.lock().unwrap() = Some(tx);
            panic!("on purpose")
        }).await;
        assert!(matches!(outcome, Err(Error::Panicked)));
        let tx = slot.lock().unwrap().take().unwrap();
        assert!(matches!(keeps(&tx, "outside").await, Err(Error::Ended)));
        assert!(kept(db).await.is_empty());
    }

    async fn an_error_takes_only_its_own_closure_with_it(db) {
        let outcomes = behind_a_busy_writer(db, (0..9).map(|n| {
            let db = db.db.clone();
            async move {
                db.write(move |tx| async move {
                    keeps(&tx, &format!("{n}")).await?;
                    match n % 3 {
                        0 => Ok(n),
                        1 => Err(Error::Missing("on purpose".into())),
                        _ => swallows_an_error(&tx).await.map(|()| n),
                    }
                }).await
            }
        })).await;
        for (n, outcome) in outcomes.into_iter().enumerate() {
            let expected = match n % 3 {
                0 => matches!(outcome, Ok(m) if m == n),
                1 => matches!(outcome, Err(Error::Missing(_))),
                _ => matches!(outcome, Err(Error::Doomed)),
            };
            assert!(expected, "{n}: {outcome:?}");
        }
        assert_eq!(kept(db).await, ["0", "3", "6"]);
    }

    async fn many_writes_at_once_are_all_kept(db) {
        let writes = (0..300).map(|n| {
            let db = db.db.clone();
            tokio::spawn(async move { db.write(move |tx| async move { keeps(&tx, &format!("{n}")).await }).await })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap().unwrap();
        }
        assert_eq!(db.count("meta").await, 300);
    }

    async fn events_are_published_after_the_commit_and_in_order(db) {
        for n in 0..20 {
            db.write(move |tx| async move {
                tx.publish(format!("first {n}"));
                keeps(&tx, &format!("{n}")).await?;
                tx.publish(format!("second {n}"));
                Ok(())
            }).await;
        }
        let published: Vec<String> = db.committed().into_iter().flat_map(|c| c.events).collect();
        let expected: Vec<String> = (0..20).flat_map(|n| [format!("first {n}"), format!("second {n}")]).collect();
        assert_eq!(published, expected);
    }

    async fn a_transaction_that_is_rolled_back_publishes_nothing(db) {
        let _: Result<()> = db.db.write(|tx| async move {
            tx.publish("never".into());
            jobs::enqueue(&tx, job("never")).await?;
            Err(Error::Missing("on purpose".into()))
        }).await;
        let _: Result<()> = db.db.write(|tx| async move {
            tx.publish("never".into());
            jobs::enqueue(&tx, job("never")).await?;
            panic!("on purpose")
        }).await;
        let _: Result<()> = db.db.write(|tx| async move {
            tx.publish("never".into());
            jobs::enqueue(&tx, job("never")).await?;
            swallows_an_error(&tx).await
        }).await;
        db.write(|tx| async move { keeps(&tx, "quiet").await }).await;
        assert!(db.committed().is_empty());
        assert_eq!(db.count("jobs").await, 0);
    }

    async fn a_job_is_there_and_its_lane_woken_once_committed(db) {
        db.write(|tx| async move { jobs::enqueue(&tx, job("now")).await }).await;
        db.write(|tx| async move { jobs::enqueue(&tx, NewJob { delay_ms: 5, ..job("later") }).await }).await;
        let lanes: Vec<u32> = db.committed().into_iter().map(|c| c.lanes).collect();
        assert_eq!(lanes, [1 << (Lane::Media as u32)]);
        assert_eq!(db.count("jobs").await, 2);
    }

    async fn an_event_is_published_only_when_its_rows_can_be_read(db) {
        let seen = Arc::new(AtomicUsize::new(0));
        for n in 0..5 {
            db.write(move |tx| async move { tx.publish("e".into()); keeps(&tx, &format!("{n}")).await }).await;
            seen.fetch_add(db.committed().len(), Ordering::Relaxed);
            assert_eq!(kept(db).await.len(), seen.load(Ordering::Relaxed));
        }
    }

    async fn two_equal_keys_are_a_conflict(db) {
        db.write(|tx| async move { keeps(&tx, "one").await }).await;
        let second = db.db.write(|tx| async move { keeps(&tx, "one").await }).await;
        assert!(matches!(&second, Err(e) if e.is_conflict()), "{second:?}");
        let id = db.account().await;
        let twice: Result<u64> = db.db.write(move |tx| async move {
            tx.exec(sql!("INSERT INTO conversations (id, created_at) VALUES ($1, 0), ($1, 0)"), args![id]).await
        }).await;
        assert!(matches!(&twice, Err(e) if e.is_conflict() && e.is_temporary()), "{twice:?}");
        works_afterwards(db).await;
    }

    async fn nul_in_a_text_is_refused(db) {
        for text in ["\0", "a\0b"] {
            let outcome = db.db.write(move |tx| async move { settings::set(&tx, "name", text).await }).await;
            assert!(matches!(outcome, Err(Error::Nul)), "{outcome:?}");
            let list = Value::from(vec!["fine".to_owned(), text.to_owned()]);
            let outcome: Result<Vec<String>> =
                db.db.read(move |r| async move { r.column(sql!("SELECT name FROM meta WHERE name = ANY($1)"), [list]).await }).await;
            assert!(matches!(outcome, Err(Error::Nul)), "{outcome:?}");
        }
        db.write(|tx| async move { crate::secrets::insert(&tx, "blob", vec![0, 1, 0]).await }).await;
        assert_eq!(db.read(|r| async move { crate::secrets::find(&r, "blob").await }).await, Some(vec![0, 1, 0]));
    }

    async fn a_wrong_number_of_arguments_is_a_clear_error(db) {
        for given in [args![].to_vec(), args!["a"].to_vec(), args!["a", "b", "c"].to_vec()] {
            let count = given.len();
            let outcome = db.db.write(move |tx| async move { tx.exec(sql!("INSERT INTO meta (name, value) VALUES ($1, $2)"), given).await }).await;
            let Err(Error::Statement { place, message }) = outcome else { panic!("{count} arguments: {outcome:?}") };
            assert!(place.contains("conformance.rs:"), "{place}");
            assert!(message.contains(&count.to_string()) && message.contains('2'), "{message}");
        }
        assert_eq!(db.count("meta").await, 0);
    }

    async fn a_column_that_does_not_fit_is_an_error_not_a_panic(db) {
        db.write(|tx| async move { keeps(&tx, "one").await }).await;
        let number: Result<Vec<i64>> = db.db.read(|r| async move { r.column(sql!("SELECT value FROM meta"), args![]).await }).await;
        assert!(matches!(number, Err(Error::Column { column: 0, .. })), "{number:?}");
        let null: Result<Vec<String>> = db.db.read(|r| async move { r.column(sql!("SELECT CAST(NULL AS TEXT) FROM meta"), args![]).await }).await;
        assert!(matches!(null, Err(Error::Column { column: 0, .. })), "{null:?}");
        let absent: Result<Vec<(String, String)>> = db.db.read(|r| async move { r.all(sql!("SELECT value FROM meta"), args![]).await }).await;
        assert!(matches!(absent, Err(Error::Column { column: 1, .. })), "{absent:?}");
        let missing: Result<(i64,)> = db.db.read(|r| async move { r.one(sql!("SELECT id FROM statuses"), args![]).await }).await;
        assert!(matches!(missing, Err(Error::Missing(_))), "{missing:?}");
    }

    async fn every_kind_of_value_comes_back_as_it_went_in(db) {
        let text = "naïve 日本語 🦣 ' \" \\ $1 ?1";
        db.write(move |tx| async move { settings::set(&tx, text, text).await }).await;
        assert_eq!(db.read(|r| async move { settings::all(&r).await }).await, [(text.to_owned(), text.to_owned())]);
        let numbers: (i64, i64, bool, Option<i64>) = db.read(|r| async move {
            r.one(sql!("SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), $3 = TRUE, CAST($4 AS BIGINT)"), args![i64::MIN, i64::MAX, true, None::<i64>]).await
        }).await;
        assert_eq!(numbers, (i64::MIN, i64::MAX, true, None));
        let lists: (bool, bool, bool) = db.read(move |r| async move {
            r.one(
                sql!("SELECT CAST($1 AS BIGINT) = ANY($2), CAST($3 AS TEXT) = ANY($4), CAST($1 AS BIGINT) <> ALL($5)"),
                args![i64::MAX, vec![1, i64::MAX], text, vec![text.to_owned()], Vec::<i64>::new()],
            ).await
        }).await;
        assert_eq!(lists, (true, true, true));
    }

    async fn a_reader_sees_one_snapshot_while_others_write(db) {
        db.write(|tx| async move { keeps(&tx, "before").await }).await;
        let (reading, begun) = oneshot::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let store = db.db.clone();
        let reader = tokio::spawn(async move {
            store.read(move |r| async move {
                let count = || async { r.value::<i64>(sql!("SELECT COUNT(*) FROM meta"), args![]).await };
                let first = count().await?;
                let _ = reading.send(());
                let _ = wait.recv();
                Ok::<_, Error>((first, count().await?))
            }).await
        });
        begun.await.unwrap();
        db.write(|tx| async move { keeps(&tx, "meanwhile").await }).await;
        go_on.send(()).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), (Some(1), Some(1)));
        assert_eq!(db.count("meta").await, 2);
    }

    async fn a_reader_cannot_write_even_if_a_statement_does(db) {
        let outcome: Result<Vec<i64>> = db.db.read(|r| async move {
            r.column(sql!("INSERT INTO conversations (id, created_at) VALUES (1, 1) RETURNING id"), args![]).await
        }).await;
        assert!(outcome.is_err(), "{outcome:?}");
        assert_eq!(db.count("conversations").await, 0);
    }

    async fn ids_never_repeat_and_never_go_back(db) {
        let draw = || async { db.write(|tx| async move { Ok((0..50).map(|_| tx.next_id()).collect::<Vec<i64>>()) }).await };
        let mut drawn = draw().await;
        assert_eq!(drawn[0] >> crate::ids::RANDOM_BITS, db.now());
        db.advance(-86_400_000);
        drawn.extend(draw().await);
        db.advance(2 * 86_400_000);
        let later = draw().await;
        assert!(later[0] >= crate::ids::first_id_at(db.now()));
        drawn.extend(later);
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]), "{drawn:?}");
    }

    async fn ids_stay_above_the_kept_floor_after_a_new_start_with_the_clock_stepped_back(db) {
        let last = db.write(|tx| async move { Ok(tx.next_id()) }).await;
        migrate::keep_id_floor(&db.db).await.unwrap();
        db.advance(-3_600_000);
        let again = db.opened_again().await;
        let floor = migrate::id_floor(&again).await.unwrap();
        assert!(floor >= last, "{floor} {last}");
        again.ids().raise_floor(floor);
        let next = again.write(|tx| async move { Ok::<_, Error>(tx.next_id()) }).await.unwrap();
        assert!(next > last, "{next} {last}");
        again.close().await;
    }

    async fn a_closed_database_says_so(db) {
        let other = db.opened_again().await;
        other.write(|tx| async move { keeps(&tx, "one").await }).await.unwrap();
        other.close().await;
        let write = other.write(|tx| async move { keeps(&tx, "two").await }).await;
        assert!(matches!(write, Err(Error::Closed)), "{write:?}");
        let read = other.read(|r| async move { settings::all(&r).await }).await;
        assert!(matches!(read, Err(Error::Closed)), "{read:?}");
        other.close().await;
        assert_eq!(kept(db).await, ["one"]);
    }

    async fn a_snapshot_is_made_of_sqlite_only(db) {
        db.write(|tx| async move { keeps(&tx, "one").await }).await;
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("copy.db");
        let outcome = db.db.snapshot_to(path.clone()).await;
        if db.engine() == Engine::Postgres {
            assert!(matches!(outcome, Err(Error::Open(_))), "{outcome:?}");
            return;
        }
        outcome.unwrap();
        let copy = rusqlite::Connection::open(path).unwrap();
        assert_eq!(copy.query_row("SELECT value FROM meta WHERE name = 'one'", [], |row| row.get::<_, String>(0)).unwrap(), "kept");
    }
}

fn job(kind: &'static str) -> NewJob {
    NewJob { kind, payload: "{}".into(), lane: Lane::Media, delay_ms: 0, unique_key: None, request_id: None }
}

/// Queues `calls` while the writer is busy, so that on SQLite they wait together, and returns their outcomes.
async fn behind_a_busy_writer<T: Send + 'static>(db: &Database, calls: impl Iterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let (release, blocker) = busy_writer(db).await;
    let mut waiting: Vec<_> = calls.map(Box::pin).collect();
    let mut answers: Vec<Option<T>> = waiting.iter_mut().map(|call| call.as_mut().now_or_never()).collect();
    release.send(()).unwrap();
    blocker.await.unwrap();
    for (call, answer) in waiting.iter_mut().zip(&mut answers) {
        if answer.is_none() {
            *answer = Some(call.await);
        }
    }
    answers.into_iter().flatten().collect()
}

/// Keeps the writer (on PostgreSQL: one connection) busy until it is released.
async fn busy_writer(db: &Database) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, wait) = mpsc::channel::<()>();
    let (begun, running) = oneshot::channel();
    let store = db.db.clone();
    let blocker = tokio::spawn(async move {
        let block = move |_: Tx| async move {
            let _ = begun.send(());
            let _ = wait.recv();
            Ok::<_, Error>(())
        };
        // Its outcome is that of its group, which may be lost.
        let _ = store.write(block).await;
    });
    running.await.unwrap();
    (release, blocker)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_awaiting_anything_else_fails_at_once() {
    with_sqlite(async |db| {
        let write: Result<()> = db
            .db
            .write(|tx| async move {
                keeps(&tx, "one").await?;
                tokio::task::yield_now().await;
                Ok(())
            })
            .await;
        assert!(matches!(write, Err(Error::ForeignAwait)), "{write:?}");
        let read: Result<()> = db
            .db
            .read(|_| async move {
                std::future::pending::<()>().await;
                Ok(())
            })
            .await;
        assert!(matches!(read, Err(Error::ForeignAwait)), "{read:?}");
        assert!(kept(&db).await.is_empty());
        works_afterwards(&db).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_write_whose_caller_left_before_it_began_never_runs() {
    with_sqlite(async |db| {
        let ran = Arc::new(AtomicBool::new(false));
        let (release, blocker) = busy_writer(&db).await;
        let (mark, store) = (ran.clone(), db.db.clone());
        let mut abandoned = Box::pin(store.write(move |tx| async move {
            mark.store(true, Ordering::Relaxed);
            keeps(&tx, "abandoned").await
        }));
        assert!(abandoned.as_mut().now_or_never().is_none());
        drop(abandoned);
        release.send(()).unwrap();
        blocker.await.unwrap();
        db.write(|tx| async move { keeps(&tx, "next").await }).await;
        assert!(!ran.load(Ordering::Relaxed));
        assert_eq!(kept(&db).await, ["next"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_write_whose_caller_leaves_is_rolled_back_and_its_connection_not_reused() {
    with_postgres(async |db| {
        for round in 0..2 * POOL {
            let (begun, running) = oneshot::channel();
            let store = db.db.clone();
            let caller = tokio::spawn(async move {
                let write = move |tx: Tx| async move {
                    keeps(&tx, &format!("{round}")).await?;
                    let _ = begun.send(());
                    std::future::pending::<()>().await;
                    Ok::<_, Error>(())
                };
                store.write(write).await
            });
            running.await.unwrap();
            caller.abort();
            assert!(caller.await.unwrap_err().is_cancelled());
        }
        nothing_stays_open(&db).await;
        assert!(kept(&db).await.is_empty());
        works_afterwards(&db).await;
        assert_eq!(db.count("meta").await, 2 * POOL as i64);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_read_whose_caller_leaves_does_not_hold_its_connection() {
    with_postgres(async |db| {
        for _ in 0..2 * POOL {
            let read = |r: Reader| async move {
                settings::all(&r).await?;
                std::future::pending::<()>().await;
                Ok::<_, Error>(())
            };
            let store = db.db.clone();
            let caller = tokio::spawn(async move { store.read(read).await });
            caller.abort();
            let _ = caller.await;
        }
        nothing_stays_open(&db).await;
        works_afterwards(&db).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_handle_in_another_task_does_not_bring_an_open_transaction_into_the_pool() {
    with_postgres(async |db| {
        for _ in 0..2 * POOL {
            let (hand_over, taken) = oneshot::channel();
            let outcome: Result<()> = db
                .db
                .write(|tx| async move {
                    keeps(&tx, "lost").await?;
                    let _ = hand_over.send(tx);
                    Err(Error::Missing("on purpose".into()))
                })
                .await;
            assert!(outcome.is_err());
            let tx: Tx = taken.await.unwrap();
            assert!(matches!(keeps(&tx, "late").await, Err(Error::Ended)));
        }
        nothing_stays_open(&db).await;
        works_afterwards(&db).await;
    })
    .await;
}

/// Waits until no connection to the database is inside a transaction.
async fn nothing_stays_open(db: &Database) {
    let observer = db.raw_postgres().await;
    let count = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    for _ in 0..LOOKS {
        if observer.query_one(count, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            return;
        }
    }
    panic!("a transaction stayed open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_deadlock_is_a_conflict() {
    with_postgres(async |db| {
        db.write(|tx| async move { keeps(&tx, "a").await.and(keeps(&tx, "b").await) }).await;
        let barrier = Arc::new(tokio::sync::Barrier::new(2));
        let locks = |first: &'static str, second: &'static str| {
            let (store, barrier) = (db.db.clone(), barrier.clone());
            tokio::spawn(async move {
                store
                    .write(move |tx| async move {
                        let change = sql!("UPDATE meta SET value = 'changed' WHERE name = $1");
                        tx.exec(change, args![first]).await?;
                        barrier.wait().await;
                        tx.exec(change, args![second]).await
                    })
                    .await
            })
        };
        let (one, other) = (locks("a", "b"), locks("b", "a"));
        let outcomes: [Result<u64>; 2] = [one.await.unwrap(), other.await.unwrap()];
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().any(|o| matches!(o, Err(e) if e.is_conflict())), "{outcomes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_an_argument_of_the_wrong_type_is_a_clear_error() {
    with_postgres(async |db| {
        let outcome = db.db.write(|tx| async move { tx.exec(sql!("UPDATE meta SET value = $1"), args![5]).await }).await;
        let Err(Error::Statement { place, message }) = outcome else { panic!("{outcome:?}") };
        assert!(place.contains("conformance.rs:") && message.contains("I64") && message.contains("text"), "{place} {message}");
        let outcome = db.db.write(|tx| async move { tx.exec(sql!("DELETE FROM statuses WHERE id = $1"), args!["5"]).await }).await;
        let Err(Error::Statement { message, .. }) = outcome else { panic!("{outcome:?}") };
        assert!(message.contains("TEXT") && message.contains("int8"), "{message}");
        works_afterwards(&db).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_statements_of_one_transaction_may_be_pipelined() {
    with_postgres(async |db| {
        db.write(|tx| async move {
            let (a, b) = (keeps(&tx, "a"), keeps(&tx, "b"));
            futures_util::future::try_join(a, b).await
        })
        .await;
        assert_eq!(kept(&db).await, ["a", "b"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_full_disk_fails_the_whole_group_and_the_database_works_afterwards() {
    with_sqlite(async |db| {
        // The file may not grow by a page: SQLite takes that for a full disk and rolls back by itself.
        db.db.batch("PRAGMA max_page_count = 1".into()).await.unwrap();
        let (first, last) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let outcomes = behind_a_busy_writer(
            &db,
            (0..3).map(|n| {
                let (store, ran) = (db.db.clone(), if n == 0 { first.clone() } else { last.clone() });
                async move {
                    store
                        .write(move |tx| async move {
                            if n == 1 {
                                let big = "x".repeat(1_000_000);
                                return tx.exec(sql!("INSERT INTO meta (name, value) VALUES ('big', $1)"), args![big]).await;
                            }
                            ran.store(true, Ordering::Relaxed);
                            tx.publish(format!("never {n}"));
                            keeps(&tx, &format!("small {n}")).await
                        })
                        .await
                }
            }),
        )
        .await;
        for outcome in &outcomes {
            assert!(matches!(outcome, Err(Error::Storage(_))), "{outcomes:?}");
        }
        assert!(first.load(Ordering::Relaxed), "the first closure had run before the disk was full");
        assert!(!last.load(Ordering::Relaxed), "no closure runs in a group that is lost");
        assert!(db.committed().is_empty());
        db.db.batch("PRAGMA max_page_count = 1000000".into()).await.unwrap();
        assert!(kept(&db).await.is_empty());
        works_afterwards(&db).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_batch_that_fails_leaves_no_transaction_open() {
    with_sqlite(async |db| {
        let failed = db.db.batch("BEGIN IMMEDIATE; INSERT INTO meta VALUES ('half', ''); SELECT nothing; COMMIT;".into()).await;
        assert!(failed.is_err());
        works_afterwards(&db).await;
        assert!(!kept(&db).await.contains(&"half".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_two_readers_read_at_the_same_time() {
    with_sqlite(async |db| {
        let meet = Arc::new(Barrier::new(2));
        let read = || {
            let (store, meet) = (db.db.clone(), meet.clone());
            tokio::spawn(async move {
                store
                    .read(move |r| async move {
                        settings::all(&r).await?;
                        meet.wait();
                        Ok::<_, Error>(())
                    })
                    .await
            })
        };
        let (one, other) = (read(), read());
        one.await.unwrap().unwrap();
        other.await.unwrap().unwrap();
    })
    .await;
}
