-- Lists with their members and feeds, and the hashtags people follow.

CREATE TABLE lists (
  id {ID},
  account_id {I64} NOT NULL,
  title {TEXT} NOT NULL,
  replies_policy {I64} NOT NULL DEFAULT 0,
  exclusive {BOOL} NOT NULL DEFAULT FALSE
) {STRICT};
CREATE INDEX lists_account ON lists (account_id, id);

CREATE TABLE list_accounts (
  id {ID},
  list_id {I64} NOT NULL,
  account_id {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX list_accounts_pair ON list_accounts (list_id, account_id);
CREATE INDEX list_accounts_account ON list_accounts (account_id, list_id);

CREATE TABLE list_feed (
  list_id {I64} NOT NULL,
  status_id {I64} NOT NULL,
  reblog_of {I64},
  PRIMARY KEY (list_id, status_id)
) {STRICT_WITHOUT_ROWID};

CREATE TABLE tag_follows (
  id {ID},
  account_id {I64} NOT NULL,
  tag_id {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX tag_follows_pair ON tag_follows (account_id, tag_id);
CREATE INDEX tag_follows_tag ON tag_follows (tag_id, account_id);
CREATE INDEX tag_follows_account ON tag_follows (account_id, id);

CREATE TABLE tag_uses (
  tag_id {I64} NOT NULL,
  day {I64} NOT NULL,
  account_id {I64} NOT NULL,
  uses {I64} NOT NULL,
  PRIMARY KEY (tag_id, day, account_id)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX tag_uses_day ON tag_uses (day);

CREATE TABLE feed_rebuilds (
  account_id {I64} PRIMARY KEY NOT NULL,
  id {I64} NOT NULL,
  finished_at {I64}
) {STRICT};

CREATE INDEX follows_notify ON follows (target_account_id, account_id) WHERE notify = TRUE;
