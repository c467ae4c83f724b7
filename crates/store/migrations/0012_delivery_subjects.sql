-- What an activity is about: what one actor says about one thing reaches a host in its order.
ALTER TABLE delivery_bodies ADD COLUMN subject {TEXT} NOT NULL DEFAULT '';
DROP INDEX delivery_bodies_actor;
CREATE INDEX delivery_bodies_subject ON delivery_bodies (actor_account_id, subject, id);
DROP INDEX deliveries_body;
CREATE INDEX deliveries_body ON deliveries (body_id, domain);
