-- Profiles with pictures, and how people come in: applications for an account, one-time tokens by mail.

ALTER TABLE accounts ADD COLUMN avatar_media_id {I64};
ALTER TABLE accounts ADD COLUMN header_media_id {I64};
ALTER TABLE accounts ADD COLUMN avatar_description {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN header_description {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN attribution_domains {TEXT} NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN mentions {TEXT} NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN
  show_media {BOOL} NOT NULL DEFAULT TRUE
;
ALTER TABLE accounts ADD COLUMN
  show_media_replies {BOOL} NOT NULL DEFAULT TRUE
;
ALTER TABLE accounts ADD COLUMN
  show_featured {BOOL} NOT NULL DEFAULT TRUE
;

ALTER TABLE users ADD COLUMN invite_request {TEXT};
ALTER TABLE users ADD COLUMN created_by_application_id {I64};
ALTER TABLE users ADD COLUMN sign_up_ip {TEXT};
CREATE INDEX users_unconfirmed ON users (created_at) WHERE confirmed_at IS NULL;

CREATE TABLE user_tokens (
  token_hash {BLOB} PRIMARY KEY NOT NULL,
  user_id {I64} NOT NULL,
  purpose {TEXT} NOT NULL,
  created_at {I64} NOT NULL,
  expires_at {I64} NOT NULL
) {STRICT_WITHOUT_ROWID};
CREATE INDEX user_tokens_user ON user_tokens (user_id, purpose);
CREATE INDEX user_tokens_expiry ON user_tokens (expires_at);

-- The codes of somebody who is signed out everywhere go too.
CREATE INDEX oauth_grants_user ON oauth_grants (user_id);
