-- Moderators and admins see feeds that are shut to others, as on Mastodon; roles that somebody changed stay.
UPDATE roles SET permissions = permissions + 1048576 WHERE (id = 1 AND permissions = 1308) OR (id = 2 AND permissions = 1048572);
