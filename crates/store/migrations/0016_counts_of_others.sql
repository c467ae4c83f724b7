-- What a status's own server counts. NULL: it does not say, and what is known here counts.
ALTER TABLE status_stats ADD COLUMN untrusted_reblogs_count {I64};
ALTER TABLE status_stats ADD COLUMN untrusted_favourites_count {I64};
