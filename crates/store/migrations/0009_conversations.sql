-- Inboxes of direct messages: a row per owner, thread and exact set of other people, with its messages.

CREATE TABLE account_conversations (
  id {ID},
  account_id {I64} NOT NULL,
  conversation_id {I64} NOT NULL,
  participants {TEXT} NOT NULL,
  last_status_id {I64},
  unread {BOOL} NOT NULL DEFAULT FALSE
) {STRICT};
CREATE UNIQUE INDEX account_conversations_thread ON account_conversations (account_id, conversation_id, participants);
CREATE INDEX account_conversations_list ON account_conversations (account_id, last_status_id);
CREATE INDEX account_conversations_conversation ON account_conversations (conversation_id);

CREATE TABLE account_conversation_statuses (
  account_conversation_id {I64} NOT NULL,
  status_id {I64} NOT NULL,
  PRIMARY KEY (account_conversation_id, status_id)
) {STRICT_WITHOUT_ROWID};
CREATE INDEX account_conversation_statuses_status ON account_conversation_statuses (status_id);
