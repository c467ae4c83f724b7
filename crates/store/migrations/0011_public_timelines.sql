-- The public timelines show no answers to others, and the local one nothing from elsewhere: on a server that
-- mostly receives, the index of all public statuses led through thousands of them for a page.
DROP INDEX statuses_public;
CREATE INDEX statuses_public ON statuses (id)
  WHERE visibility = 0 AND reblog_of_id IS NULL AND deleted_at IS NULL AND (reply = FALSE OR in_reply_to_account_id = account_id);
CREATE INDEX statuses_public_local ON statuses (id)
  WHERE local = TRUE AND visibility = 0 AND reblog_of_id IS NULL AND deleted_at IS NULL AND (reply = FALSE OR in_reply_to_account_id = account_id);
