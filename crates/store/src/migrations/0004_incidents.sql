-- Incidents, shared signals, and what a content filter counts.

-- One misuse, from its discovery to its end. `containing_since` stands from the moment containment begins until all of it is
-- done, so that a crash half-way is found again.
CREATE TABLE incidents (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    cause            TEXT NOT NULL,
    state            TEXT NOT NULL,
    response         TEXT NOT NULL,
    opened_at        INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL,
    containing_since INTEGER,
    crossing         BLOB,
    sub              TEXT,
    client_id        TEXT,
    summary          TEXT NOT NULL
) STRICT;
-- A crossing has one incident that lives: whatever else is found out about it belongs there.
CREATE UNIQUE INDEX living_incident_of_crossing ON incidents (crossing) WHERE crossing IS NOT NULL AND state <> 'closed';
CREATE INDEX unfinished_incidents ON incidents (containing_since) WHERE containing_since IS NOT NULL;

-- What it touched: crossings, families, sessions, devices, addresses, people, clients. A role says whether containment ends it (target),
-- ended it (ended), or it was only there (seen).
CREATE TABLE incident_touched (
    incident INTEGER NOT NULL,
    role     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    PRIMARY KEY (incident, role, kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_that_touched ON incident_touched (name);

-- What was done, and by whom or what.
CREATE TABLE incident_steps (
    id       INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    step     TEXT NOT NULL,
    detail   TEXT
) STRICT;
CREATE INDEX incident_steps_of ON incident_steps (incident);

-- How far something was worked off. What was recorded before incidents existed opens none.
CREATE TABLE marks (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO marks (name, value) SELECT 'incidents', coalesce(max(id), 0) FROM security_events;

-- People who may see incidents and act on them.
CREATE TABLE operators (
    sub   TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- To how many people a live code was sent. `recipient` is a keyed digest: the row names nobody.
CREATE TABLE filtered_recipients (
    crossing  BLOB NOT NULL,
    recipient BLOB NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (crossing, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX filtered_recipients_by_at ON filtered_recipients (at);

-- Event streams of the Shared Signals Framework. `body` is the stream's configuration; its delivery's authorization header
-- stands in it sealed.
CREATE TABLE ssf_streams (
    stream_id   TEXT NOT NULL PRIMARY KEY,
    client_id   TEXT NOT NULL,
    body        TEXT NOT NULL,
    status      TEXT NOT NULL,
    reason      TEXT,
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    verified_at INTEGER,
    -- When its receiver was last heard of.
    active_at   INTEGER NOT NULL,
    -- How many tokens were dropped for want of room and are not counted yet; when that was last recorded.
    dropped     INTEGER NOT NULL DEFAULT 0,
    dropped_at  INTEGER
) STRICT;
CREATE INDEX ssf_streams_of_client ON ssf_streams (client_id);

-- What a receiver said of subjects: those that it added where the stream begins with none, those that it removed where it
-- begins with all. `key` is the form that is compared; one that begins with 'scan' has to be looked at each time.
CREATE TABLE ssf_subjects (
    stream_id     TEXT NOT NULL,
    key           TEXT NOT NULL,
    subject       TEXT NOT NULL,
    applies_from  INTEGER NOT NULL,
    applies_until INTEGER,
    PRIMARY KEY (stream_id, key)
) STRICT, WITHOUT ROWID;

-- The outbox of Security Event Tokens: a row is gone once its receiver acknowledged it. `body` are the claims; the signature is made
-- when it leaves. What is `about` the same goes out in its order; `kind` says what may leave a stream that does not flow.
CREATE TABLE ssf_deliveries (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_id   TEXT NOT NULL,
    jti         TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    about       TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    gives_up_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ssf_deliveries_of_stream ON ssf_deliveries (stream_id, seq);
CREATE INDEX ssf_deliveries_by_end ON ssf_deliveries (gives_up_at);

-- Security Event Tokens that were taken, so that none works twice. `device` is the one whose compliance it was about: an older
-- token that comes late changes nothing.
CREATE TABLE received_sets (
    digest     BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    device     TEXT,
    issued_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX received_sets_by_end ON received_sets (expires_at);
CREATE INDEX received_sets_of_device ON received_sets (device, issued_at) WHERE device IS NOT NULL;
CREATE INDEX users_by_email ON users (lower(email)) WHERE email_verified;
