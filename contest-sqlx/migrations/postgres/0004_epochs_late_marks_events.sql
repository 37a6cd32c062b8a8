-- What came with extending, resuming and resetting, with late marks, and with domain events.

-- For how many microseconds after the deadline a mark is accepted, late; none: not at all.
ALTER TABLE {schema}.contests
    ADD COLUMN grace bigint,
    DROP CONSTRAINT contests_are_sound,
    ADD CONSTRAINT contests_are_sound CHECK (
        deadline > started_at
        AND ending BETWEEN 1 AND 3
        AND (ending IS NULL) = (ended_at IS NULL)
        AND octet_length(request_digest) = 32
        AND (idempotency_key IS NULL) = (request_digest IS NULL)
        AND grace >= 0
    );

-- How often progress was reset, and when last.
ALTER TABLE {schema}.user_progress
    ADD COLUMN epoch bigint NOT NULL DEFAULT 0,
    ADD COLUMN epoch_began_at timestamptz,
    DROP CONSTRAINT user_progress_check,
    ADD CONSTRAINT user_progress_is_sound CHECK (
        least(easy, medium, hard, completed, abandoned, expired, epoch) >= 0
        AND (epoch = 0) = (epoch_began_at IS NULL)
    );

-- The outbox: written only by stores that were told to keep one.
--
-- The domain events of a user, numbered from 1 in the order of the steps that wrote them. kind:
-- 1 contest created, 2 extended, 3 resumed, 4 finished; 5 problem solved, 6 unsolved; 7 progress reset.
-- A contest that was extended has a deadline, one that finished an ending, a reset its epoch.
CREATE TABLE {schema}.user_events (
    user_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    kind smallint NOT NULL,
    contest_id uuid,
    problem_id uuid,
    ending smallint,
    deadline timestamptz,
    epoch bigint,
    PRIMARY KEY (user_id, number),
    CONSTRAINT user_events_are_sound CHECK (
        number > 0
        AND kind BETWEEN 1 AND 7
        AND (contest_id IS NOT NULL OR kind IN (5, 7))
        AND (problem_id IS NOT NULL) = (kind IN (5, 6))
        AND (ending IS NOT NULL) = (kind = 4)
        AND ending BETWEEN 1 AND 3
        AND (deadline IS NOT NULL) = (kind = 2)
        AND (epoch IS NOT NULL) = (kind = 7)
    )
);
-- For forgetting old ones.
CREATE INDEX user_events_time ON {schema}.user_events (at);

-- How far a user's events have come. head: the number of the last one there is; delivered: that of the
-- last one that was delivered. The next lease goes to who is waiting and was leased longest ago, or
-- never. While somebody waits, further events leave the index alone.
CREATE TABLE {schema}.event_delivery (
    user_id uuid PRIMARY KEY,
    head bigint NOT NULL,
    delivered bigint NOT NULL DEFAULT 0,
    waiting boolean NOT NULL,
    leased_at timestamptz,
    holder uuid,
    leased_until timestamptz,
    CONSTRAINT event_delivery_is_sound CHECK (
        delivered >= 0
        AND waiting = (delivered < head)
        AND delivered <= head
        AND (holder IS NULL) = (leased_until IS NULL)
    )
) WITH (fillfactor = 70);
CREATE INDEX event_delivery_waiting ON {schema}.event_delivery (leased_at NULLS FIRST, user_id)
    WHERE waiting;
