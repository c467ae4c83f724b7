//! Between servers, over HTTPS, as people and their clients see it: each act on one side is waited for on
//! the other, in its API, in its user stream and, of a server of another make, in its own record.
//!
//! `pair` is two of ours, one on SQLite and one on PostgreSQL, in both directions; `fedify` is one of ours,
//! on either, with a server of another make; `command_line` is what an operator asks of other servers.

mod command_line;
mod fedify;
mod pair;

use reqwest::Method;
use serde_json::{Value, json};

use crate::live::Live;
use crate::person::{Person, text_of};
use crate::wait::{PATIENCE, until};

impl Person {
    /// The account that a handle or an address leads to, resolved if need be.
    async fn finds(&self, address: &str) -> Value {
        self.search(address, "accounts").await
    }

    /// The status at an address.
    async fn finds_status(&self, address: &str) -> Value {
        self.search(address, "statuses").await
    }

    async fn search(&self, address: &str, kind: &str) -> Value {
        let params = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", address).append_pair("type", kind).finish();
        let found = self.reads(&format!("/api/v2/search?resolve=true&{params}")).await;
        match found[kind].as_array().map(Vec::as_slice) {
            Some([one]) => one.clone(),
            _ => panic!("{} does not find {address}: {found}", self.name),
        }
    }

    async fn account(&self, id: &str) -> Value {
        self.reads(&format!("/api/v1/accounts/{id}")).await
    }

    async fn relationship(&self, id: &str) -> Value {
        self.reads(&format!("/api/v1/accounts/relationships?id[]={id}")).await[0].clone()
    }

    /// Waits until the relationship to an account has these values.
    async fn is_to(&self, id: &str, wanted: Value) {
        until(&format!("the relationship of {} is {wanted}", self.name), PATIENCE, async || {
            let relationship = self.relationship(id).await;
            let fits = wanted.as_object().is_some_and(|wanted| wanted.iter().all(|(key, value)| relationship[key] == *value));
            fits.then_some(())
        })
        .await;
    }

    async fn status(&self, id: &str) -> Value {
        self.reads(&format!("/api/v1/statuses/{id}")).await
    }

    /// Waits until a status counts this many of what `key` names.
    async fn counts(&self, id: &str, key: &str, wanted: u64) {
        until(&format!("{} of a status is {wanted} for {}", key, self.name), PATIENCE, async || (self.status(id).await[key] == wanted).then_some(()))
            .await;
    }

    /// Waits until a status cannot be seen any more.
    async fn misses(&self, id: &str) {
        let path = format!("/api/v1/statuses/{id}");
        until(&format!("a status is gone for {}", self.name), PATIENCE, async || {
            (self.asks(Method::GET, &path, None).await.status == 404).then_some(())
        })
        .await;
    }

    async fn edits(&self, id: &str, text: &str) -> Value {
        self.asks(Method::PUT, &format!("/api/v1/statuses/{id}"), Some(json!({ "status": text }))).await.expect(200)
    }

    /// A verb of statuses, such as `reblog`.
    async fn does_to_status(&self, verb: &str, id: &str) -> Value {
        self.does(&format!("/api/v1/statuses/{id}/{verb}")).await
    }

    /// A verb of accounts, such as `follow`.
    async fn does_to_account(&self, verb: &str, id: &str) -> Value {
        self.does(&format!("/api/v1/accounts/{id}/{verb}")).await
    }

    /// New followers have to be let in.
    async fn locks(&self) {
        self.asks(Method::PATCH, "/api/v1/accounts/update_credentials", Some(json!({ "locked": true }))).await.expect(200);
    }
}

impl Live {
    /// Waits for a notification of this type; others before it are passed over.
    async fn notifies(&mut self, kind: &str) -> Value {
        loop {
            let notification = self.next("notification").await;
            if notification["type"] == kind {
                return notification;
            }
        }
    }
}

fn id_of(entity: &Value) -> String {
    text_of(&entity["id"])
}
