-- What is asked over HTTP: attempts, sending again, and the list of addresses that take no reminders.

-- name: attempts
-- A page of tenant $1's attempts, newest first: of appointment $2 and channel $3 if given, after ($4, $5, $6).
select a.notification_id, n.appointment_id, n.kind, n.audience, n.channel, a.number, a.at, a.ended_at, a.result, a.detail
from attempts a join notifications n on n.id = a.notification_id
where a.tenant = $1 and ($2::text is null or n.appointment_id = $2) and ($3::text is null or n.channel = $3)
    and ($4::timestamptz is null or (a.at, a.notification_id, a.number) < ($4, $5, $6))
order by a.at desc, a.notification_id desc, a.number desc limit $7;

-- name: again
-- A row of tenant $1 is due again now ($3), unless it is on its way.
update notifications set status = 'planned', reason = null, due_at = $3, ended_pos = null, settled_at = null
where tenant = $1 and id = $2 and status <> 'sending' returning id;

-- name: row
-- Whether tenant $1 has such a row.
select status from notifications where tenant = $1 and id = $2;

-- name: suppressions
-- A page of tenant $1's list in the order of its keys, after $2, at most $3; just key $4 if given.
select address_key, sealed, reason, made_at from suppressions
where tenant = $1 and address_key > $2 and ($4::text is null or address_key = $4) order by address_key limit $3;

-- name: suppress
-- An address takes no reminders: $1 tenant, $2 key, $3 reason, $4 now. One that is there already stays as it is.
with made as (
    insert into suppressions (tenant, address_key, reason, made_at) values ($1, $2, $3, $4)
    on conflict on constraint suppressions_once do nothing returning *
)
select address_key, sealed, reason, made_at, true as new from made
union all
select address_key, sealed, reason, made_at, false from suppressions where tenant = $1 and address_key = $2;

-- name: welcome
-- It takes them again.
delete from suppressions where tenant = $1 and address_key = $2 returning address_key;
