-- Times are milliseconds since the Unix epoch. Secrets stand here only as digests, or sealed.

-- What happened to every crossing, in order. Only ever appended to; the beginning goes when nothing of it lives.
CREATE TABLE journal (
    seq      INTEGER PRIMARY KEY,
    crossing BLOB NOT NULL,
    event    TEXT NOT NULL
) STRICT;

-- One family a crossing at most: the primary key is the second lock on redemption. `body` never changes.
CREATE TABLE families (
    crossing      BLOB NOT NULL PRIMARY KEY,
    sub           TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    generation    INTEGER NOT NULL,
    refreshed_at  INTEGER,
    access_until  INTEGER NOT NULL,
    refresh_until INTEGER,
    revoked_at    INTEGER,
    revoked_by    TEXT,
    body          TEXT NOT NULL
) STRICT;
CREATE INDEX active_families_of_sub ON families (sub, client_id) WHERE revoked_at IS NULL;

CREATE TABLE users (
    sub            TEXT NOT NULL PRIMARY KEY,
    username       TEXT NOT NULL UNIQUE,
    name           TEXT,
    email          TEXT,
    email_verified INTEGER NOT NULL,
    locale         TEXT,
    password_hash  TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE passkeys (
    id           BLOB NOT NULL PRIMARY KEY,
    sub          TEXT NOT NULL,
    name         TEXT NOT NULL,
    credential   TEXT NOT NULL,
    counter      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX passkeys_of_sub ON passkeys (sub);

CREATE TABLE sessions (
    id         BLOB NOT NULL PRIMARY KEY,
    sub        TEXT NOT NULL,
    method     TEXT NOT NULL,
    auth_time  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    address    TEXT NOT NULL,
    user_agent TEXT
) STRICT;
CREATE INDEX sessions_of_sub ON sessions (sub);

CREATE TABLE clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    body      TEXT NOT NULL
) STRICT;

CREATE TABLE keys (
    kid        TEXT NOT NULL PRIMARY KEY,
    purpose    TEXT NOT NULL,
    alg        TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retires_at INTEGER,
    deletes_at INTEGER
) STRICT;

CREATE TABLE security_events (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    crossing  BLOB,
    sub       TEXT,
    client_id TEXT,
    address   TEXT,
    detail    TEXT
) STRICT;

-- What may be used once (`jti`), until it would be refused for its age anyway. Appended to, like the journal.
CREATE TABLE first_uses (
    seq        INTEGER PRIMARY KEY,
    digest     BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
