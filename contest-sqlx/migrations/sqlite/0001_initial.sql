-- Ids are 16-byte blobs, times whole microseconds since 1970, lists JSON. What belongs to a user is
-- keyed by the user first, as on Postgres. Tables without a rowid keep a user's rows side by side.

-- Reference data. Rows are never deleted: contests and solves refer to them.
CREATE TABLE problems (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    slug       TEXT    NOT NULL UNIQUE,
    title      TEXT    NOT NULL,
    difficulty TEXT    NOT NULL CHECK (difficulty IN ('Easy', 'Medium', 'Hard')),
    topics     TEXT    NOT NULL CHECK (json_valid(topics)),
    link       TEXT,
    position   INTEGER NOT NULL CHECK (position >= 0),
    retired    INTEGER NOT NULL CHECK (retired IN (0, 1))
) STRICT, WITHOUT ROWID;

-- One row: how often the problems were published with a change.
CREATE TABLE catalogue_state (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL CHECK (revision >= 0)
) STRICT;
INSERT INTO catalogue_state (id, revision) VALUES (1, 0);

CREATE TABLE contests (
    user_id         BLOB    NOT NULL CHECK (length(user_id) = 16),
    id              BLOB    NOT NULL CHECK (length(id) = 16),
    started_at      INTEGER NOT NULL,
    deadline        INTEGER NOT NULL CHECK (deadline > started_at),
    ending          TEXT    CHECK (ending IN ('completed', 'abandoned', 'expired')),
    ended_at        INTEGER,
    idempotency_key TEXT,
    request_digest  BLOB    CHECK (length(request_digest) = 32),
    selection       TEXT    NOT NULL CHECK (json_valid(selection)),
    PRIMARY KEY (user_id, id),
    CHECK ((ending IS NULL) = (ended_at IS NULL)),
    CHECK ((idempotency_key IS NULL) = (request_digest IS NULL))
) STRICT, WITHOUT ROWID;

-- At most one contest of a user has no stored ending.
CREATE UNIQUE INDEX contests_open ON contests (user_id) WHERE ending IS NULL;
CREATE UNIQUE INDEX contests_key ON contests (user_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE contest_problems (
    user_id      BLOB    NOT NULL,
    contest_id   BLOB    NOT NULL,
    problem_id   BLOB    NOT NULL REFERENCES problems (id),
    place        INTEGER NOT NULL CHECK (place >= 1),
    completed_at INTEGER,
    PRIMARY KEY (user_id, contest_id, problem_id),
    FOREIGN KEY (user_id, contest_id) REFERENCES contests (user_id, id)
) STRICT, WITHOUT ROWID;

-- The current fact about a user and a problem.
CREATE TABLE solves (
    user_id    BLOB    NOT NULL CHECK (length(user_id) = 16),
    problem_id BLOB    NOT NULL REFERENCES problems (id),
    solved_at  INTEGER NOT NULL,
    contest_id BLOB,
    PRIMARY KEY (user_id, problem_id),
    FOREIGN KEY (user_id, contest_id) REFERENCES contests (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX solves_by_time ON solves (user_id, solved_at);

-- Every change of a current fact, append-only. The id is the place in the user's history.
CREATE TABLE solve_events (
    user_id    BLOB    NOT NULL CHECK (length(user_id) = 16),
    at         INTEGER NOT NULL,
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    problem_id BLOB    NOT NULL REFERENCES problems (id),
    kind       TEXT    NOT NULL CHECK (kind IN ('recorded', 'removed')),
    contest_id BLOB,
    PRIMARY KEY (user_id, at, id),
    FOREIGN KEY (user_id, contest_id) REFERENCES contests (user_id, id)
) STRICT, WITHOUT ROWID;

-- Counters, changed in the transaction that changes what they count. Solves of retired problems are
-- not counted. `events` is the length of the user's history.
CREATE TABLE user_progress (
    user_id   BLOB    NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    easy      INTEGER NOT NULL DEFAULT 0 CHECK (easy >= 0),
    medium    INTEGER NOT NULL DEFAULT 0 CHECK (medium >= 0),
    hard      INTEGER NOT NULL DEFAULT 0 CHECK (hard >= 0),
    completed INTEGER NOT NULL DEFAULT 0 CHECK (completed >= 0),
    abandoned INTEGER NOT NULL DEFAULT 0 CHECK (abandoned >= 0),
    expired   INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
    events    INTEGER NOT NULL DEFAULT 0 CHECK (events >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_topics (
    user_id BLOB    NOT NULL CHECK (length(user_id) = 16),
    topic   TEXT    NOT NULL,
    solved  INTEGER NOT NULL CHECK (solved >= 0),
    PRIMARY KEY (user_id, topic)
) STRICT, WITHOUT ROWID;
