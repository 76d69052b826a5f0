-- What is kept for a while only.

-- name: expire_held
-- Deliveries that waited 30 days for an endpoint that nobody enabled: $1 the instant before which they were made.
update deliveries d set state = 'expired', finished_at = $2
where d.id in (
    select h.id from deliveries h join endpoints e on e.id = h.endpoint_id
    where e.status in ('disabled', 'paused') and h.state in ('ready', 'waiting', 'parked') and h.made_at < $1
    limit $3 for update of h skip locked
);

-- name: forget_deliveries
-- Finished ones, but the last of each stream, which the next one's body refers to.
delete from deliveries d where d.id in (
    select o.id from deliveries o
    where o.finished_at < $1 and exists (
        select from deliveries l
        where l.endpoint_id = o.endpoint_id and l.stream = o.stream and l.run = o.run and (l.pos, l.n) > (o.pos, o.n)
            and l.state = 'delivered'
    )
    limit $2 for update of o skip locked
);

-- name: forget_attempts
-- Old lines of the attempts log.
delete from attempts where id in (select id from attempts where at < $1 limit $2);

-- name: forget_notices
-- Old notices.
delete from notices where number in (select number from notices where at < $1 limit $2);

-- name: forget_messages
-- Messages that no delivery needs.
delete from messages m where m.webhook_id in (
    select o.webhook_id from messages o
    where o.made_at < $1 and not exists (select from deliveries d where d.webhook_id = o.webhook_id)
    limit $2
);
