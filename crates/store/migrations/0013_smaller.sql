-- What nobody reads. A file's name says its hash.
ALTER TABLE blobs DROP COLUMN hash;
