//! Whose key it is: each way in which a key could pass for that of somebody else.

use app::testing::HOUR_MS;

use super::*;

fn suspension() -> Block {
    Block {
        severity: Severity::Suspend,
        reject_media: false,
        reject_reports: false,
        private_comment: String::new(),
        public_comment: String::new(),
        obfuscate: false,
    }
}

fn keyed(key_id: &str, owner: &str, key: &TestKey) -> Value {
    json!({ "@context": "https://w3id.org/security/v1", "id": key_id, "type": "Key", "owner": owner, "publicKeyPem": key.public_pem })
}

impl Inboxes {
    /// An actor who lists a key of its own.
    fn lists(&self, person: &RemotePerson, key_id: &str, key: &TestKey) {
        let mut actor = person.actor();
        actor["publicKey"] = json!({ "id": key_id, "owner": person.uri, "publicKeyPem": key.public_pem });
        self.others.serves(&person.uri, Page::activity(&actor));
    }
}

stories! {
    async fn a_key_is_of_an_actor_of_its_own_server(it: Inboxes) {
        let (eve, key) = (it.others.person("evil", "eve"), TestKey::rsa());
        let key_id = it.others.url("keys", "/key");
        // At the key's address is the key of somebody of another server, who even lists it.
        it.others.serves(&key_id, Page::activity(&keyed(&key_id, &eve.uri, &key)));
        it.lists(&eve, &key_id, &key);
        is_unproven(&it.delivery_with(&key, &key_id, Dialect::Cavage, &like(&eve, "/likes/1")).await);
        assert_eq!(it.times_fetched(&eve.uri), 0, "nobody is asked for what another server says");
        // The same by way of a redirect to the actor itself.
        let moved = it.others.url("keys", "/moved");
        it.lists(&eve, &moved, &key);
        it.others.serves(&moved, Page::redirect(&eve.uri));
        is_unproven(&it.delivery_with(&key, &moved, Dialect::Cavage, &like(&eve, "/likes/2")).await);
        // The holder that is named has an id of another server.
        let (stub, home) = (it.others.url("evil", "/key"), it.others.url("evil", "/stub"));
        it.others.serves(&stub, Page::activity(&keyed(&stub, &home, &key)));
        let mut posing = it.bob.actor();
        posing["publicKey"] = json!({ "id": stub, "owner": it.bob.uri, "publicKeyPem": key.public_pem });
        it.others.serves(&home, Page::activity(&posing));
        is_unproven(&it.delivery_with(&key, &stub, Dialect::Cavage, &like(&it.bob, "/likes/3")).await);
        assert_eq!(it.recorded().await, 0);
    }

    async fn a_key_that_its_owner_gives_to_another_is_the_owners_alone(it: Inboxes) {
        let (eve, key) = (it.others.person("a", "eve"), TestKey::rsa());
        let key_id = eve.at("#second");
        it.lists(&eve, &key_id, &key);
        assert_eq!(it.delivery_with(&key, &key_id, Dialect::Cavage, &like(&eve, "/likes/1")).await.status, 202);
        assert_eq!(it.recorded().await, 1);
        // A good signature of eve's: what it says in bob's name is not done.
        for activity in [like(&it.bob, "/likes/2"), it.bob.activity("Delete", "/d/1", it.bob.uri.as_str()), it.bob.activity("Undo", "/u/1", it.bob.at("/likes/1"))] {
            it.delivery_with(&key, &key_id, Dialect::Cavage, &activity).await;
        }
        assert_eq!(it.recorded().await, 1);
    }

    async fn a_known_key_is_of_no_use_once_its_server_is_blocked(it: Inboxes) {
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 202);
        domains::block(&it.site.world.app, Origin::System, &it.bob.domain, suspension()).await.unwrap();
        it.site.world.drain_jobs().await;
        let refused = it.delivery(&it.bob, &like(&it.bob, "/likes/2")).await;
        assert_eq!((refused.status, it.recorded().await), (403, 1));
    }

    async fn a_blocked_handle_is_refused_whatever_server_its_actor_lives_on(it: Inboxes) {
        // Eve's handle is on one domain, her actor and her key are on another.
        let eve = RemotePerson { domain: it.others.domain("names"), username: "eve".into(), uri: it.others.url("actors", "/users/eve") };
        let key_free = eve.actor();
        it.others.serves(&eve.uri, Page::activity(&key_free));
        it.others.serves(&eve.webfinger_url(), Page::of("application/jrd+json", eve.webfinger().to_string()));
        let at_actors = RemotePerson { domain: it.others.domain("actors"), ..eve.clone() };
        it.others.serves(&at_actors.webfinger_url(), Page::of("application/jrd+json", eve.webfinger().to_string()));
        assert_eq!(it.delivery(&eve, &like(&eve, "/likes/1")).await.status, 202);
        for (blocked, number) in [("names", 2), ("actors", 3)] {
            let domain = it.others.domain(blocked);
            domains::block(&it.site.world.app, Origin::System, &domain, suspension()).await.unwrap();
            assert_eq!(it.delivery(&eve, &like(&eve, &format!("/likes/{number}"))).await.status, 403, "{blocked}");
            domains::unblock(&it.site.world.app, Origin::System, &domain).await.unwrap();
        }
    }

    async fn a_parsed_key_is_read_again_after_ten_minutes(it: Inboxes) {
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/1")).await.status, 202);
        // The row changes without a word, as another node's writing that was not heard.
        let newer = TestKey::rsa();
        app::testing::replace_key(&it.site.world, &it.bob.key_id(), &newer.public_pem).await;
        it.site.world.advance(10 * MINUTE_MS - 1);
        assert_eq!(it.delivery(&it.bob, &like(&it.bob, "/likes/2")).await.status, 202, "as it is remembered");
        it.site.world.advance(1);
        assert_eq!(it.delivery_with(&newer, &it.bob.key_id(), Dialect::Cavage, &like(&it.bob, "/likes/3")).await.status, 202);
        assert_eq!(it.recorded().await, 3);
    }

    async fn only_the_end_of_an_actor_itself_is_taken_unseen(it: Inboxes) {
        let (stranger, other) = (it.others.person("b", "stranger"), it.others.person("b", "other"));
        for kind in ["Delete", "Update"] {
            assert_eq!(it.delivery(&stranger, &stranger.activity(kind, "/x", stranger.uri.as_str())).await.status, 202);
        }
        assert_eq!((it.times_fetched(&stranger.uri), it.recorded().await), (0, 0));
        assert_eq!(it.delivery(&stranger, &stranger.activity("Delete", "/y", other.uri.as_str())).await.status, 202);
        assert_eq!((it.times_fetched(&stranger.uri), it.recorded().await), (1, 1), "of another's end it is asked who says so");
    }

    async fn a_signature_is_of_now_to_the_hour(it: Inboxes) {
        let body = like(&it.bob, "/likes/1").to_string();
        let at = async |ms: i64| {
            let headers = it.bob.signed("POST", INBOX, Some(body.as_bytes()), it.now() + ms);
            it.post("/inbox", body.as_bytes(), &headers).await.status
        };
        assert_eq!((at(HOUR_MS + 1000).await, at(-HOUR_MS - 5 * MINUTE_MS - 1000).await), (401, 401));
        assert_eq!((at(HOUR_MS).await, at(-HOUR_MS - 5 * MINUTE_MS).await), (202, 202));
    }
}
