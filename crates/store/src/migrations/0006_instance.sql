-- Which instance of its client a family belongs to, beside its body: the index read it out of the JSON of every new row.
ALTER TABLE families ADD COLUMN instance TEXT;
UPDATE families SET instance = json_extract(body, '$.instance') WHERE json_extract(body, '$.instance') IS NOT NULL;
DROP INDEX families_of_instance;
CREATE INDEX families_of_instance ON families (client_id || ' ' || instance) WHERE instance IS NOT NULL;
