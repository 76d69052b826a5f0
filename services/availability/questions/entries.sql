-- Sessions and waitlist entries as of a position ($1 generation, $2 tenant). A null filter filters nothing.

-- name: one
-- The one whose stream is $3 at position $4.
select kept from entries where generation = $1 and tenant = $2 and stream = $3 and from_pos <= $4 and to_pos > $4;

-- name: listed
-- A page of a kind ($3) at position $4, when it is $5, after the item at $11, $12; at most $13. Filters: $6 from, $7 to
-- (places), $8 services, $9 statuses, $10 customers. Whose offer was not taken in time waits again.
select stream, place, kept
from entries
where generation = $1 and tenant = $2 and split_part(stream, '/', 1) = $3 and from_pos <= $4 and to_pos > $4
    and ($6::bigint is null or place >= $6) and ($7::bigint is null or place < $7)
    and ($8::text[] is null or service_id = any($8))
    and ($9::text[] is null or case when deadline <= $5 then 'waiting' else status end = any($9))
    and ($10::text[] is null or customer_id = any($10))
    and ($11::bigint is null or (place, stream) > ($11, $12::text))
order by place, stream
limit $13;

-- name: versions
-- Of the streams $3 the versions $4, and each one's version before.
select distinct e.stream, e.version, e.kept
from unnest($3::text[], $4::int[]) w (stream, version)
cross join lateral (
    select * from entries e
    where e.generation = $1 and e.tenant = $2 and e.stream = w.stream and e.version in (w.version, w.version - 1)
) e;
