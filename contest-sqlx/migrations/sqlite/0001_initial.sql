-- Ids are 16-byte blobs, times whole microseconds since 1970, values JSON, sets of problems Roaring
-- bitmaps of ordinals. In tables with user data, the first key column is the user. There are no foreign
-- keys: a commit is applied whole, and a user can be erased in any order of tables.
--
-- Tables have no rowid, which saves an index. The exceptions are contests and rounds: without rowid, rows above
-- 1,000 bytes would need an overflow page each.

-- One row: the stored revision. The tag is a number of 64 random bits.
CREATE TABLE catalogue_state (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number   INTEGER NOT NULL CHECK (number >= 0),
    tag      INTEGER NOT NULL
) STRICT;
INSERT INTO catalogue_state (id, number, tag) VALUES (1, 0, 0);

-- Rows are never deleted: contests and attempts refer to them, and ordinals are never reused. number, tag: the
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

-- round, host_rank, public_rank: null outside rounds. A rank is the key that ranks the contest in a view of
-- the board, as bytes that sort like it; null if the user takes part virtually. They repeat what follows from
-- the value.
CREATE TABLE contests (
    user_id     BLOB NOT NULL CHECK (length(user_id) = 16),
    contest_id  BLOB NOT NULL CHECK (length(contest_id) = 16),
    key         TEXT,
    round       BLOB CHECK (length(round) = 16),
    host_rank   BLOB CHECK (length(host_rank) = 24),
    public_rank BLOB CHECK (length(public_rank) = 24),
    value       TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (user_id, contest_id)
) STRICT;
CREATE UNIQUE INDEX contests_by_key ON contests (user_id, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX contests_of_round ON contests (round, user_id) WHERE round IS NOT NULL;
CREATE INDEX contests_by_host_rank ON contests (round, host_rank, user_id) WHERE host_rank IS NOT NULL;
CREATE INDEX contests_by_public_rank ON contests (round, public_rank, user_id) WHERE public_rank IS NOT NULL;

-- The requests that created contests.
CREATE TABLE contest_requests (
    user_id    BLOB NOT NULL CHECK (length(user_id) = 16),
    contest_id BLOB NOT NULL CHECK (length(contest_id) = 16),
    value      TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (user_id, contest_id)
) STRICT, WITHOUT ROWID;

-- The log of attempts. contest: the nil id for an attempt outside contests. submission: empty for a tick.
-- score: null without one.
CREATE TABLE attempts (
    user_id     BLOB    NOT NULL CHECK (length(user_id) = 16),
    at          INTEGER NOT NULL,
    problem     BLOB    NOT NULL CHECK (length(problem) = 16),
    contest     BLOB    NOT NULL CHECK (length(contest) = 16),
    submission  TEXT    NOT NULL,
    verdict     TEXT    NOT NULL,
    score       TEXT    CHECK (json_valid(score)),
    epoch       INTEGER NOT NULL CHECK (epoch >= 0),
    recorded_at INTEGER NOT NULL,
    undone_at   INTEGER,
    PRIMARY KEY (user_id, at, problem, contest, submission)
) STRICT, WITHOUT ROWID;

-- Contests given to many.
CREATE TABLE rounds (
    round_id BLOB NOT NULL PRIMARY KEY CHECK (length(round_id) = 16),
    version  BLOB NOT NULL CHECK (length(version) = 16),
    value    TEXT NOT NULL CHECK (json_valid(value))
) STRICT;

-- The users listed in a round, each alone or as one of a team. Users without a record may be listed.
CREATE TABLE round_members (
    user_id     BLOB NOT NULL CHECK (length(user_id) = 16),
    round_id    BLOB NOT NULL CHECK (length(round_id) = 16),
    participant BLOB NOT NULL CHECK (length(participant) = 16),
    PRIMARY KEY (user_id, round_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX round_members_of_round ON round_members (round_id, user_id);

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
       value ->> '$.round.round' AS round,
       value ->> '$.round.participant' AS participant,
       strftime('%Y-%m-%dT%H:%M:%fZ', (value ->> '$.started_at') / 1e6, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', (value ->> '$.deadline') / 1e6, 'unixepoch') AS deadline,
       value ->> '$.ending.kind' AS ending,
       strftime('%Y-%m-%dT%H:%M:%fZ', (value ->> '$.ending.at') / 1e6, 'unixepoch') AS ended_at,
       json_array_length(value, '$.problems') AS problems,
       (SELECT count(*) FROM json_each(value, '$.problems') p WHERE p.value -> '$.mark' IS NOT NULL)
           AS marked,
       (SELECT coalesce(sum(json_array_length(p.value, '$.attempts')), 0)
        FROM json_each(value, '$.problems') p) AS attempts
FROM contests;

CREATE VIEW attempts_readable AS
SELECT lower(format('%s-%s-%s-%s-%s', substr(hex(a.user_id), 1, 8), substr(hex(a.user_id), 9, 4),
           substr(hex(a.user_id), 13, 4), substr(hex(a.user_id), 17, 4), substr(hex(a.user_id), 21)))
           AS user_id,
       strftime('%Y-%m-%dT%H:%M:%fZ', a.at / 1e6, 'unixepoch') AS at,
       p.value ->> '$.slug' AS problem,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(hex(a.contest), 1, 8),
           substr(hex(a.contest), 9, 4), substr(hex(a.contest), 13, 4), substr(hex(a.contest), 17, 4),
           substr(hex(a.contest), 21))), '00000000-0000-0000-0000-000000000000') AS contest,
       nullif(a.submission, '') AS submission,
       a.verdict,
       a.score ->> '$.points' AS points,
       a.score ->> '$.max' AS max,
       a.epoch,
       strftime('%Y-%m-%dT%H:%M:%fZ', a.recorded_at / 1e6, 'unixepoch') AS recorded_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', a.undone_at / 1e6, 'unixepoch') AS undone_at
FROM attempts a LEFT JOIN problems p ON p.id = a.problem;
