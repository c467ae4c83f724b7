-- Polls, edits, pins and statuses of tomorrow.

ALTER TABLE statuses ADD COLUMN poll_id {I64};
ALTER TABLE statuses ADD COLUMN quote_approval_policy {I64} NOT NULL DEFAULT 0;

ALTER TABLE media_attachments ADD COLUMN scheduled_status_id {I64};
ALTER TABLE media_attachments ADD COLUMN former_status_id {I64};
CREATE INDEX media_attachments_scheduled ON media_attachments (scheduled_status_id) WHERE scheduled_status_id IS NOT NULL;
CREATE INDEX media_attachments_former ON media_attachments (former_status_id) WHERE former_status_id IS NOT NULL;

CREATE TABLE polls (
  id {ID},
  status_id {I64} NOT NULL,
  account_id {I64} NOT NULL,
  multiple {BOOL} NOT NULL,
  hide_totals {BOOL} NOT NULL DEFAULT FALSE,
  expires_at {I64},
  votes_count {I64} NOT NULL DEFAULT 0,
  voters_count {I64},
  last_fetched_at {I64}
) {STRICT};
CREATE UNIQUE INDEX polls_status ON polls (status_id);

CREATE TABLE poll_options (
  poll_id {I64} NOT NULL,
  position {I64} NOT NULL,
  title {TEXT} NOT NULL,
  votes_count {I64} NOT NULL DEFAULT 0,
  PRIMARY KEY (poll_id, position)
) {STRICT_WITHOUT_ROWID};

CREATE TABLE poll_votes (
  id {ID},
  poll_id {I64} NOT NULL,
  account_id {I64} NOT NULL,
  choice {I64} NOT NULL,
  uri {TEXT}
) {STRICT};
CREATE UNIQUE INDEX poll_votes_choice ON poll_votes (poll_id, account_id, choice);
CREATE INDEX poll_votes_account ON poll_votes (account_id);

CREATE TABLE status_edits (
  id {ID},
  status_id {I64} NOT NULL,
  account_id {I64},
  text {TEXT} NOT NULL,
  content {TEXT} NOT NULL,
  spoiler_text {TEXT} NOT NULL,
  sensitive {BOOL},
  media {TEXT},
  poll_options {TEXT},
  created_at {I64} NOT NULL
) {STRICT};
CREATE INDEX status_edits_status ON status_edits (status_id, id);

CREATE TABLE status_pins (
  id {ID},
  account_id {I64} NOT NULL,
  status_id {I64} NOT NULL,
  created_at {I64} NOT NULL
) {STRICT};
CREATE UNIQUE INDEX status_pins_pair ON status_pins (account_id, status_id);
CREATE INDEX status_pins_status ON status_pins (status_id);

CREATE TABLE scheduled_statuses (
  id {ID},
  account_id {I64} NOT NULL,
  scheduled_at {I64} NOT NULL,
  params {TEXT} NOT NULL
) {STRICT};
CREATE INDEX scheduled_statuses_account ON scheduled_statuses (account_id, scheduled_at);
CREATE INDEX scheduled_statuses_due ON scheduled_statuses (scheduled_at);
