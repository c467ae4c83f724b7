//! A real browser at the pages: with and without scripts, by keyboard alone, on a phone, from right to left. What is
//! looked at is in `clients/python/browser.py`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, OOB};
use crate::clients::{python, run};
use crate::person::Person;
use crate::pictures;
use crate::server::{Server, on_both_engines};

on_both_engines![
    a_browser_signs_in_and_consents,
    a_browser_without_scripts_signs_in_and_consents,
    a_keyboard_is_enough_to_sign_in_and_consent,
    the_pages_are_readable_on_a_phone_and_in_other_scripts,
    public_pages_fit_small_windows_and_both_colour_schemes,
];

async fn a_browser_signs_in_and_consents(server: Server) {
    look(&server, "scripts").await;
}

async fn a_browser_without_scripts_signs_in_and_consents(server: Server) {
    look(&server, "no-scripts").await;
}

async fn a_keyboard_is_enough_to_sign_in_and_consent(server: Server) {
    look(&server, "keyboard").await;
}

async fn the_pages_are_readable_on_a_phone_and_in_other_scripts(server: Server) {
    look(&server, "reading").await;
}

async fn public_pages_fit_small_windows_and_both_colour_schemes(server: Server) {
    let picture = server.scratch_dir().join("blobcat.png");
    std::fs::write(&picture, pictures::png(3, 64, 64)).expect("a picture");
    server.cli(&["emojis", "import", &picture.display().to_string()]);
    server.cli(&["rules", "add", "Be kind to each other", "--hint", "Nobody is a means to an end."]);
    server.cli(&["rules", "add", "Say what pictures show"]);
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let pages = things_to_see(&server, &alice, &bob).await;
    look_as(&server, &alice, "public", &pages).await;
}

/// A profile and posts of every kind that a page shows; names and paths.
async fn things_to_see(server: &Server, alice: &Person, bob: &Person) -> Value {
    let long = "donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
    let profile = json!({
        "display_name": format!("Alice :blobcat: {}", &long[..12]),
        "note": format!("I write about ships :blobcat: and {long}.\n\nhttps://example.org/{}", "a/long/path/".repeat(12)),
        "fields_attributes": [{ "name": ":blobcat: home", "value": format!("https://example.org/{long}") }, { "name": "pronouns", "value": "she" }],
    });
    alice.asks(Method::PATCH, "/api/v1/accounts/update_credentials", Some(profile)).await.expect(200);
    let picture = alice.uploads(pictures::png(5, 640, 320), "a gradient").await;
    let warned = json!({ "status": "behind it :blobcat:", "spoiler_text": ":blobcat: ships", "media_ids": [picture["id"]], "sensitive": true });
    let warned = alice.posts_with(warned).await;
    let options = ["a :blobcat: short one", "many more words than fit into one line of a phone", "third"];
    let poll = json!({ "status": format!("Which of these? #ships {long}"), "poll": { "options": options, "expires_in": 3600, "multiple": true } });
    let poll = alice.posts_with(poll).await;
    let votes = format!("/api/v1/polls/{}/votes", poll["poll"]["id"].as_str().expect("an id"));
    bob.asks(Method::POST, &votes, Some(json!({ "choices": [0, 1] }))).await.expect(200);
    let picture = bob.uploads(pictures::png(9, 320, 640), "tall").await;
    let other = bob.uploads(pictures::png(8, 640, 320), "wide").await;
    let answer = json!({ "status": "@alice the second :blobcat:", "in_reply_to_id": poll["id"], "media_ids": [picture["id"], other["id"]] });
    bob.posts_with(answer).await;
    bob.follows(alice).await;
    alice.does(&format!("/api/v1/statuses/{}/reblog", bob.posts("a ship :blobcat: #ships").await["id"].as_str().expect("an id"))).await;
    let page = |status: &Value| status["url"].as_str().expect("a page").strip_prefix(&server.url).expect("one of ours").to_owned();
    json!([
        ["profile", "/@alice"],
        ["poll", page(&poll)],
        ["warned", page(&warned)],
        ["tag", "/tags/ships"],
        ["tag-empty", "/tags/nothing"],
        ["followers", "/@alice/followers"],
        ["home", "/"],
        ["about", "/about"],
        ["sign-up", "/auth/sign_up"],
        ["source", "/source"],
        ["missing", "/@nobody"],
        ["sign-out-nobody", "/auth/sign_out"],
    ])
}

async fn look(server: &Server, scenario: &str) {
    let alice = server.user("alice").await;
    look_as(server, &alice, scenario, &json!([])).await;
}

async fn look_as(server: &Server, alice: &Person, scenario: &str, pages: &Value) {
    let app = App::register(server, OOB, "read write follow push").await;
    let mut command = python("browser.py");
    command.arg(scenario).env("PAGES", pages.to_string()).env("AUTHORIZE_URL", app.authorize_url("read write follow push", &[]));
    command.env("ALICE_EMAIL", &alice.email).env("ALICE_PASSWORD", &alice.password);
    run(server, command).await;
}
