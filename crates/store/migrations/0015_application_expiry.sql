-- When an application that nobody uses is removed; NULL for those that a person has used, which are kept.
ALTER TABLE oauth_applications ADD COLUMN expires_at {I64};
CREATE INDEX oauth_applications_expiry ON oauth_applications (expires_at) WHERE expires_at IS NOT NULL;
