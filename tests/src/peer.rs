//! A server of another make, from `peers/fedify`: one actor, bob, who does what the tests tell him to and
//! keeps a record of every activity he is sent.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clients::wanted;
use crate::person::{Answer, text_of};
use crate::server::{Site, client, free_port};
use crate::wait::{PATIENCE, until};

pub struct Fedify {
    pub site: Site,
    control: String,
    http: Client,
    child: Child,
    dir: TempDir,
}

impl Fedify {
    /// Starts it at this name under `localhost` and waits until it listens.
    pub async fn start(name: &str) -> Self {
        let (site, control_port, dir) = (Site::new(name), free_port(), tempfile::tempdir().expect("a temporary directory"));
        let log = File::create(dir.path().join("peer.log")).expect("a log");
        let mut command = Command::new(wanted("FERRODON_CLIENTS_NODE"));
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/fedify/server.mjs"));
        command.env("PEER_DOMAIN", site.domain()).env("PEER_CONTROL_PORT", control_port.to_string());
        command.env("PEER_CERT_FILE", &site.certificate().cert_file).env("PEER_KEY_FILE", &site.certificate().key_file);
        command.env("PEER_MODULES", wanted("FERRODON_PEERS_NODE_MODULES"));
        command.env("NODE_EXTRA_CA_CERTS", site.certificate().authority.ca_file()).env("NO_PROXY", "*");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log again")).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut peer = Self { site, control: format!("http://127.0.0.1:{control_port}"), http: client(), child, dir };
        until("the peer listens", PATIENCE, async || {
            let ended = peer.child.try_wait().expect("the peer's state");
            assert!(ended.is_none(), "the peer ended at its start: {ended:?}");
            peer.http.get(format!("{}/record", peer.control)).send().await.ok().map(drop)
        })
        .await;
        peer
    }

    /// As in `@bob@fedify.localhost:1234`.
    pub fn handle(&self) -> String {
        format!("bob@{}", self.site.domain())
    }

    pub fn actor(&self) -> String {
        format!("https://{}/users/bob", self.site.domain())
    }

    /// Has bob do something, see `peers/fedify/acts.mjs`; what he made. Panics when it does not succeed, as when
    /// a server did not take the activity.
    pub async fn does(&self, act: &str, params: Value) -> Value {
        let request = self.http.post(format!("{}/acts/{act}", self.control)).json(&params);
        let answer = Answer::of(request).await.unwrap_or_else(|error| panic!("the peer's act {act}: {error}"));
        assert_eq!(answer.status, 200, "the peer's act {act} with {params}: {}", answer.text());
        answer.json()
    }

    /// The address of a new note of his.
    pub async fn posts(&self, params: Value) -> String {
        text_of(&self.does("post", params).await["note"])
    }

    pub async fn follows(&self, address: &str) -> String {
        text_of(&self.does("follow", json!({ "address": address })).await["id"])
    }

    /// All he was sent, in its order.
    pub async fn record(&self) -> Vec<Value> {
        let answer = Answer::of(self.http.get(format!("{}/record", self.control))).await.expect("the record");
        match answer.expect(200) {
            Value::Array(record) => record,
            other => panic!("the record is {other}"),
        }
    }

    /// Waits until he has been sent an activity of this type that `wanted` accepts.
    pub async fn receives(&self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(&format!("the peer receives {kind}"), PATIENCE, async || {
            self.record().await.into_iter().find(|entry| entry["type"] == kind && wanted(&entry["activity"])).map(|entry| entry["activity"].clone())
        })
        .await
    }
}

impl Drop for Fedify {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- what the peer said ---\n{}", fs::read_to_string(self.dir.path().join("peer.log")).unwrap_or_default());
        }
    }
}

/// Two of them agree with one another, so that what fails between them and us is a finding.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_peer_federates_with_its_like() {
    let (one, two) = (Fedify::start("one.peers.localhost").await, Fedify::start("two.peers.localhost").await);

    one.follows(&format!("@{}", two.handle())).await;
    two.receives("Follow", |follow| follow["actor"] == one.actor()).await;
    one.receives("Accept", |accept| accept["actor"] == two.actor()).await;
    let note = two.posts(json!({ "text": "<p>hello</p>", "mention": format!("@{}", one.handle()) })).await;
    let create = one.receives("Create", |create| create["object"]["id"] == note).await;
    assert_eq!(create["object"]["content"], "<p>hello</p>");
    one.does("like", json!({ "object": note })).await;
    two.receives("Like", |like| like["object"] == note).await;
}
