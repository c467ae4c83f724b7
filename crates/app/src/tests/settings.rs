//! Settings: changed for good, unless the configuration holds them fast.

use store::audit_log::Origin;

use super::problems;
use crate::instance::change_setting::set;
use crate::settings::Registrations;
use crate::stories;
use crate::testing::{Engine, World};

stories! {
    async fn a_setting_is_changed_for_this_process_and_the_next(world: World) {
        assert_eq!((world.app.settings.get("site_title"), world.app.settings.registrations()), ("Ferrodon".into(), Registrations::Closed));
        set(&world.app, Origin::Cli, "site_title", "Here".into()).await.unwrap();
        set(&world.app, Origin::Cli, "registrations_mode", "open".into()).await.unwrap();
        assert_eq!((world.app.settings.get("site_title"), world.app.settings.registrations()), ("Here".into(), Registrations::Open));
        let next = world.opened_again().await;
        assert_eq!((next.settings.get("site_title"), next.settings.registrations()), ("Here".into(), Registrations::Open));
    }

    async fn the_domain_and_the_master_key_are_those_of_the_first_start(world: World) {
        let other_domain = refusal(&world, |options| options.urls.account_domain = "there.test".into()).await;
        assert!(other_domain.contains("\"there.test\"") && other_domain.contains("\"here.test\""), "{other_domain}");
        let other_key = refusal(&world, |options| options.master_key = crate::secrets::MasterKey::new(&[8; 32]).unwrap()).await;
        assert!(other_key.contains("master_key"), "{other_key}");
    }
}

async fn pinned(engine: Engine) {
    let world = World::with(engine, |options| drop(options.pinned.insert("registrations_mode".into(), "approved".into()))).await;
    assert_eq!(world.app.settings.registrations(), Registrations::Approved);
    let tried = set(&world.app, Origin::Cli, "registrations_mode", "open".into()).await;
    assert_eq!(problems(tried.unwrap_err()), ["error-setting-pinned"]);
    assert_eq!(world.app.settings.registrations(), Registrations::Approved);
    set(&world.app, Origin::Cli, "site_title", "Here".into()).await.unwrap();
}

#[tokio::test]
async fn a_pinned_setting_stays_on_sqlite() {
    pinned(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_pinned_setting_stays_on_postgres() {
    pinned(Engine::Postgres).await;
}

/// Opens a server on the database of `world` after `change`; returns what went wrong.
async fn refusal(world: &World, change: impl FnOnce(&mut crate::Options)) -> String {
    let mut options = world.app.options.clone();
    change(&mut options);
    let Err(error) = crate::start::open(options, false).await else { panic!("it opened") };
    error.to_string()
}
