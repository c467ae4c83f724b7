//! What an operator asks of other servers on the command line: what an address leads to, what an account is now, and
//! that people here follow somebody there. Alice is on the other server, bob and carol are here.

use serde_json::{Value, json};

use super::id_of;
use crate::person::{Person, text_of};
use crate::server::{Engine, Server, Site};
use crate::wait::{PATIENCE, until};

struct Operated {
    /// Whose command line is used.
    here: Server,
    there: Server,
    alice: Person,
    alice_uri: String,
    bob: Person,
}

macro_rules! on_each_engine {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Operated::start(super::Engine::Sqlite, super::Engine::Postgres).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Operated::start(super::Engine::Postgres, super::Engine::Sqlite).await).await;
            })+
        }
    };
}

on_each_engine![
    an_address_is_traced_step_by_step_and_nothing_of_it_is_kept,
    an_account_is_asked_for_anew_when_the_operator_wants_it,
    the_operator_has_people_follow_somebody_elsewhere,
];

impl Operated {
    async fn start(here: Engine, there: Engine) -> Self {
        let (here, there) = tokio::join!(Server::start_at(here, Site::new("here.localhost")), Server::start_at(there, Site::new("there.localhost")));
        let (bob, alice) = (here.user("bob").await, there.user("alice").await);
        let alice_uri = text_of(&alice.account(&alice.id).await["uri"]);
        Self { here, there, alice, alice_uri, bob }
    }

    /// Alice's handle, as people here write it.
    fn handle(&self) -> String {
        format!("alice@{}", self.there.domain())
    }

    /// The exit code of a command and what it printed.
    fn ends(&self, args: &[&str]) -> (i32, String) {
        let output = self.here.cli_output(args, "");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().expect("an exit code"), String::from_utf8(said).expect("UTF-8"))
    }

    /// The exit code of a command with `--json` and what it printed.
    fn ends_with_json(&self, args: &[&str]) -> (i32, Value) {
        let output = self.here.cli_output(&[args, &["--json"]].concat(), "");
        (output.status.code().expect("an exit code"), serde_json::from_slice(&output.stdout).expect("JSON, also where it fails"))
    }

    /// A command that fails: its exit code, and what it says with and without `--json`, which is the same.
    #[track_caller]
    fn refuses(&self, args: &[&str], code: i32, words: &str) {
        let (ended, said) = self.ends(args);
        assert!(ended == code && said.contains(words), "{args:?}: {ended}, {said}");
        let (ended, said) = self.ends(&[args, &["--json"]].concat());
        assert!(ended == code && said.contains(words), "{args:?} --json: {ended}, {said}");
    }

    /// Alice as she is known here; nobody is asked.
    async fn alice_here(&self) -> Option<Value> {
        let found = self.bob.reads(&format!("/api/v2/search?type=accounts&q=@{}", self.handle())).await;
        found["accounts"].as_array().and_then(|accounts| accounts.first().cloned())
    }

    async fn alice_is_named(&self, name: &str) {
        let changes = json!({ "display_name": name });
        self.alice.asks(reqwest::Method::PATCH, "/api/v1/accounts/update_credentials", Some(changes)).await.expect(200);
    }

    fn end_well(self) {
        self.here.assert_never_panicked();
        self.there.assert_never_panicked();
    }
}

async fn an_address_is_traced_step_by_step_and_nothing_of_it_is_kept(mut it: Operated) {
    let steps = |traced: &Value| -> Vec<String> { traced["steps"].as_array().into_iter().flatten().map(|step| text_of(&step["step"])).collect() };

    let lines = it.here.cli(&["federation", "trace", &it.alice_uri]);
    assert!(lines.lines().all(|line| line.starts_with("ok   ")), "{lines}");
    assert!(lines.trim_end().ends_with(&format!("would be kept as @{}", it.handle())), "{lines}");
    let traced = it.here.cli_json(&["federation", "trace", &it.alice_uri]);
    assert_eq!((&traced["ok"], &traced["url"]), (&json!(true), &json!(it.alice_uri)));
    assert_eq!(steps(&traced), ["address", "rule", "request", "type", "document", "id", "actor", "key", "webfinger", "account"]);

    let post = it.alice.posts("hello").await;
    let uri = text_of(&post["uri"]);
    let traced = it.here.cli_json(&["federation", "trace", &uri]);
    assert_eq!(steps(&traced), ["address", "rule", "request", "type", "document", "id", "object"]);
    assert!(text_of(&traced["steps"][6]["detail"]).contains(&it.alice_uri), "{traced}");
    assert!(it.alice_here().await.is_none(), "what was traced is not kept");

    let missing = format!("{}/none", it.there.public_url());
    it.refuses(&["federation", "trace", &missing], 3, "answered 404");
    let (code, traced) = it.ends_with_json(&["federation", "trace", &missing]);
    assert_eq!((code, &traced["ok"], steps(&traced).last().map(String::as_str)), (3, &json!(false), Some("request")));
    assert!(it.ends(&["federation", "trace", &missing]).1.contains("FAIL request"));
    it.refuses(&["federation", "trace", "no address"], 3, "not an address");
    it.refuses(&["federation", "trace", &format!("{}/@bob", it.here.public_url())], 3, "never fetched");

    it.here.cli(&["domains", "block", "--severity", "suspend", &it.there.domain()]);
    it.refuses(&["federation", "trace", &it.alice_uri], 3, "blocked here");
    it.here.cli(&["domains", "unblock", &it.there.domain()]);
    it.there.stop().await;
    let (code, printed) = it.ends(&["federation", "trace", &it.alice_uri]);
    assert!(code == 3 && printed.contains("FAIL request"), "{code}: {printed}");
    it.end_well();
}

async fn an_account_is_asked_for_anew_when_the_operator_wants_it(mut it: Operated) {
    let handle = it.handle();
    assert!(it.alice_here().await.is_none());
    let said = it.here.cli(&["accounts", "refresh", &handle]);
    assert!(said.contains(&format!("{handle} is as its server says now")), "{said}");
    assert_ne!(it.alice_here().await.expect("she is known now")["display_name"], "Alice");

    // Nobody here follows her: her server does not say that she has a name now.
    it.alice_is_named("Alice").await;
    assert_eq!(it.here.cli_json(&["accounts", "refresh", &format!("@{handle}")]), json!({ "account": format!("@{handle}"), "problem": null }));
    assert_eq!(it.alice_here().await.expect("she is known")["display_name"], "Alice");

    for (name, which) in [("Alice of there", vec!["--domain", it.there.domain().as_str()]), ("Alice of all", vec!["--all"])] {
        it.alice_is_named(name).await;
        let said = it.here.cli(&[&["accounts", "refresh"], which.as_slice()].concat());
        assert!(said.contains("in the background"), "{said}");
        until("she is asked for in the background", PATIENCE, async || it.alice_here().await.filter(|alice| alice["display_name"] == name).map(drop))
            .await;
    }

    let nobody = format!("nobody@{}", it.there.domain());
    let (code, printed) = it.ends(&["accounts", "refresh", &nobody]);
    assert!(code == 3 && printed.contains(&format!("{nobody} could not be had")), "{code}: {printed}");
    assert_eq!(it.ends(&["accounts", "refresh", "bob"]).0, 4, "who is here is not asked for elsewhere");
    assert_eq!(it.ends(&["accounts", "refresh", "--domain", "no domain"]).0, 65);
    assert_eq!(it.ends(&["accounts", "refresh"]).0, 2, "whom?");
    it.there.stop().await;
    let (code, answer) = it.ends_with_json(&["accounts", "refresh", &handle]);
    assert!(code == 3 && answer["problem"].is_string(), "{code}: {answer}");
    assert_eq!(it.alice_here().await.expect("she is still known")["display_name"], "Alice of all");
    it.end_well();
}

async fn the_operator_has_people_follow_somebody_elsewhere(mut it: Operated) {
    let handle = it.handle();
    let carol = it.here.user("carol").await;
    let said = it.here.cli(&["accounts", "follow", &handle, "--by", "bob"]);
    assert!(said.contains(&format!("{handle}: 1 accounts follow it, or have asked to")), "{said}");
    let alice_here = id_of(&it.alice_here().await.expect("she was looked for"));
    it.bob.is_to(&alice_here, json!({ "following": true, "requested": false })).await;
    carol.is_to(&alice_here, json!({ "following": false, "requested": false })).await;
    let post = it.alice.posts("hello").await;
    until("bob reads what she posts", PATIENCE, async || {
        let home = it.bob.reads("/api/v1/timelines/home").await;
        home.as_array().into_iter().flatten().any(|status| status["uri"] == post["uri"]).then_some(())
    })
    .await;

    let all = it.here.cli_json(&["accounts", "follow", &handle]);
    assert_eq!(all, json!({ "id": alice_here, "done": 2, "refused": 0, "refused_names": [] }));
    carol.is_to(&alice_here, json!({ "following": true, "requested": false })).await;
    until("her server counts both", PATIENCE, async || (it.alice.account(&it.alice.id).await["followers_count"] == 2).then_some(())).await;

    // Who has blocked her does not follow her, and is named.
    carol.does_to_account("block", &alice_here).await;
    let all = it.here.cli_json(&["accounts", "follow", &format!("@{handle}")]);
    assert_eq!(all, json!({ "id": alice_here, "done": 1, "refused": 1, "refused_names": ["carol"] }));
    carol.does_to_account("unblock", &alice_here).await;

    let said = it.here.cli(&["accounts", "unfollow", &handle]);
    assert!(said.contains("2 accounts do not follow it any more"), "{said}");
    it.bob.is_to(&alice_here, json!({ "following": false, "requested": false })).await;
    until("her server counts nobody", PATIENCE, async || (it.alice.account(&it.alice.id).await["followers_count"] == 0).then_some(())).await;

    let nobody = format!("nobody@{}", it.there.domain());
    it.refuses(&["accounts", "follow", &nobody], 4, &nobody);
    it.refuses(&["accounts", "follow", &handle, "--by", "dave"], 4, "dave");
    it.there.stop().await;
    let unknown = format!("somebody@{}", it.there.domain());
    it.refuses(&["accounts", "follow", &unknown], 69, &unknown);
    it.end_well();
}
