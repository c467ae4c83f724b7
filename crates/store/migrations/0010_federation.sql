-- Other servers: where their actors live, whose keys they are, what came from them and what goes to them.

ALTER TABLE accounts ADD COLUMN inbox_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN shared_inbox_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN outbox_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN followers_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN following_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN featured_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN avatar_remote_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN header_remote_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN also_known_as {TEXT} NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN moved_to_account_id {I64};
ALTER TABLE accounts ADD COLUMN suspension_origin {I64};
ALTER TABLE accounts ADD COLUMN fetched_at {I64};
ALTER TABLE accounts ADD COLUMN emojis {TEXT} NOT NULL DEFAULT '[]';
CREATE INDEX accounts_url ON accounts (url) WHERE url IS NOT NULL;

ALTER TABLE keypairs ADD COLUMN uri {TEXT};
CREATE UNIQUE INDEX keypairs_uri ON keypairs (uri) WHERE uri IS NOT NULL;

ALTER TABLE statuses ADD COLUMN emojis {TEXT} NOT NULL DEFAULT '[]';
-- It answers something, known here or not.
ALTER TABLE statuses ADD COLUMN
  reply {BOOL} NOT NULL DEFAULT FALSE
;
UPDATE statuses SET reply = TRUE WHERE in_reply_to_id IS NOT NULL;
CREATE INDEX statuses_conversation ON statuses (conversation_id, id) WHERE conversation_id IS NOT NULL;
ALTER TABLE favourites ADD COLUMN uri {TEXT};
ALTER TABLE favourites ADD COLUMN reaction {TEXT};

CREATE INDEX follows_uri ON follows (uri) WHERE uri IS NOT NULL;
CREATE INDEX follow_requests_uri ON follow_requests (uri) WHERE uri IS NOT NULL;
CREATE INDEX blocks_uri ON blocks (uri) WHERE uri IS NOT NULL;
CREATE INDEX favourites_uri ON favourites (uri, account_id) WHERE uri IS NOT NULL;
CREATE UNIQUE INDEX conversations_uri ON conversations (uri) WHERE uri IS NOT NULL;

ALTER TABLE media_attachments ADD COLUMN thumbnail_remote_url {TEXT} NOT NULL DEFAULT '';
ALTER TABLE media_attachments ADD COLUMN meta {TEXT} NOT NULL DEFAULT '{}';
ALTER TABLE media_files ADD COLUMN last_used_at {I64};
ALTER TABLE media_files ADD COLUMN source {TEXT};
CREATE INDEX media_files_last_used ON media_files (last_used_at) WHERE last_used_at IS NOT NULL;

CREATE TABLE hosts (
  domain {TEXT} PRIMARY KEY NOT NULL,
  software {TEXT} NOT NULL DEFAULT '',
  software_version {TEXT} NOT NULL DEFAULT '',
  signature_dialect {I64} NOT NULL DEFAULT 0,
  next_try_at {I64},
  lease_until {I64},
  leased_by {TEXT},
  failures {I64} NOT NULL DEFAULT 0,
  failing_days {I64} NOT NULL DEFAULT 0,
  last_failed_day {I64},
  last_success_at {I64},
  unavailable_at {I64},
  first_seen_at {I64} NOT NULL
) {STRICT_WITHOUT_ROWID};

CREATE INDEX hosts_due ON hosts (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX accounts_shared_inbox ON accounts (shared_inbox_url) WHERE shared_inbox_url <> '';
CREATE INDEX accounts_inbox ON accounts (inbox_url) WHERE inbox_url <> '';

CREATE TABLE delivery_bodies (
  id {ID},
  actor_account_id {I64} NOT NULL,
  activity_uri {TEXT} NOT NULL,
  body {TEXT} NOT NULL,
  distributing {BOOL} NOT NULL DEFAULT FALSE,
  created_at {I64} NOT NULL
) {STRICT};
CREATE INDEX delivery_bodies_age ON delivery_bodies (created_at);
CREATE INDEX delivery_bodies_actor ON delivery_bodies (actor_account_id);
CREATE INDEX delivery_bodies_distributing ON delivery_bodies (actor_account_id, id) WHERE distributing = TRUE;

CREATE TABLE deliveries (
  id {ID},
  body_id {I64} NOT NULL,
  domain {TEXT} NOT NULL,
  inboxes {TEXT} NOT NULL,
  attempts {I64} NOT NULL DEFAULT 0,
  next_try_at {I64} NOT NULL,
  last_error {TEXT},
  created_at {I64} NOT NULL,
  dead_at {I64}
) {STRICT};
CREATE INDEX deliveries_due ON deliveries (domain, next_try_at, id) WHERE dead_at IS NULL;
CREATE INDEX deliveries_body ON deliveries (body_id);
CREATE INDEX deliveries_dead ON deliveries (dead_at) WHERE dead_at IS NOT NULL;

CREATE TABLE received_activities (
  actor_uri {TEXT} NOT NULL,
  activity_uri {TEXT} NOT NULL,
  received_at {I64} NOT NULL,
  PRIMARY KEY (actor_uri, activity_uri)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX received_activities_age ON received_activities (received_at);

-- What was undone or deleted before it came: the late original is dropped.
CREATE TABLE withdrawn_activities (
  actor_uri {TEXT} NOT NULL,
  uri {TEXT} NOT NULL,
  withdrawn_at {I64} NOT NULL,
  PRIMARY KEY (actor_uri, uri)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX withdrawn_activities_age ON withdrawn_activities (withdrawn_at);

CREATE TABLE tombstones (
  uri {TEXT} PRIMARY KEY NOT NULL,
  account_id {I64},
  by_moderator {BOOL} NOT NULL DEFAULT FALSE,
  created_at {I64} NOT NULL
) {STRICT_WITHOUT_ROWID};
CREATE INDEX tombstones_account ON tombstones (account_id);

CREATE TABLE domain_blocks (
  id {ID},
  domain {TEXT} NOT NULL,
  severity {I64} NOT NULL,
  reject_media {BOOL} NOT NULL DEFAULT FALSE,
  reject_reports {BOOL} NOT NULL DEFAULT FALSE,
  private_comment {TEXT} NOT NULL DEFAULT '',
  public_comment {TEXT} NOT NULL DEFAULT '',
  obfuscate {BOOL} NOT NULL DEFAULT FALSE,
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX domain_blocks_domain ON domain_blocks (domain);

CREATE TABLE domain_allows (
  id {ID},
  domain {TEXT} NOT NULL,
  created_at {I64} NOT NULL,
  withdrawn_at {I64}
) {STRICT};
CREATE UNIQUE INDEX domain_allows_domain ON domain_allows (domain);
