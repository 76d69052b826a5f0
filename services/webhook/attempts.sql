-- The attempts log, and what is done by hand with a delivery.

-- name: page
-- Attempts to an endpoint of the tenant, newest first, before number $3; $4 at most.
select a.id, a.webhook_id, a.attempt, a.at, a.status, a.error, a.latency_ms
from attempts a join endpoints e on e.id = a.endpoint_id
where e.tenant = $1 and e.status <> 'deleted' and a.endpoint_id = $2 and a.id < $3
order by a.id desc limit $4;

-- name: add
-- One attempt apart from the queue: a test.
insert into attempts (endpoint_id, webhook_id, attempt, at, status, error, latency_ms) values ($1, $2, 1, $3, $4, $5, $6);

-- name: lock_endpoint
-- So that the lane stands still.
select id from endpoints where tenant = $1 and id = $2 and status <> 'deleted' for no key update;

-- name: resend
-- The delivery starts again, with all its attempts: at once, or when its lane lets it. Which lane.
update deliveries d set attempts = 0, due_at = $3, finished_at = null, gap_told = true,
    state = case when o.ordered and exists (
        select from deliveries u where u.endpoint_id = d.endpoint_id and u.stream = d.stream and u.id <> d.id
            and u.state in ('ready', 'sending', 'parked')
    ) then 'waiting' else 'ready' end
from endpoints o
where d.endpoint_id = $1 and d.webhook_id = $2 and d.run = 0 and o.id = d.endpoint_id and d.state <> 'sending'
returning d.stream;

-- name: skip
-- A parked head is given up; the next delivery of its stream names it as a gap. Which lanes go on.
update deliveries set state = 'skipped', finished_at = $3 where endpoint_id = $1 and webhook_id = $2 and state = 'parked'
returning stream;

-- name: promote
-- The lane goes on.
select promote(array[$1], array[$2]);
