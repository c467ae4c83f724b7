-- A code that is used again revokes the token that was given for it.
ALTER TABLE oauth_grants ADD COLUMN used_at {I64};
ALTER TABLE oauth_grants ADD COLUMN token_id {I64};
