-- Replays, and endpoints that begin in the past: walks over the log that make deliveries page by page.

-- name: create
-- A new one.
insert into replays (id, tenant, endpoint_id, part, from_pos, upto, at, types, made_at)
values ($1, $2, $3, $4, $5, $6, $5, $7, $8);

-- name: one
-- A tenant's replay, with how many deliveries it has made and how many of them are finished.
select r.id, r.endpoint_id, r.part, r.from_pos, r.upto, r.types, r.status, r.made_at,
    (select count(*) from deliveries d where d.run = r.number and d.run > 0 and d.finished_at is not null) as done,
    (select count(*) from deliveries d where d.run = r.number and d.run > 0) as total
from replays r where r.tenant = $1 and r.id = $2;

-- name: all
-- A tenant's replays, newest first.
select r.id, r.endpoint_id, r.part, r.from_pos, r.upto, r.types, r.status, r.made_at,
    (select count(*) from deliveries d where d.run = r.number and d.run > 0 and d.finished_at is not null) as done,
    (select count(*) from deliveries d where d.run = r.number and d.run > 0) as total
from replays r where r.tenant = $1 order by r.number desc limit $2;

-- name: cancel
-- No more of it is made; its number, if it was not over.
update replays set status = 'cancelled' where tenant = $1 and id = $2 and status in ('queued', 'running') returning number;

-- name: cancel_deliveries
-- What of run $1 is not under way is not sent; lanes that waited for it go on.
update deliveries set state = 'cancelled', finished_at = $2
where run = $1 and run > 0 and state in ('waiting', 'ready', 'parked');

-- name: lanes
-- The lanes of a run go on with what comes after it.
select promote(array_agg(endpoint_id), array_agg(stream))
from (select distinct endpoint_id, stream from deliveries where run = $1 and run > 0) lane;

-- name: walk
-- One replay that is not walked to its end and has no more than $1 deliveries to send, for this process alone until the
-- transaction ends.
select r.id, r.number, r.tenant, r.endpoint_id, r.part, r.at, r.upto, r.types from replays r
where r.status in ('queued', 'running') and r.at < r.upto
    and (select count(*) from (
        select from deliveries d where d.run = r.number and d.run > 0 and d.state in ('waiting', 'ready') limit $1 + 1
    ) unsent) <= $1
order by r.number limit 1 for update of r skip locked;

-- name: walked
-- It is walked up to there.
update replays set at = $2, status = 'running' where id = $1;

-- name: finish
-- Replays that are walked to their end, and of which nothing is left to send, are done.
update replays r set status = 'done'
where r.status in ('queued', 'running') and r.at >= r.upto and not exists (
    select from deliveries d
    where d.run = r.number and d.run > 0 and d.state in ('waiting', 'ready', 'sending', 'parked')
);

-- name: behind
-- One endpoint that still misses what came before it existed, for this process alone until the transaction ends; none with
-- more than $1 to send. Its row is not held: what is under way of it goes on.
select b.id, b.tenant, b.part, b.filled_to from (
    select e.id, e.tenant, e.part, e.filled_to from endpoints e
    where e.filled_to is not null and e.status <> 'deleted' and (select count(*) from (
            select from deliveries d where d.endpoint_id = e.id and d.state in ('waiting', 'ready') limit $1 + 1
        ) unsent) <= $1
    order by e.served_at
) b
where pg_try_advisory_xact_lock(hashtext('behind'), hashtext(b.id)) limit 1;

-- name: filled
-- It has its deliveries from $2 up to $3; null: from now on events make them as they come. False if it stands elsewhere
-- by now: another process went on before it was read, or a new era began.
with moved as (update endpoints set filled_to = $3 where id = $1 and filled_to = $2 returning id)
select exists (select from moved);
