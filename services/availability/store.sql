-- What the read model writes. Rows come as arrays of composite values; `$1` is the generation everywhere.

-- name: known
-- The open versions of the appointments named ($2 tenants, $3 ids).
select a.tenant, a.id, a.kept
from unnest($2::text[], $3::text[]) w (tenant, id)
cross join lateral (
    select * from appointments a
    where a.generation = $1 and a.tenant = w.tenant and a.id = w.id and a.to_pos = 9223372036854775807
) a;

-- name: close_appointments
-- Open versions that end ($2 tenants, $3 ids, $4 positions).
update appointments a set to_pos = w.pos
from unnest($2::text[], $3::text[], $4::bigint[]) w (tenant, id, pos)
where a.generation = $1 and a.tenant = w.tenant and a.id = w.id and a.to_pos = 9223372036854775807;

-- name: close_diary
-- Open intervals that end ($2 tenants, $3 resources, $4 days, $5 streams, $6 positions).
update diary d set to_pos = w.pos
from unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::bigint[]) w (tenant, resource_id, day, stream, pos)
where d.generation = $1 and d.tenant = w.tenant and d.resource_id = w.resource_id and d.day = w.day
    and d.stream = w.stream and d.to_pos = 9223372036854775807;

-- name: add_appointments
-- Versions.
insert into appointments select r.* from unnest($1::appointments[]) r;

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
)
update diary set to_pos = 9223372036854775807
where generation = $1 and part = $2 and from_pos <= $3 and to_pos > $3;

-- name: hashes
-- Every resource's day, appointment history, supply and list of customers of partition $2 as of position $3, hashed.
-- Personal members are no part of it: `kept` and `record` are left out.
select 'diary/' || tenant || '/' || resource_id || '/' || day as thing,
       md5(string_agg(concat_ws('|', stream, starts, ends, busy_start, busy_end, kind, extract(epoch from expires_at),
                                owner, event_id, from_pos, case when to_pos <= $3 then to_pos end),
                      '+' order by stream, from_pos)) as hash
from diary where generation = $1 and part = $2 and from_pos <= $3
group by tenant, resource_id, day
union all
select 'appointments/' || tenant || '/' || starts / 1440,
       md5(string_agg(concat_ws('|', id, version, status, extract(epoch from deadline), starts, ends,
                                extract(epoch from created), service_id, location_id, customer_id,
                                array_to_string(resource_ids, ','), from_pos, case when to_pos <= $3 then to_pos end),
                      '+' order by id, from_pos))
from appointments where generation = $1 and part = $2 and from_pos <= $3
group by tenant, starts / 1440
union all
select 'supply/' || tenant, md5(string_agg(pos::text, '+' order by pos))
from supply where generation = $1 and part = $2 and pos <= $3
group by tenant
union all
select 'customers/' || tenant, md5(string_agg(concat_ws('|', id, from_pos), '+' order by id, from_pos))
from customers where generation = $1 and part = $2 and from_pos <= $3
group by tenant;
