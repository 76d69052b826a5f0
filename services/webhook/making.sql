-- Deliveries made: from events as they come, from the log for endpoints that begin in the past, and for replays.

-- name: listening
-- The endpoints of the tenants $1 that hear events as they come.
select id, tenant, changed_at, ordered, types, location_ids, service_ids, resource_ids, schedule_seconds, from_pos
from endpoints
where tenant = any($1::text[]) and status <> 'deleted' and filled_to is null
order by id;

-- name: listener
-- One endpoint, in the same words.
select id, tenant, changed_at, ordered, types, location_ids, service_ids, resource_ids, schedule_seconds, from_pos
from endpoints where id = $1 and status <> 'deleted';

-- name: add_messages
-- Public events, each once: $1 ids, $2 tenants, $3 parts, $4 types, $5 events, $6 now.
insert into messages (webhook_id, tenant, part, type, event, made_at)
select webhook_id, tenant, part, type, event, $6
from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bytea[]) m (webhook_id, tenant, part, type, event)
on conflict (webhook_id) do nothing;

-- name: enqueue
-- Deliveries, each once; how many were new; null: an endpoint has changed. $4: the replay's number, 0 for none.
select enqueue(
    $1::text[], $2::timestamptz[], $3::text[], $4::bigint, $5::int[], $6::text[], $7::bigint[], $8::int[], $9::int[],
    $10::boolean[], $11::boolean[], $12::timestamptz[], $13
);

-- name: rewind
-- A new era began: what part $1 was told beyond position $2 and has not been sent is not sent.
update deliveries set state = 'cancelled', finished_at = $3
where part = $1 and pos > $2 and state in ('waiting', 'ready', 'parked');

-- name: rewind_endpoints
-- Nobody waits for positions that are void.
update endpoints set from_pos = least(from_pos, $2), filled_to = case when filled_to > $2 then $2 else filled_to end
where part = $1 and status <> 'deleted';

-- name: rewind_replays
-- Nor does any replay walk there.
update replays set upto = least(upto, $2), at = least(at, $2) where part = $1 and status in ('queued', 'running');
