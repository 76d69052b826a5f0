-- The secrets of endpoints, sealed.

-- name: add
-- One more of an endpoint. $1 endpoint, $2 kind, $3 sealed, $4 now.
insert into secrets (endpoint_id, number, kind, sealed, made_at)
select $1, coalesce(max(number), 0) + 1, $2, $3, $4 from secrets where endpoint_id = $1;

-- name: live
-- Those that sign at $2, newest first.
select kind, sealed, until from secrets where endpoint_id = $1 and (until is null or until > $2) order by number desc;

-- name: supersede
-- The present ones of kind $2 sign until $3.
update secrets set until = $3 where endpoint_id = $1 and kind = $2 and until is null;

-- name: end
-- None of kind $2 signs after $3.
update secrets set until = $3 where endpoint_id = $1 and kind = $2 and (until is null or until > $3);

-- name: forget
-- All of an endpoint.
delete from secrets where endpoint_id = $1;

-- name: forget_past
-- Those that sign no more.
delete from secrets where until <= $1;
