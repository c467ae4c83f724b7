-- What people are to each other besides following, and the threads they do not want to hear of.

CREATE TABLE follow_requests (
  id {ID},
  account_id {I64} NOT NULL,
  target_account_id {I64} NOT NULL,
  show_reblogs {BOOL} NOT NULL DEFAULT TRUE,
  notify {BOOL} NOT NULL DEFAULT FALSE,
  languages {TEXT},
  uri {TEXT},
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX follow_requests_pair ON follow_requests (account_id, target_account_id);
CREATE INDEX follow_requests_target ON follow_requests (target_account_id, id);

CREATE TABLE blocks (
  id {ID},
  account_id {I64} NOT NULL,
  target_account_id {I64} NOT NULL,
  uri {TEXT},
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX blocks_pair ON blocks (account_id, target_account_id);
CREATE INDEX blocks_target ON blocks (target_account_id, account_id);
CREATE INDEX blocks_account ON blocks (account_id, id);

CREATE TABLE mutes (
  id {ID},
  account_id {I64} NOT NULL,
  target_account_id {I64} NOT NULL,
  hide_notifications {BOOL} NOT NULL DEFAULT TRUE,
  expires_at {I64},
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX mutes_pair ON mutes (account_id, target_account_id);
CREATE INDEX mutes_account ON mutes (account_id, id);
CREATE INDEX mutes_target ON mutes (target_account_id);
CREATE INDEX mutes_expiry ON mutes (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE account_domain_blocks (
  id {ID},
  account_id {I64} NOT NULL,
  domain {TEXT} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX account_domain_blocks_pair ON account_domain_blocks (account_id, domain);
CREATE INDEX account_domain_blocks_domain ON account_domain_blocks (domain, account_id);

CREATE TABLE conversation_mutes (
  account_id {I64} NOT NULL,
  conversation_id {I64} NOT NULL,
  PRIMARY KEY (account_id, conversation_id)
) {STRICT_WITHOUT_ROWID};

CREATE TABLE account_notes (
  account_id {I64} NOT NULL,
  target_account_id {I64} NOT NULL,
  comment {TEXT} NOT NULL,
  PRIMARY KEY (account_id, target_account_id)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX account_notes_target ON account_notes (target_account_id);

