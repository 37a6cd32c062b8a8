-- What came with extending, resuming and resetting, with late marks, and with domain events.

-- For how many microseconds after the deadline a mark is accepted, late; none: not at all.
ALTER TABLE contests ADD COLUMN grace INTEGER CHECK (grace >= 0);

-- How often progress was reset, and when last.
ALTER TABLE user_progress ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0);
ALTER TABLE user_progress ADD COLUMN epoch_began_at INTEGER
    CHECK ((epoch = 0) = (epoch_began_at IS NULL));

-- The outbox: written only by stores that were told to keep one.
--
-- The domain events of a user, numbered from 1 in the order of the steps that wrote them. A contest
-- that was extended has a deadline, one that finished an ending, a reset its epoch.
CREATE TABLE user_events (
    user_id    BLOB    NOT NULL CHECK (length(user_id) = 16),
    number     INTEGER NOT NULL CHECK (number > 0),
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN (
        'contest_created', 'contest_extended', 'contest_resumed', 'contest_finished',
        'problem_solved', 'problem_unsolved', 'progress_reset')),
    contest_id BLOB,
    problem_id BLOB,
    ending     TEXT    CHECK (ending IN ('completed', 'abandoned', 'expired')),
    deadline   INTEGER,
    epoch      INTEGER,
    PRIMARY KEY (user_id, number),
    CHECK (contest_id IS NOT NULL OR kind IN ('problem_solved', 'progress_reset')),
    CHECK ((problem_id IS NOT NULL) = (kind IN ('problem_solved', 'problem_unsolved'))),
    CHECK ((ending IS NOT NULL) = (kind = 'contest_finished')),
    CHECK ((deadline IS NOT NULL) = (kind = 'contest_extended')),
    CHECK ((epoch IS NOT NULL) = (kind = 'progress_reset'))
) STRICT, WITHOUT ROWID;
-- For forgetting old ones.
CREATE INDEX user_events_by_time ON user_events (at);

-- How far a user's events have come. head: the number of the last one there is; delivered: that of the
-- last one that was delivered. The next lease goes to who is waiting and was leased longest ago, or
-- never.
CREATE TABLE event_delivery (
    user_id      BLOB    NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    head         INTEGER NOT NULL,
    delivered    INTEGER NOT NULL DEFAULT 0 CHECK (delivered BETWEEN 0 AND head),
    leased_at    INTEGER,
    holder       BLOB    CHECK (length(holder) = 16),
    leased_until INTEGER,
    CHECK ((holder IS NULL) = (leased_until IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX event_delivery_waiting ON event_delivery (leased_at, user_id) WHERE delivered < head;
