-- Ids are 16-byte blobs, times whole microseconds since 1970, values JSON, sets of problems Roaring
-- bitmaps of ordinals. In tables with user data, the first key column is the user. There are no foreign
-- keys: a commit is applied whole, and a user can be erased in any order of tables.
--
-- Tables have no rowid, which saves an index. The exception is contests: without rowid, rows above 1,000
-- bytes would need an overflow page each.

-- One row: the stored revision. The tag is a number of 64 random bits.
CREATE TABLE catalogue_state (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number   INTEGER NOT NULL CHECK (number >= 0),
    tag      INTEGER NOT NULL
) STRICT;
INSERT INTO catalogue_state (id, number, tag) VALUES (1, 0, 0);

-- Rows are never deleted: contests and solves refer to them, and ordinals are never reused. number, tag: the
-- revision that changed the problem last.
CREATE TABLE problems (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    ordinal  INTEGER NOT NULL UNIQUE CHECK (ordinal BETWEEN 0 AND 4294967295),
    number   INTEGER NOT NULL,
    tag      INTEGER NOT NULL,
    value    TEXT    NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
CREATE INDEX problems_by_revision ON problems (number, tag);

-- The user record without its two sets.
CREATE TABLE user_records (
    user_id      BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    version      BLOB NOT NULL CHECK (length(version) = 16),
    open_contest BLOB CHECK (length(open_contest) = 16),
    state        TEXT NOT NULL CHECK (json_valid(state))
) STRICT, WITHOUT ROWID;

-- SQLite rewrites a whole row if any column changes. Few commits change the sets, so they have rows of their
-- own. A missing row is the empty set.
CREATE TABLE user_sets (
    user_id  BLOB NOT NULL CHECK (length(user_id) = 16),
    name     TEXT NOT NULL CHECK (name IN ('solved', 'seen')),
    ordinals BLOB NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE contests (
    user_id    BLOB NOT NULL CHECK (length(user_id) = 16),
    contest_id BLOB NOT NULL CHECK (length(contest_id) = 16),
    key        TEXT,
    value      TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (user_id, contest_id)
) STRICT;
CREATE UNIQUE INDEX contests_by_key ON contests (user_id, key) WHERE key IS NOT NULL;

-- The requests that created contests.
CREATE TABLE contest_requests (
    user_id    BLOB NOT NULL CHECK (length(user_id) = 16),
    contest_id BLOB NOT NULL CHECK (length(contest_id) = 16),
    value      TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (user_id, contest_id)
) STRICT, WITHOUT ROWID;

-- The log of solves. contest: the nil id for a solve recorded outside a contest.
CREATE TABLE solves (
    user_id     BLOB    NOT NULL CHECK (length(user_id) = 16),
    at          INTEGER NOT NULL,
    problem     BLOB    NOT NULL CHECK (length(problem) = 16),
    contest     BLOB    NOT NULL CHECK (length(contest) = 16),
    epoch       INTEGER NOT NULL CHECK (epoch >= 0),
    recorded_at INTEGER NOT NULL,
    undone_at   INTEGER,
    PRIMARY KEY (user_id, at, problem, contest)
) STRICT, WITHOUT ROWID;

-- The outbox, written only by stores that keep one. Events are numbered from 1, without gaps.
CREATE TABLE user_events (
    user_id BLOB    NOT NULL CHECK (length(user_id) = 16),
    number  INTEGER NOT NULL CHECK (number > 0),
    at      INTEGER NOT NULL,
    value   TEXT    NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (user_id, number)
) STRICT, WITHOUT ROWID;
-- For pruning.
CREATE INDEX user_events_by_time ON user_events (at);

-- How far a user's events were delivered. last: the last event; delivered: the last delivered event;
-- attempts: the leases since then. Users with undelivered events wait in the order of place.
CREATE TABLE event_deliveries (
    user_id      BLOB    NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    last         INTEGER NOT NULL,
    delivered    INTEGER NOT NULL DEFAULT 0 CHECK (delivered BETWEEN 0 AND last),
    place        INTEGER NOT NULL,
    holder       BLOB    CHECK (length(holder) = 16),
    leased_until INTEGER,
    attempts     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX event_deliveries_waiting ON event_deliveries (place) WHERE delivered < last;

-- From here on: for sqlite3 and reports. Ids as text, times in UTC, rounded to milliseconds.
CREATE VIEW user_records_readable AS
SELECT lower(format('%s-%s-%s-%s-%s', substr(hex(user_id), 1, 8), substr(hex(user_id), 9, 4),
           substr(hex(user_id), 13, 4), substr(hex(user_id), 17, 4), substr(hex(user_id), 21)))
           AS user_id,
       state ->> '$.epoch.number' AS epoch,
       state ->> '$.open.id' AS open_contest,
       strftime('%Y-%m-%dT%H:%M:%fZ', (state ->> '$.open.deadline') / 1e6, 'unixepoch') AS open_until,
       strftime('%Y-%m-%dT%H:%M:%fZ', (state ->> '$.last_commit_at') / 1e6, 'unixepoch')
           AS last_commit_at,
       state ->> '$.ended.completed' AS completed,
       state ->> '$.ended.abandoned' AS abandoned,
       state ->> '$.ended.expired' AS expired
FROM user_records;

CREATE VIEW contests_readable AS
SELECT lower(format('%s-%s-%s-%s-%s', substr(hex(user_id), 1, 8), substr(hex(user_id), 9, 4),
           substr(hex(user_id), 13, 4), substr(hex(user_id), 17, 4), substr(hex(user_id), 21)))
           AS user_id,
       value ->> '$.id' AS contest_id,
       key,
       strftime('%Y-%m-%dT%H:%M:%fZ', (value ->> '$.started_at') / 1e6, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', (value ->> '$.deadline') / 1e6, 'unixepoch') AS deadline,
       value ->> '$.ending.kind' AS ending,
       strftime('%Y-%m-%dT%H:%M:%fZ', (value ->> '$.ending.at') / 1e6, 'unixepoch') AS ended_at,
       json_array_length(value, '$.problems') AS problems,
       (SELECT count(*) FROM json_each(value, '$.problems') p WHERE p.value -> '$.mark' IS NOT NULL)
           AS marked
FROM contests;

CREATE VIEW solves_readable AS
SELECT lower(format('%s-%s-%s-%s-%s', substr(hex(s.user_id), 1, 8), substr(hex(s.user_id), 9, 4),
           substr(hex(s.user_id), 13, 4), substr(hex(s.user_id), 17, 4), substr(hex(s.user_id), 21)))
           AS user_id,
       strftime('%Y-%m-%dT%H:%M:%fZ', s.at / 1e6, 'unixepoch') AS at,
       p.value ->> '$.slug' AS problem,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(hex(s.contest), 1, 8),
           substr(hex(s.contest), 9, 4), substr(hex(s.contest), 13, 4), substr(hex(s.contest), 17, 4),
           substr(hex(s.contest), 21))), '00000000-0000-0000-0000-000000000000') AS contest,
       s.epoch,
       strftime('%Y-%m-%dT%H:%M:%fZ', s.recorded_at / 1e6, 'unixepoch') AS recorded_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', s.undone_at / 1e6, 'unixepoch') AS undone_at
FROM solves s LEFT JOIN problems p ON p.id = s.problem;
