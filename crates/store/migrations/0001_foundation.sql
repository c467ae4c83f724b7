-- The tables of the first stage. Times are milliseconds UTC; JSON is TEXT; the local domain is ''.
-- docs/schema.md tells each table's purpose and what Mastodon calls it.

CREATE TABLE meta (
  name {TEXT} PRIMARY KEY NOT NULL,
  value {TEXT} NOT NULL
) {STRICT};

CREATE TABLE secrets (
  name {TEXT} PRIMARY KEY NOT NULL,
  sealed {BLOB} NOT NULL,
  created_at {I64} NOT NULL
) {STRICT};

CREATE TABLE settings (
  name {TEXT} PRIMARY KEY NOT NULL,
  value {TEXT} NOT NULL,
  updated_at {I64} NOT NULL
) {STRICT};

CREATE TABLE audit_log (
  id {ID},
  actor_kind {TEXT} NOT NULL,
  actor_account_id {I64},
  action {TEXT} NOT NULL,
  target {TEXT} NOT NULL,
  detail {TEXT} NOT NULL,
  created_at {I64} NOT NULL
) {STRICT};

CREATE TABLE leases (
  name {TEXT} PRIMARY KEY NOT NULL,
  owner {TEXT} NOT NULL,
  held_until {I64} NOT NULL
) {STRICT};

CREATE TABLE jobs (
  id {ID},
  kind {TEXT} NOT NULL,
  payload {TEXT} NOT NULL,
  lane {I64} NOT NULL,
  run_at {I64} NOT NULL,
  attempts {I64} NOT NULL DEFAULT 0,
  lease {I64},
  unique_key {TEXT},
  request_id {TEXT},
  last_error {TEXT},
  created_at {I64} NOT NULL,
  dead_at {I64}
) {STRICT};
CREATE INDEX jobs_due ON jobs (lane, run_at) WHERE dead_at IS NULL;
CREATE INDEX jobs_dead ON jobs (dead_at) WHERE dead_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) WHERE unique_key IS NOT NULL;

CREATE TABLE accounts (
  id {ID},
  username {TEXT} NOT NULL,
  username_key {TEXT} NOT NULL,
  domain {TEXT} NOT NULL DEFAULT '',
  id_scheme {I64} NOT NULL DEFAULT 1,
  uri {TEXT} NOT NULL,
  url {TEXT},
  actor_type {I64} NOT NULL DEFAULT 0,
  display_name {TEXT} NOT NULL DEFAULT '',
  note {TEXT} NOT NULL DEFAULT '',
  fields {TEXT} NOT NULL DEFAULT '[]',
  locked {BOOL} NOT NULL DEFAULT FALSE,
  discoverable {BOOL},
  indexable {BOOL} NOT NULL DEFAULT FALSE,
  hide_collections {BOOL},
  memorial {BOOL} NOT NULL DEFAULT FALSE,
  silenced_at {I64},
  sensitized_at {I64},
  suspended_at {I64},
  created_at {I64} NOT NULL,
  updated_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX accounts_handle ON accounts (username_key, domain);
CREATE UNIQUE INDEX accounts_uri ON accounts (uri);

CREATE TABLE account_stats (
  account_id {I64} PRIMARY KEY NOT NULL,
  statuses_count {I64} NOT NULL DEFAULT 0,
  following_count {I64} NOT NULL DEFAULT 0,
  followers_count {I64} NOT NULL DEFAULT 0,
  last_status_at {I64}
) {STRICT};

CREATE TABLE keypairs (
  id {ID},
  account_id {I64} NOT NULL,
  kind {I64} NOT NULL,
  fragment {TEXT} NOT NULL,
  public_key {TEXT} NOT NULL,
  sealed_private_key {BLOB},
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX keypairs_fragment ON keypairs (account_id, fragment);

CREATE TABLE roles (
  id {ID},
  name {TEXT} NOT NULL,
  color {TEXT} NOT NULL DEFAULT '',
  position {I64} NOT NULL DEFAULT 0,
  permissions {I64} NOT NULL DEFAULT 0,
  highlighted {BOOL} NOT NULL DEFAULT FALSE,
  created_at {I64} NOT NULL
) {STRICT};

CREATE TABLE users (
  id {ID},
  account_id {I64} NOT NULL,
  email {TEXT} NOT NULL,
  password_hash {TEXT} NOT NULL,
  confirmed_at {I64},
  approved {BOOL} NOT NULL DEFAULT TRUE,
  disabled {BOOL} NOT NULL DEFAULT FALSE,
  role_id {I64},
  locale {TEXT},
  time_zone {TEXT},
  settings {TEXT} NOT NULL DEFAULT '{}',
  last_active_at {I64},
  created_at {I64} NOT NULL,
  updated_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX users_email ON users (email);
CREATE UNIQUE INDEX users_account ON users (account_id);

CREATE TABLE sessions (
  id {ID},
  user_id {I64} NOT NULL,
  token_hash {BLOB} NOT NULL,
  ip {TEXT} NOT NULL,
  user_agent {TEXT} NOT NULL,
  created_at {I64} NOT NULL,
  expires_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE oauth_applications (
  id {ID},
  name {TEXT} NOT NULL,
  website {TEXT},
  redirect_uris {TEXT} NOT NULL,
  scopes {TEXT} NOT NULL,
  client_id {TEXT} NOT NULL,
  secret_hash {BLOB} NOT NULL,
  superapp {BOOL} NOT NULL DEFAULT FALSE,
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX oauth_applications_client ON oauth_applications (client_id);

CREATE TABLE oauth_grants (
  id {ID},
  application_id {I64} NOT NULL,
  user_id {I64} NOT NULL,
  code_hash {BLOB} NOT NULL,
  redirect_uri {TEXT} NOT NULL,
  scopes {TEXT} NOT NULL,
  code_challenge {TEXT},
  created_at {I64} NOT NULL,
  expires_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX oauth_grants_code ON oauth_grants (code_hash);
CREATE INDEX oauth_grants_expiry ON oauth_grants (expires_at);

CREATE TABLE oauth_tokens (
  id {ID},
  application_id {I64} NOT NULL,
  user_id {I64},
  token_hash {BLOB} NOT NULL,
  scopes {TEXT} NOT NULL,
  created_at {I64} NOT NULL,
  last_used_at {I64},
  revoked_at {I64}
) {STRICT};
CREATE UNIQUE INDEX oauth_tokens_token ON oauth_tokens (token_hash);
CREATE INDEX oauth_tokens_owner ON oauth_tokens (user_id, application_id);
CREATE INDEX oauth_tokens_revoked ON oauth_tokens (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE conversations (
  id {ID},
  uri {TEXT},
  created_at {I64} NOT NULL
) {STRICT};

CREATE TABLE statuses (
  id {ID},
  account_id {I64} NOT NULL,
  uri {TEXT} NOT NULL,
  url {TEXT},
  local {BOOL} NOT NULL,
  text {TEXT} NOT NULL,
  content {TEXT} NOT NULL,
  spoiler_text {TEXT} NOT NULL DEFAULT '',
  sensitive {BOOL} NOT NULL DEFAULT FALSE,
  visibility {I64} NOT NULL,
  language {TEXT},
  in_reply_to_id {I64},
  in_reply_to_account_id {I64},
  reblog_of_id {I64},
  conversation_id {I64},
  application_id {I64},
  created_at {I64} NOT NULL,
  edited_at {I64},
  deleted_at {I64}
) {STRICT};
CREATE UNIQUE INDEX statuses_remote_uri ON statuses (uri) WHERE local = FALSE;
CREATE INDEX statuses_account ON statuses (account_id, id);
CREATE INDEX statuses_public ON statuses (id) WHERE visibility = 0 AND reblog_of_id IS NULL AND deleted_at IS NULL;
CREATE INDEX statuses_replies ON statuses (in_reply_to_id, id) WHERE in_reply_to_id IS NOT NULL;
CREATE UNIQUE INDEX statuses_reblog ON statuses (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX statuses_deleted ON statuses (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE status_stats (
  status_id {I64} PRIMARY KEY NOT NULL,
  replies_count {I64} NOT NULL DEFAULT 0,
  reblogs_count {I64} NOT NULL DEFAULT 0,
  favourites_count {I64} NOT NULL DEFAULT 0
) {STRICT};

CREATE TABLE mentions (
  status_id {I64} NOT NULL,
  account_id {I64} NOT NULL,
  silent {BOOL} NOT NULL DEFAULT FALSE,
  PRIMARY KEY (status_id, account_id)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX mentions_account ON mentions (account_id, status_id);

CREATE TABLE tags (
  id {ID},
  name {TEXT} NOT NULL,
  display_name {TEXT} NOT NULL,
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX tags_name ON tags (name);

CREATE TABLE status_tags (
  status_id {I64} NOT NULL,
  tag_id {I64} NOT NULL,
  PRIMARY KEY (status_id, tag_id)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX status_tags_tag ON status_tags (tag_id, status_id);

CREATE TABLE media_attachments (
  id {ID},
  account_id {I64} NOT NULL,
  status_id {I64},
  position {I64} NOT NULL DEFAULT 0,
  kind {I64} NOT NULL,
  processing {I64} NOT NULL,
  description {TEXT},
  blurhash {TEXT},
  focus_x {I64},
  focus_y {I64},
  remote_url {TEXT} NOT NULL DEFAULT '',
  created_at {I64} NOT NULL
) {STRICT};
CREATE INDEX media_attachments_status ON media_attachments (status_id, position) WHERE status_id IS NOT NULL;
CREATE INDEX media_attachments_loose ON media_attachments (created_at) WHERE status_id IS NULL;
CREATE INDEX media_attachments_account ON media_attachments (account_id, status_id);

CREATE TABLE blobs (
  id {ID},
  hash {BLOB} NOT NULL,
  size {I64} NOT NULL,
  backend {TEXT} NOT NULL,
  key {TEXT} NOT NULL,
  mime {TEXT} NOT NULL,
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX blobs_key ON blobs (backend, key);

CREATE TABLE media_files (
  media_id {I64} NOT NULL,
  variant {TEXT} NOT NULL,
  blob_id {I64} NOT NULL,
  width {I64},
  height {I64},
  PRIMARY KEY (media_id, variant)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX media_files_blob ON media_files (blob_id);

CREATE TABLE favourites (
  id {ID},
  account_id {I64} NOT NULL,
  status_id {I64} NOT NULL,
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX favourites_pair ON favourites (account_id, status_id);
CREATE INDEX favourites_account ON favourites (account_id, id);
CREATE INDEX favourites_status ON favourites (status_id, id);

CREATE TABLE bookmarks (
  id {ID},
  account_id {I64} NOT NULL,
  status_id {I64} NOT NULL,
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX bookmarks_pair ON bookmarks (account_id, status_id);
CREATE INDEX bookmarks_account ON bookmarks (account_id, id);
CREATE INDEX bookmarks_status ON bookmarks (status_id);

CREATE TABLE follows (
  id {ID},
  account_id {I64} NOT NULL,
  target_account_id {I64} NOT NULL,
  show_reblogs {BOOL} NOT NULL DEFAULT TRUE,
  notify {BOOL} NOT NULL DEFAULT FALSE,
  languages {TEXT},
  uri {TEXT},
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX follows_pair ON follows (account_id, target_account_id);
CREATE INDEX follows_account ON follows (account_id, id);
CREATE INDEX follows_target ON follows (target_account_id, id);
CREATE INDEX follows_fan_out ON follows (target_account_id, account_id);

CREATE TABLE home_feed (
  account_id {I64} NOT NULL,
  status_id {I64} NOT NULL,
  reblog_of {I64},
  PRIMARY KEY (account_id, status_id)
) {STRICT_WITHOUT_ROWID};

CREATE TABLE notifications (
  id {ID},
  account_id {I64} NOT NULL,
  from_account_id {I64} NOT NULL,
  kind {TEXT} NOT NULL,
  status_id {I64},
  activity_id {I64} NOT NULL,
  group_key {TEXT},
  filtered {BOOL} NOT NULL DEFAULT FALSE,
  created_at {I64} NOT NULL
) {STRICT};
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE UNIQUE INDEX notifications_cause ON notifications (account_id, from_account_id, kind, activity_id);
CREATE INDEX notifications_status ON notifications (status_id) WHERE status_id IS NOT NULL;

CREATE TABLE idempotency_keys (
  account_id {I64} NOT NULL,
  key {TEXT} NOT NULL,
  status_id {I64} NOT NULL,
  created_at {I64} NOT NULL,
  PRIMARY KEY (account_id, key)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

INSERT INTO roles (id, name, color, position, permissions, highlighted, created_at) VALUES
  (-99, '', '', -1, 65536, FALSE, 0),
  (1, 'Moderator', '', 10, 1308, TRUE, 0),
  (2, 'Admin', '', 100, 1048572, TRUE, 0),
  (3, 'Owner', '', 1000, 1, TRUE, 0);
