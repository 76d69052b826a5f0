-- What PostgresLog says to a database. Every statement is one round trip and reads index ranges only.

-- name: new_start
-- A start number, at least the one given.
select booking.new_start($1);

-- name: take_over
-- Parts, owner, clock → the heads that are now ours.
select * from booking.take_over($1, $2, $3);

-- name: append
-- One poll's writes, and streams $12 that were presumed new → the partitions that passed the compare.
select booking.presumed_new(booking.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11), $12);

-- name: append_erasing
-- The same, and people who are erased with it.
select booking.presumed_new(booking.append_erasing($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $13, $14), $12);

-- name: heads
-- The open heads. Partitions below zero are recorder.py's own.
select * from booking.heads where moved_to is null and part >= 0 order by part;

-- name: load
-- Tagged rows (tag, part, a, b, c, n, x, y, at) of all that a batch names: books and tenant keys ($1 parts,
-- $2 tenants), streams ($3, $4, $5), inbox ($6, $7, $8, $9), look-ups ($10, $11, $12).
-- `offset 0` keeps what is named the outer side: a plan made over empty tables would as soon walk the table.
select 'b' as tag, w.part, w.tenant, null as a, null as b, f.pos as n, f.state as x, null::bytea as y,
       null::timestamptz as at
from unnest($1::int[], $2::text[]) w (part, tenant)
cross join lateral (select * from booking.books b where b.part = w.part and b.tenant = w.tenant offset 0) f
union all
select 'k', w.part, w.tenant, f.subject, null, f.number, f.wrapped, null, null
from unnest($1::int[], $2::text[]) w (part, tenant)
cross join lateral (
    select * from booking.keys k where k.part = w.part and k.tenant = w.tenant and k.subject = '' offset 0
) f
union all
select 's', w.part, w.tenant, w.stream, null, f.version, f.state, null, null
from unnest($3::int[], $4::text[], $5::text[]) w (part, tenant, stream)
cross join lateral (
    select e.version, e.state from booking.events e
    where booking.stream_key(e.part, e.tenant, e.stream) = booking.stream_key(w.part, w.tenant, w.stream)
      and e.version = 1 offset 0
) begun
cross join lateral (
    select begun.version, begun.state
    union all (
        select e.version, e.state from booking.events e
        where e.part = w.part and e.tenant = w.tenant and e.stream = w.stream and e.version <> 1
        order by e.version
    )
) f
union all
select 'i', w.part, w.tenant, w.source, w.command_id, f.pos, f.body_hash, f.outcome, f.decided_at
from unnest($6::int[], $7::text[], $8::text[], $9::text[]) w (part, tenant, source, command_id)
cross join lateral (
    select * from booking.inbox i
    where booking.command_key(i.part, i.tenant, i.source, i.command_id)
        = booking.command_key(w.part, w.tenant, w.source, w.command_id)
    offset 0
) f
union all
select 'l', w.part, w.tenant, w.email_key, f.customer_id, null, null, null, null
from unnest($10::int[], $11::text[], $12::text[]) w (part, tenant, email_key)
cross join lateral (
    select * from booking.look_ups l
    where l.part = w.part and l.tenant = w.tenant and l.email_key = w.email_key offset 0
) f;

-- name: load_days
-- Tagged rows: diary of resource-days ($1 parts, $2 tenants, $3 resources, $4 days), keys of subjects ($5, $6, $7).
select 'd' as tag, w.part, w.tenant, w.resource_id as a, f.stream, f.kind, f.owner, f.event_id, w.day as n,
       f.starts, f.ends, f.busy_start, f.busy_end, f.expires_at, null::bytea as x
from unnest($1::int[], $2::text[], $3::text[], $4::int[]) w (part, tenant, resource_id, day)
cross join lateral (
    select * from booking.diary d
    where d.part = w.part and d.tenant = w.tenant and d.resource_id = w.resource_id and d.day = w.day offset 0
) f
union all
select 'k', w.part, w.tenant, w.subject, null, null, null, null, f.number, null, null, null, null, null, f.wrapped
from unnest($5::int[], $6::text[], $7::text[]) w (part, tenant, subject)
cross join lateral (
    select * from booking.keys k where k.part = w.part and k.tenant = w.tenant and k.subject = w.subject offset 0
) f;

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
left join lateral (select * from booking.events_of($1, $2, $3) order by version) e on true
where h.part = $1 and h.moved_to is null;

-- name: streams
-- The streams of tenants $2 and names $3, each in order; rows as in `read`.
select h.part, e.pos, e.tenant, e.stream, e.version, e.type, e.state
from booking.heads h
left join lateral (
    select f.* from unnest($2::text[], $3::text[]) w (tenant, stream)
    cross join lateral (select * from booking.events_of($1, w.tenant, w.stream) offset 0) f
) e on true
where h.part = $1 and h.moved_to is null
order by e.tenant, e.stream, e.version;

-- name: last_before
-- Of tenant $2's streams $3 the last version before $4 whose event is of a type in $5; no row at all: no open head here.
select h.part, f.stream, f.version
from booking.heads h
left join lateral (
    select w.stream, last.version
    from unnest($3::text[], $4::int[]) w (stream, version)
    cross join lateral (
        select max(e.version) as version from booking.events_of($1, $2, w.stream) e
        where e.version < w.version and e.type = any($5::text[])
    ) last
    where last.version is not null
) f on true
where h.part = $1 and h.moved_to is null;

-- name: keys
-- Keys of (tenant, subject); no row at all: no open head here.
select k.tenant, k.subject, k.number, k.wrapped
from booking.heads h
left join lateral (
    select f.* from unnest($2::text[], $3::text[]) w (tenant, subject)
    cross join lateral (
        select * from booking.keys k where k.part = $1 and k.tenant = w.tenant and k.subject = w.subject offset 0
    ) f
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

-- name: forget_answers
-- At most $3 answers of the parts $1 decided before $2, the oldest first; what another process is at is left to it.
with forgotten as (
    delete from booking.inbox where ctid = any(array(
        select ctid from booking.inbox
        where decided_at < $2 and part = any($1) order by decided_at limit $3 for update skip locked
    ))
    returning 1
)
select count(*) from forgotten;
