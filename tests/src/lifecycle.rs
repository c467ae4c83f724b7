//! Starting, stopping, asking how it goes, and commands with and without a server.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::person::{Answer, Person, text_of};
use crate::pictures::png;
use crate::server::{Server, binary, free_port, on_both_engines};
use crate::wait::{PATIENCE, until};

/// A server that will not start says so within this time.
const REFUSAL_LIMIT: Duration = Duration::from_secs(15);
/// A wrong configuration. Source: sysexits.h, EX_CONFIG.
pub const EXIT_CONFIG: i32 = 78;

on_both_engines![
    an_empty_directory_becomes_a_server_and_stays_one,
    a_stop_under_load_loses_no_acknowledged_post,
    one_data_directory_has_one_server,
    the_healthcheck_tells_whether_a_server_answers,
    commands_work_through_a_running_server,
    commands_work_without_a_server,
    a_token_is_printed_and_nothing_else,
    an_unknown_key_is_refused_with_a_suggestion,
    a_public_domain_needs_the_address_of_its_source,
    plain_http_is_refused_for_a_public_domain,
    health_and_metrics_are_told,
    what_the_server_writes_is_for_its_user_and_group,
    what_others_may_read_is_warned_of,
];

async fn an_empty_directory_becomes_a_server_and_stays_one(mut server: Server) {
    let alice = server.user("alice").await;
    let status = alice.posts("before the restart").await;

    server.restart().await;

    let path = format!("/api/v1/statuses/{}", text_of(&status["id"]));
    assert_eq!(alice.reads(&path).await["content"], "<p>before the restart</p>");
    alice.posts("after the restart").await;
    server.assert_never_panicked();
}

/// The mode of each file and directory below `dir`, itself included; sockets are not looked at.
fn modes(dir: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = vec![(dir.to_owned(), mode(dir))];
    for entry in std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.expect("an entry").path();
        let metadata = std::fs::symlink_metadata(&path).expect("its metadata");
        if metadata.is_dir() {
            found.extend(modes(&path));
        } else if metadata.is_file() {
            found.push((path.clone(), mode(&path)));
        }
    }
    found
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

#[track_caller]
fn assert_closed(dir: &Path) {
    for (path, mode) in modes(dir) {
        assert_eq!(mode & 0o027, 0, "{} has mode {mode:o}", path.display());
        let secret = path.file_name().is_some_and(|name| name == "master_key");
        assert!(!secret || mode == 0o600, "master_key has mode {mode:o}");
    }
}

async fn what_the_server_writes_is_for_its_user_and_group(mut server: Server) {
    let alice = server.user("alice").await;
    alice.uploads(png(1, 32, 24), "a picture").await;
    assert_closed(&server.data_dir());
    server.stop().await;
    assert_closed(&server.data_dir());
    assert!(!server.log().contains("chmod"), "there is nothing to warn of:\n{}", server.log());

    if !server.is_on_sqlite() {
        return;
    }
    // Whatever the shell's umask is, and whether or not the directory is there.
    for (number, before) in [None, Some(0o755), Some(0o777)].into_iter().enumerate() {
        let dir = server.scratch_dir().join(format!("init{number}"));
        if let Some(mode) = before {
            std::fs::create_dir(&dir).expect("a directory");
            set_mode(&dir, mode);
        }
        let made = run_with_umask_0(&["init", "--domain", "init.test", "--email", "owner@mail.test"], &dir);
        assert!(made.status.success() && made.stderr.is_empty(), "{}", String::from_utf8_lossy(&made.stderr));
        assert_closed(&dir);
        assert_eq!(mode(&dir), 0o750);
    }
}

/// The binary with nothing of our environment, in a shell that hides nothing from anybody.
fn run_with_umask_0(args: &[&str], data_dir: &Path) -> Output {
    let mut shell = std::process::Command::new("sh");
    shell.env_clear().args(["-c", "umask 000 && exec \"$@\"", "sh"]).arg(binary()).args(args).arg("--data-dir").arg(data_dir);
    shell.output().expect("the shell runs")
}

async fn what_others_may_read_is_warned_of(mut server: Server) {
    server.stop().await;
    let (dir, lock) = (server.data_dir(), server.data_dir().join("lock"));
    set_mode(&dir, 0o755);
    set_mode(&lock, 0o644);
    let warned = |text: &str| {
        [(&dir, "0755", "750"), (&lock, "0644", "640")].iter().all(|(path, is, wanted)| {
            let path = path.display();
            text.contains(&format!("others may read {path} (mode {is}); run: chmod {wanted} {path}"))
        })
    };

    let listed = server.cli_output(&["accounts", "list"], "");
    let said = String::from_utf8_lossy(&listed.stderr).into_owned();
    assert!(listed.status.success() && warned(&said), "{said}");
    server.serve().await;
    assert!(warned(&server.log()), "{}", server.log());
    server.stop().await;

    set_mode(&dir, 0o750);
    set_mode(&lock, 0o640);
    let listed = server.cli_output(&["accounts", "list"], "");
    let said = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success() && !said.contains("others may"), "{said}");
}

async fn a_stop_under_load_loses_no_acknowledged_post(mut server: Server) {
    const POSTERS: usize = 4;
    const POSTS_BEFORE_STOP: usize = 40;
    let alice = server.user("alice").await;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let posters: Vec<_> = (0..POSTERS).map(|n| tokio::spawn(post_until_refused(alice.clone(), n, acknowledged.clone()))).collect();
    until("some posts are acknowledged", PATIENCE, async || (acknowledged.load(Ordering::Relaxed) >= POSTS_BEFORE_STOP).then_some(())).await;

    server.stop().await;

    let mut ids = Vec::new();
    for poster in posters {
        ids.extend(poster.await.expect("a poster ends well"));
    }
    server.serve().await;
    let kept: Vec<_> = all_ids(&alice).await;
    let lost: Vec<_> = ids.iter().filter(|id| !kept.contains(id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged posts are lost", lost.len(), ids.len());
    server.assert_never_panicked();
}

/// Posts until the server is gone; returns the ids of what was acknowledged.
async fn post_until_refused(person: Person, number: usize, acknowledged: Arc<AtomicUsize>) -> Vec<String> {
    const POSTS_MAX: usize = 20_000;
    let mut ids = Vec::new();
    for count in 0..POSTS_MAX {
        let params = json!({ "status": format!("post {count} of {number}") });
        match person.tries(Method::POST, "/api/v1/statuses", Some(params)).await {
            Some(answer) if answer.status == 200 => ids.push(text_of(&answer.json()["id"])),
            // A server on its way out may say so; it may not fail.
            Some(answer) if answer.status == 503 => return ids,
            Some(answer) => panic!("{}: {}", answer.status, answer.text()),
            None => return ids,
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    ids
}

async fn all_ids(person: &Person) -> Vec<String> {
    let statuses = person.reads_all(&format!("/api/v1/accounts/{}/statuses?limit=40", person.id)).await;
    statuses.iter().map(|status| text_of(&status["id"])).collect()
}

async fn one_data_directory_has_one_server(server: Server) {
    let config = server.config();
    let other_ports = config
        .replace(server.metrics_url.trim_start_matches("http://"), &format!("127.0.0.1:{}", free_port()))
        .replace(&format!("http = [\"{}\"]", server.url.trim_start_matches("http://")), &format!("http = [\"127.0.0.1:{}\"]", free_port()));
    server.configure(&other_ports);

    let (code, said) = refused_start(&server).await;

    assert!(code != 0 && code != 101, "{code}: {said}");
    assert!(said.contains(&server.data_dir().display().to_string()), "it names the directory: {said}");
    assert_eq!(server.status_of("/health").await, 200, "the first server goes on");
}

/// Runs `serve`, which must end by itself, and returns its exit code and what it said.
pub async fn refused_start(server: &Server) -> (i32, String) {
    let mut command = tokio::process::Command::from(server.command(&["serve"]));
    let output = tokio::time::timeout(REFUSAL_LIMIT, command.kill_on_drop(true).output()).await;
    let output = output.expect("the server refuses to start").expect("the binary runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&said).into_owned())
}

async fn the_healthcheck_tells_whether_a_server_answers(mut server: Server) {
    assert_eq!(server.cli_output(&["healthcheck"], "").status.code(), Some(0));

    server.stop().await;

    assert_eq!(server.cli_output(&["healthcheck"], "").status.code(), Some(1));
}

async fn commands_work_through_a_running_server(server: Server) {
    let bob = server.user("bob").await;
    assert!(server.cli(&["accounts", "list"]).contains("bob"));
    assert!(server.cli(&["accounts", "show", "bob"]).contains(&bob.email));
    assert!(server.cli_json(&["accounts", "show", "bob"]).to_string().contains(&bob.email));

    let made = server.cli(&["accounts", "create", "carol", "--email", "carol@mail.test", "--confirmed", "--approve"]);
    assert!(made.trim().len() >= 8, "a password is made and printed: {made}");

    assert!(server.cli(&["accounts", "follow", "bob", "--by", "carol"]).contains("bob: 1 accounts follow it"));
    assert_eq!(server.cli_json(&["accounts", "unfollow", "@bob", "--by", "carol"])["done"], 1);
    assert_eq!(server.cli_output(&["accounts", "follow", "nobody"], "").status.code(), Some(4), "there is nobody to follow");

    let again = server.cli_output(&["accounts", "create", "bob", "--email", "b@mail.test", "--password-stdin"], "12345678\n");
    assert!(!again.status.success(), "a name is taken once");
    assert_eq!(server.cli_output(&["accounts", "show", "nobody"], "").status.code(), Some(4), "not found is 4");
    assert_eq!(server.cli_output(&["accounts", "fly"], "").status.code(), Some(2), "a wrong word is 2");

    server.cli(&["accounts", "modify", "bob", "--disable"]);
    let seen = bob.asks(Method::GET, "/api/v1/accounts/verify_credentials", None).await;
    assert!(matches!(seen.status, 401 | 403), "no cache answers for a disabled user: {}", seen.status);
}

async fn commands_work_without_a_server(mut server: Server) {
    server.stop().await;

    server.cli_with_input(
        &["accounts", "create", "dave", "--email", "dave@mail.test", "--confirmed", "--approve", "--password-stdin"],
        "a long password\n",
    );
    let token = server.token("dave", "read");
    assert!(server.cli(&["accounts", "list"]).contains("dave"));
    server.cli(&["db", "status"]);
    server.cli(&["config", "check"]);

    server.serve().await;
    let request = server.http.get(format!("{}/api/v1/accounts/verify_credentials", server.url)).bearer_auth(token);
    assert_eq!(Answer::of(request).await.expect("an answer").expect(200)["username"], "dave");
}

async fn a_token_is_printed_and_nothing_else(server: Server) {
    server.user("alice").await;

    let printed = server.cli(&["accounts", "token", "alice", "--scopes", "read"]);

    let token = printed.strip_suffix('\n').expect("a line");
    assert!(!token.is_empty() && token.chars().all(|c| c.is_ascii_graphic()), "{printed:?}");
    let unknown = server.cli_output(&["accounts", "token", "alice", "--scopes", "read fly"], "");
    assert!(!unknown.status.success() && unknown.stdout.is_empty(), "no token with a scope that is none");
}

async fn an_unknown_key_is_refused_with_a_suggestion(mut server: Server) {
    server.stop().await;
    server.configure(&server.config().replace("account_domain", "acount_domain"));

    for args in [&["serve"][..], &["config", "check"]] {
        let output = server.cli_output(args, "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(EXIT_CONFIG), "{args:?}: {said}");
        assert!(said.contains("acount_domain") && said.contains("account_domain\""), "{args:?}: {said}");
    }
}

async fn a_public_domain_needs_the_address_of_its_source(server: Server) {
    let dir = server.scratch_dir().join("public");
    let said = |args: &[&str]| {
        let output = run_with_umask_0(args, &dir);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let init = ["init", "--domain", "example.org", "--email", "owner@mail.test"];
    let (code, missing) = said(&init);
    assert_eq!(code, Some(EXIT_CONFIG), "{missing}");
    assert!(missing.contains("server.source_url is missing") && missing.contains("--source-url"), "{missing}");
    assert!(!dir.exists(), "nothing is made");

    assert_eq!(said(&[&init[..], &["--source-url", "https://git.example.org/ferrodon"]].concat()).0, Some(0));
    let file = dir.join("ferrodon.toml");
    let config = std::fs::read_to_string(&file).expect("the configuration");
    assert!(config.contains("source_url = \"https://git.example.org/ferrodon\"\n"), "{config}");
    assert_eq!(said(&["config", "check"]).0, Some(0));
    std::fs::write(&file, config.replace("source_url", "# source_url")).expect("the configuration without it");
    let (code, missing) = said(&["serve"]);
    assert_eq!(code, Some(EXIT_CONFIG), "{missing}");
    assert!(missing.contains("server.source_url is missing") && missing.contains("source_url = \"https://"), "{missing}");
}

async fn plain_http_is_refused_for_a_public_domain(mut server: Server) {
    server.stop().await;
    let check = |domain: &str, public_url: &str, outgoing: &str| {
        let own = server.url.trim_start_matches("http://");
        let config = server.config();
        let config = config
            .replace(&format!("account_domain = \"{own}\""), &format!("account_domain = \"{domain}\""))
            .replace(&format!("public_url = \"{}\"", server.url), &format!("public_url = \"{public_url}\""));
        server.configure(&format!("{config}[outgoing]\n{outgoing}\n"));
        let output = server.cli_output(&["config", "check"], "");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };

    for (domain, public_url, outgoing, key) in [
        ("example.com", "http://example.com", "", "public_url"),
        ("example.com", "https://example.com", "allow_http = true", "allow_http"),
        ("test.example.com", "https://test.example.com", "allow_http = true", "allow_http"),
        ("nottest", "https://nottest", "allow_http = true", "allow_http"),
    ] {
        let (code, said) = check(domain, public_url, outgoing);
        assert_eq!(code, Some(EXIT_CONFIG), "{domain} {public_url} {outgoing}: {said}");
        assert!(said.contains(key), "it names {key}: {said}");
    }
    for domain in ["localhost", "localhost:3000", "192.0.2.7:8080", "a.test", "b.c.internal", "d.localhost:1"] {
        let (code, said) = check(domain, &format!("http://{domain}"), "allow_http = true");
        assert!(matches!(code, Some(0 | 3)), "{domain} is legal, with a warning at most: {code:?} {said}");
    }
}

async fn health_and_metrics_are_told(server: Server) {
    for path in ["/health", "/livez", "/readyz", "/api/v1/streaming/health"] {
        assert_eq!(server.status_of(path).await, 200, "{path}");
    }
    assert_eq!(server.status_of("/metrics").await, 404, "metrics are not for the public");

    let request = server.http.get(format!("{}/metrics", server.metrics_url));
    let metrics = Answer::of(request).await.expect("an answer");

    assert_eq!(metrics.status, 200);
    assert!(metrics.text().lines().any(|line| line.starts_with("ferrodon_")), "{}", metrics.text());
    let echoed: Value = {
        let request = server.http.get(format!("{}/api/v1/instance", server.url));
        let answer = Answer::of(request).await.expect("an answer");
        assert!(!answer.header("x-request-id").is_empty(), "every answer has a request id");
        answer.expect(200)
    };
    assert!(echoed["version"].is_string());
}
