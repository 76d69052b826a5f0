-- The queue of deliveries, as the dispatcher works it.

-- name: claim
-- What may start now: $1 process, $2 now, $3 margin of the lease, $4 most under way of an endpoint, $5 most in all.
select * from claim($1, $2, $3, $4, $5);

-- name: settle
-- What came of claimed ones; the ids that counted.
select settle(
    $1, $2::bigint[], $3::text[], $4::timestamptz[], $5::boolean[], $6::boolean[], $7::timestamptz[], $8::int[],
    $9::text[], $10::int[], $11
);

-- name: reckon
-- What that means for their endpoints; who was disabled or has recovered by it.
select * from reckon(
    $1::text[], $2::text[], $3::boolean[], $4::boolean[], $5::int[], $6::int[], $7::timestamptz[], $8::boolean[], $9
);

-- name: release
-- Claims of process $1 from before it started, and those whose lease is over, may start again at once.
update deliveries set state = 'ready', owner = null, lease_until = null
where id in (
    select id from deliveries where state = 'sending' and (owner = $1 or lease_until < $2) for update skip locked
);

-- name: release_expired
-- Those whose lease is over: their process is no more.
update deliveries set state = 'ready', owner = null, lease_until = null
where id in (select id from deliveries where state = 'sending' and lease_until < $1 for update skip locked);

-- name: depths
-- How many deliveries there are of each state that is not final.
select state, count(*) from deliveries where finished_at is null group by state;
