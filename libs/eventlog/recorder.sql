-- The eventsourcing library's recorders over one partition of the log. `%` parameters are psycopg's.

-- name: place
-- The partition's head row, once.
insert into booking.heads (part) values (%s) on conflict on constraint heads_once do nothing;

-- name: lock
-- The position to go on from. Whoever holds this row is the only one who appends, so positions are dense.
select position from booking.heads where part = %s for update;

-- name: insert
-- Events after a position, in the order given.
insert into booking.events
select %(part)s, %(position)s + e.n, '', e.stream, e.version, e.type, clock_timestamp(), e.state
from unnest(%(streams)s::text[], %(versions)s::int[], %(types)s::text[], %(states)s::bytea[])
    with ordinality e (stream, version, type, state, n);

-- name: advance
-- The head, so many events further.
update booking.heads set position = position + %s, decided_at = greatest(decided_at, clock_timestamp())
where part = %s;

-- name: track
-- How far an application was processed; no row comes back when that is no progress.
insert into booking.tracking values (%s, %s, %s)
on conflict on constraint tracking_once do update set notification_id = excluded.notification_id
where tracking.notification_id < excluded.notification_id
returning notification_id;

-- name: tracked
-- How far an application was processed.
select notification_id from booking.tracking where part = %s and application = %s;

-- name: last
-- The position, if anything was written.
select position from booking.heads where part = %s and position > 0;

-- name: stream
-- Events of one originator between two versions, the lowest first.
select stream, version, type, state from booking.events_of(%(part)s, '', %(stream)s)
where version > %(gt)s and version <= %(lte)s
order by version limit %(limit)s;

-- name: stream_backwards
-- The same, the highest first.
select stream, version, type, state from booking.events_of(%(part)s, '', %(stream)s)
where version > %(gt)s and version <= %(lte)s
order by version desc limit %(limit)s;

-- name: notifications
-- Events between two positions, of these types or of all.
select stream, version, type, state, pos from booking.events
where part = %(part)s and pos >= %(start)s and pos <= %(stop)s
  and (cardinality(%(types)s::text[]) = 0 or type = any(%(types)s::text[]))
order by pos limit %(limit)s;
