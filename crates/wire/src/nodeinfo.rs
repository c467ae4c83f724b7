//! NodeInfo: what a server of the fediverse says of itself to crawlers. Source: nodeinfo.diaspora.software

use serde::{Deserialize, Serialize};

/// Begins the names of the formats; the version follows.
const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/";

/// The document of version 2.0 or 2.1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
    pub version: String,
    pub software: Software,
    pub protocols: Vec<String>,
    pub services: Services,
    pub usage: Usage,
    pub open_registrations: bool,
    pub metadata: Metadata,
}

/// `repository` and `homepage` are in version 2.1 only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Software {
    pub name: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
}

/// Other networks that posts come from and go to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Services {
    pub outbound: Vec<String>,
    pub inbound: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub users: Users,
    pub local_posts: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Users {
    pub total: i64,
    pub active_month: i64,
    #[serde(rename = "activeHalfyear")]
    pub active_half_year: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub node_name: String,
    pub node_description: String,
}

/// Where the documents are: `/.well-known/nodeinfo`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub rel: String,
    pub href: String,
}

impl Discovery {
    /// Names the documents `{base}/nodeinfo/{version}`.
    pub fn of(base: &str, versions: &[&str]) -> Discovery {
        let link = |version: &&str| Link { rel: format!("{SCHEMA}{version}"), href: format!("{base}/nodeinfo/{version}") };
        Discovery { links: versions.iter().map(link).collect() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_is_described_in_the_words_of_the_schema() {
        let info = NodeInfo { version: "2.0".into(), protocols: vec!["activitypub".into()], ..NodeInfo::default() };
        assert_eq!(
            serde_json::to_value(&info).unwrap(),
            json!({
                "version": "2.0",
                "software": { "name": "", "version": "" },
                "protocols": ["activitypub"],
                "services": { "outbound": [], "inbound": [] },
                "usage": { "users": { "total": 0, "activeMonth": 0, "activeHalfyear": 0 }, "localPosts": 0 },
                "openRegistrations": false,
                "metadata": { "nodeName": "", "nodeDescription": "" },
            })
        );
        assert_eq!(serde_json::from_value::<NodeInfo>(serde_json::to_value(&info).unwrap()).unwrap(), info);
    }

    #[test]
    fn the_documents_are_found_by_their_schemas() {
        let found = serde_json::to_value(Discovery::of("https://a.test", &["2.0"])).unwrap();
        let link = json!({ "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "https://a.test/nodeinfo/2.0" });
        assert_eq!(found, json!({ "links": [link] }));
    }
}
