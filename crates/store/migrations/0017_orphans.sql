-- Answers to what is gone answer nothing any more; whom they answered stays known.
UPDATE statuses SET in_reply_to_id = NULL
 WHERE in_reply_to_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM statuses p WHERE p.id = statuses.in_reply_to_id);
