//! A real browser at the sign-in and consent pages: with and without scripts, by keyboard alone, on a
//! phone, from right to left. What is looked at is in `clients/python/browser.py`.

use crate::app::{App, OOB};
use crate::clients::{python, run};
use crate::server::{Server, on_both_engines};

on_both_engines![
    a_browser_signs_in_and_consents,
    a_browser_without_scripts_signs_in_and_consents,
    a_keyboard_is_enough_to_sign_in_and_consent,
    the_pages_are_readable_on_a_phone_and_in_other_scripts,
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

async fn look(server: &Server, scenario: &str) {
    let alice = server.user("alice").await;
    let app = App::register(server, OOB, "read write follow push").await;
    let mut command = python("browser.py");
    command.arg(scenario).env("AUTHORIZE_URL", app.authorize_url("read write follow push", &[]));
    command.env("ALICE_EMAIL", &alice.email).env("ALICE_PASSWORD", &alice.password);
    run(server, command).await;
}
