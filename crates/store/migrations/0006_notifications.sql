-- How far people have read, where to push, and what finds a group of notifications or a sender's.

CREATE TABLE markers (
  user_id {I64} NOT NULL,
  timeline {TEXT} NOT NULL,
  last_read_id {I64} NOT NULL,
  version {I64} NOT NULL,
  updated_at {I64} NOT NULL,
  PRIMARY KEY (user_id, timeline)
) {STRICT_WITHOUT_ROWID};

CREATE TABLE web_push_subscriptions (
  id {ID},
  token_id {I64} NOT NULL,
  user_id {I64} NOT NULL,
  endpoint {TEXT} NOT NULL,
  key_p256dh {TEXT} NOT NULL,
  sealed_key_auth {BLOB} NOT NULL,
  standard {BOOL} NOT NULL,
  policy {TEXT} NOT NULL,
  alerts {TEXT} NOT NULL,
  failed_at {I64}
) {STRICT};
CREATE UNIQUE INDEX web_push_subscriptions_token ON web_push_subscriptions (token_id);
CREATE INDEX web_push_subscriptions_user ON web_push_subscriptions (user_id, id);

CREATE INDEX notifications_group ON notifications (account_id, group_key, id) WHERE group_key IS NOT NULL;
CREATE INDEX notifications_sender ON notifications (account_id, from_account_id, id);
CREATE INDEX notifications_from ON notifications (from_account_id);
