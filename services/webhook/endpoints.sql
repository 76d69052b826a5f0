-- Endpoints: made, read, changed. What they may do is decided when something is sent, from these rows.

-- name: lock_checkpoint
-- How far events of part $1 are made into deliveries; none more until this transaction ends.
select c.pos from checkpoints c join generations g on g.number = c.generation
where g.model = 'webhook' and g.state = 'live' and c.part = $1 for update of c;

-- name: checkpoint
-- The same, without holding anything.
select c.pos from checkpoints c join generations g on g.number = c.generation
where g.model = 'webhook' and g.state = 'live' and c.part = $1;

-- name: create
-- A new one.
insert into endpoints (
    id, tenant, part, url, types, location_ids, service_ids, resource_ids, ordered, on_poison, schedule_seconds,
    timeout_seconds, rate_per_second, description, signing, from_pos, filled_to, created_at, changed_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18);

-- name: one
-- A tenant's endpoint by its id.
select id, url, types, location_ids, service_ids, resource_ids, ordered, on_poison, schedule_seconds, timeout_seconds,
    rate_per_second, description, signing, status, reason, paused_until, part, from_pos, created_at, changed_at
from endpoints where tenant = $1 and id = $2 and status <> 'deleted';

-- name: all
-- A tenant's endpoints, oldest first.
select id, url, types, location_ids, service_ids, resource_ids, ordered, on_poison, schedule_seconds, timeout_seconds,
    rate_per_second, description, signing, status, reason, paused_until, part, from_pos, created_at, changed_at
from endpoints where tenant = $1 and status <> 'deleted' order by created_at, id;

-- name: lock
-- What a caller may change of an endpoint; nobody else changes it until this transaction ends.
select url, types, location_ids, service_ids, resource_ids, ordered, on_poison, schedule_seconds, timeout_seconds,
    rate_per_second, description, signing
from endpoints where tenant = $1 and id = $2 and status <> 'deleted' for no key update;

-- name: change
-- All that a caller may change.
update endpoints set url = $2, types = $3, location_ids = $4, service_ids = $5, resource_ids = $6, ordered = $7,
    on_poison = $8, schedule_seconds = $9, timeout_seconds = $10, rate_per_second = $11, description = $12,
    signing = $13, changed_at = $14,
    unreachable = case when url = $2 then unreachable else 0 end,
    open_until = case when url = $2 then open_until end, paused_until = case when url = $2 then paused_until end
where id = $1;

-- name: pause
-- Nothing starts until it is resumed.
update endpoints set status = 'paused', changed_at = $3
where tenant = $1 and id = $2 and status in ('enabled', 'paused') returning id;

-- name: resume
-- It is sent to again, whatever stopped it; what is counted against it begins anew. An incident ends with a success.
update endpoints set status = 'enabled', reason = null, paused_until = null, failing_since = null, dead = 0,
    unreachable = 0, open_until = null, disabled_at = null, changed_at = $3
where tenant = $1 and id = $2 and status <> 'deleted' returning id;

-- name: release_held
-- What was held is due, with all its attempts; whoever was told 410 stays first.
update deliveries set attempts = 0, due_at = case when due_at <= to_timestamp(0) then due_at else $2 end
where endpoint_id = $1 and state in ('ready', 'waiting') and (held or due_at > $2);

-- name: delete
-- Gone: nothing starts from now on.
update endpoints set status = 'deleted', changed_at = $3
where tenant = $1 and id = $2 and status <> 'deleted' returning id;

-- name: cancel_deliveries
-- What is not under way never will be.
update deliveries set state = 'cancelled', finished_at = $2
where endpoint_id = $1 and state in ('waiting', 'ready', 'parked');

-- name: cancel_replays
-- Nor any replay to it.
update replays set status = 'cancelled' where endpoint_id = $1 and status in ('queued', 'running');

-- name: let_go
-- Order does not matter any more.
update deliveries set state = 'ready' where endpoint_id = $1 and state = 'waiting';

-- name: line_up
-- Order matters from now on: all but the first of each stream wait.
update deliveries d set state = 'waiting'
where d.endpoint_id = $1 and d.state = 'ready' and exists (
    select from deliveries u
    where u.endpoint_id = d.endpoint_id and u.stream = d.stream and (
        u.state in ('sending', 'parked') or (u.state = 'ready' and (u.pos, u.n, u.run) < (d.pos, d.n, d.run))
    )
);

-- name: unpark
-- A head that failed for good blocks nobody any more: it is given up.
update deliveries set state = 'dead', finished_at = $2 where endpoint_id = $1 and state = 'parked';

-- name: promote_all
-- Every lane in which something waits and nothing is before it goes on.
select promote(array_agg(endpoint_id), array_agg(stream))
from (select distinct endpoint_id, stream from deliveries where endpoint_id = $1 and state = 'waiting') lane;

-- name: under_way
-- Whether anything of the endpoint is claimed.
select exists (select from deliveries where endpoint_id = $1 and state = 'sending');
