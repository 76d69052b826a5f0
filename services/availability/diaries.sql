-- name: days
-- What resources $3 had on the UTC days $4 to $5 as of position $6.
select day, stream, resource_id, starts, ends, busy_start, busy_end, kind, expires_at, owner, event_id
from diary
where generation = $1 and tenant = $2 and resource_id = any($3::text[]) and day between $4 and $5
    and from_pos <= $6 and to_pos > $6;

-- name: changed
-- The appointments and sessions changed in (after $3, upto $4], each as it is then; at most $5.
select 'appointment/' || id as stream, kept from appointments
where generation = $1 and tenant = $2 and from_pos > $3 and from_pos <= $4 and to_pos > $4
union all
select stream, kept from entries
where generation = $1 and tenant = $2 and from_pos > $3 and from_pos <= $4 and to_pos > $4 and stream like 'session/%'
limit $5;

-- name: sessions
-- The sessions whose streams are $3 as of position $4.
select stream, kept from entries
where generation = $1 and tenant = $2 and stream = any($3::text[]) and from_pos <= $4 and to_pos > $4;
