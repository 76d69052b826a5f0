-- Notices about endpoints, and those that notification hands over.

-- name: add
-- One about an endpoint; its number. $1 tenant, $2 endpoint, $3 type, $4 reason, $5 delivery it is about, $6 now.
insert into notices (tenant, endpoint_id, type, reason, webhook_id, at) values ($1, $2, $3, $4, $5, $6) returning number;

-- name: page
-- Those of a tenant, newest first, before number $2; $3 at most.
select number, endpoint_id, type, reason, webhook_id, at from notices
where tenant = $1 and number < $2 order by number desc limit $3;

-- name: offsets
-- Where the reading of the topic goes on.
select part, kafka_offset from notice_offsets;

-- name: set_offset
-- It goes on there.
insert into notice_offsets (part, kafka_offset) values ($1, $2)
on conflict (part) do update set kafka_offset = greatest(notice_offsets.kafka_offset, excluded.kafka_offset);
