-- Creating a contest and marking a problem write these tables. One statement writes a contest and its
-- problems, and nothing ever deletes either, so that the foreign key could not fail; checking it
-- looked up and locked the contest once for each of its problems.
ALTER TABLE {schema}.contest_problems
    DROP CONSTRAINT contest_problems_user_id_contest_id_fkey;

-- The server reads each constraint anew for each statement: one with all the rules is read once.
ALTER TABLE {schema}.contests
    DROP CONSTRAINT contests_ending_check,
    DROP CONSTRAINT contests_request_digest_check,
    DROP CONSTRAINT contests_check,
    DROP CONSTRAINT contests_check1,
    DROP CONSTRAINT contests_check2,
    ADD CONSTRAINT contests_are_sound CHECK (
        deadline > started_at
        AND ending BETWEEN 1 AND 3
        AND (ending IS NULL) = (ended_at IS NULL)
        AND octet_length(request_digest) = 32
        AND (idempotency_key IS NULL) = (request_digest IS NULL)
    );

-- Under fresh statistics and an old visibility map, the index on problem_id alone looked cheaper for
-- asking whether a user has solved a problem than the primary key, and cost as much as all others
-- who solved it. Only publications name this expression; no statement about one user can fall for it.
DROP INDEX {schema}.solves_problem;
CREATE INDEX solves_problem ON {schema}.solves (uuid_send(problem_id));
