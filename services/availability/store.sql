-- What the read model writes. Rows come as arrays of composite values; `$1` is the generation everywhere.

-- name: known
-- The open versions of the appointments named ($2 tenants, $3 ids).
select a.tenant, a.id, a.kept
from unnest($2::text[], $3::text[]) w (tenant, id)
cross join lateral (
    select * from appointments a
    where a.generation = $1 and a.tenant = w.tenant and a.id = w.id and a.to_pos = 9223372036854775807
) a;

-- name: known_entries
-- The open versions of the sessions and waitlist entries named ($2 tenants, $3 streams).
select e.tenant, e.stream, e.kept
from unnest($2::text[], $3::text[]) w (tenant, stream)
cross join lateral (
    select * from entries e
    where e.generation = $1 and e.tenant = w.tenant and e.stream = w.stream and e.to_pos = 9223372036854775807
) e;

-- name: close_appointments
-- Open versions that end ($2 tenants, $3 ids, $4 positions).
update appointments a set to_pos = w.pos
from unnest($2::text[], $3::text[], $4::bigint[]) w (tenant, id, pos)
where a.generation = $1 and a.tenant = w.tenant and a.id = w.id and a.to_pos = 9223372036854775807;

-- name: close_entries
-- The same of sessions and waitlist entries ($2 tenants, $3 streams, $4 positions).
update entries e set to_pos = w.pos
from unnest($2::text[], $3::text[], $4::bigint[]) w (tenant, stream, pos)
where e.generation = $1 and e.tenant = w.tenant and e.stream = w.stream and e.to_pos = 9223372036854775807;

-- name: close_diary
-- Open intervals that end ($2 tenants, $3 resources, $4 days, $5 streams, $6 positions).
update diary d set to_pos = w.pos
from unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::bigint[]) w (tenant, resource_id, day, stream, pos)
where d.generation = $1 and d.tenant = w.tenant and d.resource_id = w.resource_id and d.day = w.day
    and d.stream = w.stream and d.to_pos = 9223372036854775807;

-- name: add_appointments
-- Versions.
insert into appointments select r.* from unnest($1::appointments[]) r;

-- name: add_entries
-- Versions of sessions and waitlist entries.
insert into entries select r.* from unnest($1::entries[]) r;

-- name: add_diary
-- Intervals.
insert into diary select r.* from unnest($1::diary[]) r;

-- name: add_supply
-- Supply events.
insert into supply select r.* from unnest($1::supply[]) r;

-- name: add_customers
-- Registrations.
insert into customers select r.* from unnest($1::customers[]) r;

-- name: add_moments
-- Last positions of instants; a later batch may go on within the same one.
insert into moments select r.* from unnest($1::moments[]) r
on conflict (generation, part, decided_at) do update set pos = excluded.pos, tzdata = excluded.tzdata;

-- name: rewind
-- Everything after position $3 of partition $2 never happened.
with gone_appointments as (
    delete from appointments where generation = $1 and part = $2 and from_pos > $3
), gone_entries as (
    delete from entries where generation = $1 and part = $2 and from_pos > $3
), gone_diary as (
    delete from diary where generation = $1 and part = $2 and from_pos > $3
), gone_supply as (
    delete from supply where generation = $1 and part = $2 and pos > $3
), gone_customers as (
    delete from customers where generation = $1 and part = $2 and from_pos > $3
), gone_moments as (
    delete from moments where generation = $1 and part = $2 and pos > $3
), open_appointments as (
    update appointments set to_pos = 9223372036854775807
    where generation = $1 and part = $2 and from_pos <= $3 and to_pos > $3
), open_entries as (
    update entries set to_pos = 9223372036854775807
    where generation = $1 and part = $2 and from_pos <= $3 and to_pos > $3
)
update diary set to_pos = 9223372036854775807
where generation = $1 and part = $2 and from_pos <= $3 and to_pos > $3;

-- name: end_appointments
-- Versions that a load wrote as still true end where the stream went on: at its first ending after them.
update appointments a set to_pos = e.pos
from (
    select o.tenant, o.id, o.from_pos, min(e.pos) as pos
    from endings e
    join appointments o on o.tenant = e.tenant and 'appointment/' || o.id = e.stream and o.from_pos < e.pos
    where e.generation = $1 and e.resource_id is null and o.generation = $1 and o.to_pos = 9223372036854775807
    group by o.tenant, o.id, o.from_pos
) e
where a.generation = $1 and a.tenant = e.tenant and a.id = e.id and a.from_pos = e.from_pos;

-- name: end_entries
-- The same for sessions and waitlist entries.
update entries n set to_pos = e.pos
from (
    select o.tenant, o.stream, o.from_pos, min(e.pos) as pos
    from endings e
    join entries o on o.tenant = e.tenant and o.stream = e.stream and o.from_pos < e.pos
    where e.generation = $1 and e.resource_id is null and o.generation = $1 and o.to_pos = 9223372036854775807
    group by o.tenant, o.stream, o.from_pos
) e
where n.generation = $1 and n.tenant = e.tenant and n.stream = e.stream and n.from_pos = e.from_pos;

-- name: end_diary
-- The same for intervals.
update diary d set to_pos = e.pos
from (
    select o.tenant, o.resource_id, o.day, o.stream, o.from_pos, min(e.pos) as pos
    from endings e
    join diary o on o.tenant = e.tenant and o.resource_id = e.resource_id and o.day = e.day and o.stream = e.stream
        and o.from_pos < e.pos
    where e.generation = $1 and o.generation = $1 and o.to_pos = 9223372036854775807
    group by o.tenant, o.resource_id, o.day, o.stream, o.from_pos
) e
where d.generation = $1 and d.tenant = e.tenant and d.resource_id = e.resource_id and d.day = e.day
    and d.stream = e.stream and d.from_pos = e.from_pos;

-- name: forget_endings
-- They are settled.
delete from endings where generation = $1;

-- name: hashes
-- Every resource's day, appointments of a day, supply and list of customers of the partitions $2 as of positions $3: the
-- sum of its rows' hashes, so no order has to be made. Personal members are no part: `kept` and `record` are left out,
-- but for what is kept of a session: nothing else tells its seats, and nobody's name is in it.
with upto as (select * from unnest($2::int[], $3::bigint[]) u (part, upto))
select 'diary/' || tenant || '/' || resource_id || '/' || day as thing,
       sum(hash_record_extended(row(stream, starts, ends, busy_start, busy_end, kind, expires_at, owner, event_id,
                                    from_pos, case when to_pos <= upto then to_pos end), 0))::text as hash
from diary join upto using (part) where generation = $1 and from_pos <= upto
group by tenant, resource_id, day
union all
select 'appointments/' || tenant || '/' || starts / 1440,
       sum(hash_record_extended(row(id, version, status, deadline, starts, ends, created, service_id, location_id,
                                    customer_id, resource_ids, from_pos, case when to_pos <= upto then to_pos end), 0))::text
from appointments join upto using (part) where generation = $1 and from_pos <= upto
group by tenant, starts / 1440
union all
select split_part(stream, '/', 1) || '/' || tenant || '/' || split_part(stream, '/', 2),
       sum(hash_record_extended(row(version, status, deadline, place, service_id, customer_id, from_pos,
                                    case when to_pos <= upto then to_pos end,
                                    case when stream like 'session/%' then kept end), 0))::text
from entries join upto using (part) where generation = $1 and from_pos <= upto
group by tenant, stream
union all
select 'supply/' || tenant, sum(hash_record_extended(row(pos), 0))::text
from supply join upto using (part) where generation = $1 and pos <= upto
group by tenant
union all
select 'customers/' || tenant, sum(hash_record_extended(row(id, from_pos), 0))::text
from customers join upto using (part) where generation = $1 and from_pos <= upto
group by tenant;
