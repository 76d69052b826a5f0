-- name: written
-- All that was written of the customers $3 up to position $4.
select id, record from customers
where generation = $1 and tenant = $2 and id = any($3::text[]) and from_pos <= $4
order by from_pos;
