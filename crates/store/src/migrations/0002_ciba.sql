-- What Client-Initiated Backchannel Authentication needs besides its crossings.

-- Where a person is asked. `detail` is the server's: sealed, or without secrets.
CREATE TABLE authorization_devices (
    id           BLOB NOT NULL PRIMARY KEY,
    sub          TEXT NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    detail       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX authorization_devices_of_sub ON authorization_devices (sub);

CREATE TABLE person_settings (
    sub            TEXT NOT NULL PRIMARY KEY,
    user_code_hash TEXT,
    quiet_hours    TEXT
) STRICT;

-- The outbox: what clients are still to be told. One callback a crossing at most, and it is gone once it was told.
CREATE TABLE callbacks (
    crossing    BLOB NOT NULL PRIMARY KEY,
    client_id   TEXT NOT NULL,
    sealed      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    gives_up_at INTEGER NOT NULL
) STRICT;
CREATE INDEX callbacks_by_due_at ON callbacks (due_at);
