//! Rules: what may be one, and what is written down of a change.

use store::{RuleId, audit_log};

use super::problems;
use crate::rules::{Change, add, edit, list, remove};
use crate::testing::World;
use crate::{Origin, stories};

stories! {
    async fn a_rule_has_words_and_not_too_many(world: World) {
        let tried = async |text: &str, hint: &str| add(&world.app, Origin::Cli, text, hint, None).await.map_err(problems);
        assert_eq!(tried(" ", "").await.unwrap_err(), ["invalid-text-blank"]);
        assert_eq!(tried(&"x".repeat(301), "").await.unwrap_err(), ["invalid-text-too-long"]);
        assert_eq!(tried("x", &"x".repeat(2001)).await.unwrap_err(), ["invalid-text-too-long"]);
        for number in 0..100 {
            tried(&number.to_string(), "").await.unwrap();
        }
        assert_eq!(tried("one more", "").await.unwrap_err(), ["error-rule-limit"]);
        let texts: Vec<String> = list(&world.app).await.unwrap().into_iter().map(|rule| rule.rule.text).collect();
        assert_eq!(texts, (0..100).map(|number| number.to_string()).collect::<Vec<_>>(), "each behind the others");
    }

    async fn a_change_keeps_what_it_does_not_name(world: World) {
        let id = add(&world.app, Origin::Cli, "Be kind", "Always", Some(7)).await.unwrap();
        let change = async |change: Change| edit(&world.app, Origin::Cli, id, change).await.map_err(problems);
        change(Change { text: Some("Be nice".into()), ..Change::default() }).await.unwrap();
        let de = Some("de-AT".to_owned());
        assert_eq!(change(Change { hint: Some("Immer".into()), language: de.clone(), ..Change::default() }).await.unwrap_err(), ["invalid-text-blank"]);
        change(Change { text: Some("Sei nett".into()), language: de.clone(), ..Change::default() }).await.unwrap();
        change(Change { hint: Some("Immer".into()), language: de, ..Change::default() }).await.unwrap();
        assert_eq!(change(Change { text: Some("x".into()), language: Some("xx".into()), ..Change::default() }).await.unwrap_err(), ["invalid-language"]);
        let rule = list(&world.app).await.unwrap().pop().unwrap();
        assert_eq!((rule.rule.text.as_str(), rule.rule.hint.as_str(), rule.rule.priority), ("Be nice", "Always", 7));
        let german = &rule.translations["de"];
        assert_eq!((german.text.as_str(), german.hint.as_str()), ("Sei nett", "Immer"));
        remove(&world.app, Origin::Cli, id).await.unwrap();
        for gone in [remove(&world.app, Origin::Cli, id).await, edit(&world.app, Origin::Cli, RuleId(1), Change::default()).await] {
            assert_eq!(problems(gone.unwrap_err()), ["error-no-rule"]);
        }
        let log = world.read(|r| async move { Ok(audit_log::list(&r, 9).await?) }).await;
        assert_eq!(log.iter().filter(|entry| entry.action.starts_with("rule.")).count(), 5);
    }
}
