-- Requests that may come again.

-- name: begin
-- The request is ours to do: nobody has begun it, or whoever did gave up before $6.
insert into repeats as r (tenant, source, key, asked, at) values ($1, $2, $3, $4, $5)
on conflict (tenant, source, key) do update set at = excluded.at
where r.status is null and r.at < $6 and r.asked = excluded.asked
returning true;

-- name: found
-- What is known of it.
select asked, status, answer from repeats where tenant = $1 and source = $2 and key = $3;

-- name: end
-- It was answered.
update repeats set status = $4, answer = $5 where tenant = $1 and source = $2 and key = $3;

-- name: give_up
-- It was not: whoever asks again does it.
delete from repeats where tenant = $1 and source = $2 and key = $3 and status is null;

-- name: forget
-- Old ones.
delete from repeats where (tenant, source, key) in (select tenant, source, key from repeats where at < $1 limit $2);
