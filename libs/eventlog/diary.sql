-- name: rows
-- All live intervals of a partition, for comparison with the fold of its events.
select tenant, resource_id, day, stream, starts, ends, busy_start, busy_end, kind, expires_at, owner, event_id
from booking.diary where part = $1;

-- name: hold_head
-- Nobody appends until this transaction ends; the owner, if any, is fenced and will load afresh.
update booking.heads set epoch = epoch + 1 where part = $1 and moved_to is null returning position;

-- name: clear
-- The diary of a partition goes, to be written anew in the same transaction.
delete from booking.diary where part = $1;
