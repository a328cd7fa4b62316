-- A row names what one transaction used: digests of 32 bytes, one after the other. Each is remembered as long as the
-- one of them that has to be longest.
ALTER TABLE first_uses RENAME COLUMN digest TO digests;
