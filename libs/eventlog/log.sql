-- What PostgresLog says to a database. Every statement is one round trip and reads index ranges only.

-- name: new_start
-- A start number, at least the one given.
select booking.new_start($1);

-- name: take_over
-- Parts, owner, clock → the heads that are now ours.
select * from booking.take_over($1, $2, $3);

-- name: append
-- One poll's writes → the partitions that passed the compare.
select booking.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: heads
-- The open heads. Partitions below zero are recorder.py's own.
select * from booking.heads where moved_to is null and part >= 0 order by part;

-- name: load
-- Tagged rows (tag, part, a, b, c, n, x, y, at) of all that a batch names: books and tenant keys ($1 parts,
-- $2 tenants), streams ($3, $4, $5), inbox ($6, $7, $8, $9), look-ups ($10, $11, $12).
select 'b' as tag, b.part, b.tenant as a, null as b, null as c, b.pos as n, b.state as x, null::bytea as y,
       null::timestamptz as at
from unnest($1::int[], $2::text[]) w (part, tenant)
join booking.books b on b.part = w.part and b.tenant = w.tenant
union all
select 'k', k.part, k.tenant, k.subject, null, k.number, k.wrapped, null, null
from unnest($1::int[], $2::text[]) w (part, tenant)
join booking.keys k on k.part = w.part and k.tenant = w.tenant and k.subject = ''
union all
select 's', w.part, w.tenant, w.stream, null, e.version, e.state, null, null
from unnest($3::int[], $4::text[], $5::text[]) w (part, tenant, stream)
cross join lateral (
    select version, state from booking.events
    where part = w.part and tenant = w.tenant and stream = w.stream order by version
) e
union all
select 'i', i.part, i.tenant, i.source, i.command_id, i.pos, i.body_hash, i.outcome, i.decided_at
from unnest($6::int[], $7::text[], $8::text[], $9::text[]) w (part, tenant, source, command_id)
join booking.inbox i on i.part = w.part and i.tenant = w.tenant and i.source = w.source
    and i.command_id = w.command_id
union all
select 'l', l.part, l.tenant, l.email_key, l.customer_id, null, null, null, null
from unnest($10::int[], $11::text[], $12::text[]) w (part, tenant, email_key)
join booking.look_ups l on l.part = w.part and l.tenant = w.tenant and l.email_key = w.email_key;

-- name: load_days
-- Tagged rows: diary of resource-days ($1 parts, $2 tenants, $3 resources, $4 days), keys of subjects ($5, $6, $7).
select 'd' as tag, d.part, d.tenant, d.resource_id as a, d.stream as b, d.kind as c, d.owner as e, d.event_id as f,
       d.day as n, d.starts, d.ends, d.busy_start, d.busy_end, d.expires_at as at, null::bytea as x
from unnest($1::int[], $2::text[], $3::text[], $4::int[]) w (part, tenant, resource_id, day)
join booking.diary d on d.part = w.part and d.tenant = w.tenant and d.resource_id = w.resource_id and d.day = w.day
union all
select 'k', k.part, k.tenant, k.subject, null, null, null, null, k.number, null, null, null, null, null, k.wrapped
from unnest($5::int[], $6::text[], $7::text[]) w (part, tenant, subject)
join booking.keys k on k.part = w.part and k.tenant = w.tenant and k.subject = w.subject;

-- name: read
-- Rows of (after $2, upto $3], at most $4, of one tenant if $5 is given. No row at all: no open head of the part
-- here; one row with null `pos`: nothing to read.
select h.part, e.pos, e.tenant, e.stream, e.version, e.type, e.state
from booking.heads h
left join lateral (
    select * from booking.events e
    where e.part = $1 and e.pos > $2 and e.pos <= $3 and ($5::text is null or e.tenant = $5)
    order by e.pos limit $4
) e on true
where h.part = $1 and h.moved_to is null;

-- name: stream
-- One stream from version 1; rows as in `read`.
select h.part, e.pos, e.tenant, e.stream, e.version, e.type, e.state
from booking.heads h
left join lateral (
    select * from booking.events e where e.part = $1 and e.tenant = $2 and e.stream = $3 order by e.version
) e on true
where h.part = $1 and h.moved_to is null;

-- name: keys
-- Keys of (tenant, subject); no row at all: no open head here.
select k.tenant, k.subject, k.number, k.wrapped
from booking.heads h
left join lateral (
    select k.* from unnest($2::text[], $3::text[]) w (tenant, subject)
    join booking.keys k on k.part = $1 and k.tenant = w.tenant and k.subject = w.subject
) k on true
where h.part = $1 and h.moved_to is null;

-- name: eras
-- Where each era after the first began; rows as in `read`: the second column is null where there is none.
select h.part, e.era, e.from_pos
from booking.heads h
left join booking.eras e on e.part = h.part
where h.part = $1 and h.moved_to is null
order by e.era;

-- name: due_timers
-- At most $3 timers of each of the parts $1 due at $2, earliest first.
select w.part, t.tenant, t.stream, t.kind, t.due_at
from unnest($1::int[]) w (part)
cross join lateral (
    select * from booking.timers t where t.part = w.part and t.due_at <= $2 order by t.due_at limit $3
) t;
