-- Appointments as of a position ($1 generation, $2 tenant). A null filter filters nothing; from its deadline on ($4 is
-- now) a held or requested one is expired.

-- name: one
-- An appointment ($3) at position $4.
select kept from appointments where generation = $1 and tenant = $2 and id = $3 and from_pos <= $4 and to_pos > $4;

-- name: versions
-- Its versions up to position $4.
select version, kept from appointments
where generation = $1 and tenant = $2 and id = $3 and from_pos <= $4
order by from_pos;

-- name: counted
-- Filters: $5 from, $6 to (minutes), $7 resources, $8 customers, $9 statuses, $10 locations, $11 services.
select count(*)
from appointments
where generation = $1 and tenant = $2 and from_pos <= $3 and to_pos > $3
    and ($5::bigint is null or starts >= $5) and ($6::bigint is null or starts < $6)
    and ($7::text[] is null or resource_ids && $7) and ($8::text[] is null or customer_id = any($8))
    and ($9::text[] is null or case when deadline <= $4 then 'expired' else status end = any($9))
    and ($10::text[] is null or location_id = any($10)) and ($11::text[] is null or service_id = any($11));

-- name: listed_by_start_up
-- A page after the item at $12, $13, without the first $15; at most $14.
select id, starts as place, kept
from appointments
where generation = $1 and tenant = $2 and from_pos <= $3 and to_pos > $3
    and ($5::bigint is null or starts >= $5) and ($6::bigint is null or starts < $6)
    and ($7::text[] is null or resource_ids && $7) and ($8::text[] is null or customer_id = any($8))
    and ($9::text[] is null or case when deadline <= $4 then 'expired' else status end = any($9))
    and ($10::text[] is null or location_id = any($10)) and ($11::text[] is null or service_id = any($11))
    and ($12::bigint is null or (starts, id) > ($12, $13::text))
order by starts, id
limit $14 offset $15;

-- name: listed_by_start_down
-- A page after the item at $12, $13, without the first $15; at most $14.
select id, starts as place, kept
from appointments
where generation = $1 and tenant = $2 and from_pos <= $3 and to_pos > $3
    and ($5::bigint is null or starts >= $5) and ($6::bigint is null or starts < $6)
    and ($7::text[] is null or resource_ids && $7) and ($8::text[] is null or customer_id = any($8))
    and ($9::text[] is null or case when deadline <= $4 then 'expired' else status end = any($9))
    and ($10::text[] is null or location_id = any($10)) and ($11::text[] is null or service_id = any($11))
    and ($12::bigint is null or (starts, id) < ($12, $13::text))
order by starts desc, id desc
limit $14 offset $15;

-- name: listed_by_created_at_up
-- A page after the item at $12, $13, without the first $15; at most $14.
select id, created as place, kept
from appointments
where generation = $1 and tenant = $2 and from_pos <= $3 and to_pos > $3
    and ($5::bigint is null or starts >= $5) and ($6::bigint is null or starts < $6)
    and ($7::text[] is null or resource_ids && $7) and ($8::text[] is null or customer_id = any($8))
    and ($9::text[] is null or case when deadline <= $4 then 'expired' else status end = any($9))
    and ($10::text[] is null or location_id = any($10)) and ($11::text[] is null or service_id = any($11))
    and ($12::timestamptz is null or (created, id) > ($12, $13::text))
order by created, id
limit $14 offset $15;

-- name: listed_by_created_at_down
-- A page after the item at $12, $13, without the first $15; at most $14.
select id, created as place, kept
from appointments
where generation = $1 and tenant = $2 and from_pos <= $3 and to_pos > $3
    and ($5::bigint is null or starts >= $5) and ($6::bigint is null or starts < $6)
    and ($7::text[] is null or resource_ids && $7) and ($8::text[] is null or customer_id = any($8))
    and ($9::text[] is null or case when deadline <= $4 then 'expired' else status end = any($9))
    and ($10::text[] is null or location_id = any($10)) and ($11::text[] is null or service_id = any($11))
    and ($12::timestamptz is null or (created, id) < ($12, $13::text))
order by created desc, id desc
limit $14 offset $15;
