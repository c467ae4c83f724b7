//! What a client gets instead of what it asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The body of every error.
///
/// Source: docs.joinmastodon.org/entities/Error/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A sentence; for OAuth a code such as `invalid_grant`.
    pub error: String,
    /// The sentence, for OAuth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// What is wrong with which attribute, for forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<BTreeMap<String, Vec<ErrorDetail>>>,
}

impl ErrorBody {
    /// A body with only the sentence.
    pub fn new(error: impl Into<String>) -> ErrorBody {
        ErrorBody { error: error.into(), ..ErrorBody::default() }
    }
}

/// One thing that is wrong with an attribute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// A code such as `ERR_TAKEN`.
    pub error: String,
    pub description: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn most_errors_are_one_sentence() {
        check(ErrorBody::new("Record not found"), json!({ "error": "Record not found" }));
    }

    #[test]
    fn oauth_errors_are_a_code_and_a_sentence() {
        check(
            ErrorBody { error_description: Some("Unknown code".into()), ..ErrorBody::new("invalid_grant") },
            json!({ "error": "invalid_grant", "error_description": "Unknown code" }),
        );
    }

    #[test]
    fn form_errors_name_the_attribute() {
        let taken = ErrorDetail { error: "ERR_TAKEN".into(), description: "is taken".into() };
        check(
            ErrorBody { details: Some(BTreeMap::from([("username".into(), vec![taken])])), ..ErrorBody::new("Validation failed") },
            json!({
                "error": "Validation failed",
                "details": {
                    "username": [{ "error": "ERR_TAKEN", "description": "is taken" }],
                },
            }),
        );
    }
}
