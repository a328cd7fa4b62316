-- What the mitigations keep: signs of misuse by crossing, limits that outlive a restart, and devices that are trusted.

-- A restart asks for the lately recorded, an explanation for those of one crossing.
CREATE INDEX security_events_by_at ON security_events (at);
CREATE INDEX security_events_of_crossing ON security_events (crossing) WHERE crossing IS NOT NULL;

-- When a bucket of tries will be full again. `key` is a keyed digest of who tries: the row names nobody.
CREATE TABLE rate_buckets (
    limiter TEXT NOT NULL,
    key     INTEGER NOT NULL,
    full_at INTEGER NOT NULL,
    PRIMARY KEY (limiter, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_buckets_by_full_at ON rate_buckets (full_at);

-- Consumption devices that were registered in advance, or proved themselves once.
CREATE TABLE trusted_devices (
    id             TEXT NOT NULL PRIMARY KEY,
    client_id      TEXT NOT NULL,
    name           TEXT NOT NULL,
    kind           TEXT,
    jwk_thumbprint BLOB,
    certificate    BLOB,
    body           TEXT NOT NULL,
    compliance     TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    last_used_at   INTEGER,
    revoked_at     INTEGER
) STRICT;
CREATE INDEX trusted_devices_by_jwk_thumbprint ON trusted_devices (jwk_thumbprint) WHERE jwk_thumbprint IS NOT NULL;
CREATE INDEX trusted_devices_by_certificate ON trusted_devices (certificate) WHERE certificate IS NOT NULL;
CREATE INDEX trusted_devices_of_client ON trusted_devices (client_id);
-- What a device collected, so that revoking it needs no look at every family.
CREATE INDEX families_of_instance ON families (client_id || ' ' || json_extract(body, '$.instance'))
    WHERE json_extract(body, '$.instance') IS NOT NULL;

-- What a yes takes, and the number, stood in the part that only requests have which are sent to people. Those that wait at
-- this moment must not become easier to answer.
UPDATE journal SET event = json_set(event, '$.initiated.verification', json_extract(event, '$.initiated.backchannel.verification'))
    WHERE CASE WHEN json_valid(event) THEN json_extract(event, '$.initiated.backchannel.verification') IS NOT NULL END;
UPDATE journal SET event = json_set(event, '$.initiated.context',
        json_object('number', json(json_extract(event, '$.initiated.backchannel.number'))))
    WHERE CASE WHEN json_valid(event) THEN json_extract(event, '$.initiated.backchannel.number') IS NOT NULL END;
