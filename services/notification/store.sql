-- What planning reads and writes. Rows come as arrays of composite values.

-- name: begin
-- What the log holds when it is first seen is history ($1 parts, $2 positions, $3 now).
insert into beginnings select part, pos, $3 from unnest($1::int[], $2::bigint[]) b (part, pos)
on conflict on constraint beginnings_once do nothing;

-- name: beginning
-- Where partition $1 stood then, and when that was.
select pos, seen_at from beginnings where part = $1;

-- name: books
-- The books of the tenants $1.
select tenant, pos, state from books where tenant = any($1::text[]);

-- name: other_books
-- Books of the tenants $1 that are not those of positions $2.
select b.tenant, b.pos, b.state
from unnest($1::text[], $2::bigint[]) w (tenant, pos) join books b on b.tenant = w.tenant and b.pos <> w.pos;

-- name: put_books
-- Books as they are now.
insert into books select b.* from unnest($1::books[]) b
on conflict on constraint books_once do update set part = excluded.part, pos = excluded.pos, state = excluded.state;

-- name: add
-- Rows; one that is there already stays as it is, and one that may have been purged does not come back.
insert into notifications select n.* from unnest($1::notifications[]) n
where not exists (select from forgotten f where f.tenant = n.tenant and (f.era, f.pos) >= (n.era, n.pos))
on conflict do nothing;

-- name: hold_purging
-- Nothing is purged until the transaction ends.
lock table forgotten in share mode;

-- name: add_new
-- As `add`; how many were not there.
with made as (
    insert into notifications select n.* from unnest($1::notifications[]) n
    where not exists (select from forgotten f where f.tenant = n.tenant and (f.era, f.pos) >= (n.era, n.pos))
    on conflict do nothing returning id
)
select count(*) from made;

-- name: end
-- Unsent rows end: $1 tenants, $2 appointments, $3 kinds (`messages` is every kind that is not on its own),
-- $4 recipients (null: everybody's), $5 only those that were tried, $6 positions, $7 reasons.
update notifications n
set status = 'superseded', reason = e.reason, ended_pos = e.pos, settled_at = clock_timestamp()
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bigint[], $7::text[])
    e (tenant, appointment_id, kind, recipient, only_retrying, pos, reason)
where n.tenant = e.tenant and n.appointment_id = e.appointment_id and n.pos < e.pos
    and (n.kind = e.kind or e.kind = 'messages' and n.kind not in ('reminder', 'hold_expiring'))
    and (e.recipient is null or n.recipient = e.recipient)
    and n.status in ('planned', 'retrying') and (not e.only_retrying or n.status = 'retrying');

-- name: rewind
-- What partition $1 planned after position $2 never happened, and what ended by it goes on. What was sent was sent.
with void as (
    update notifications set status = 'superseded', reason = 'void', settled_at = clock_timestamp()
    where part = $1 and pos > $2 and status in ('planned', 'retrying')
)
update notifications set status = 'planned', reason = null, ended_pos = null, settled_at = null
where part = $1 and pos <= $2 and ended_pos > $2 and status = 'superseded';

-- name: waiting
-- How many rows of each channel are due at $1, and since when.
select channel, count(*) as rows, min(due_at) as since
from notifications where settled_at is null and due_at <= $1 group by channel;

-- name: of_appointment
-- Every row of one appointment, in the order of what happened.
select id, kind, audience, recipient, channel, offset_minutes, due_at, status, reason, version, attempts, settled_at
from notifications where tenant = $1 and appointment_id = $2 order by pos, due_at, id;
