-- When a server was last to be asked what it runs.
ALTER TABLE hosts ADD COLUMN software_checked_at {I64};
