-- name: one
-- All that was written of customer $3 up to position $4.
select record from customers
where generation = $1 and tenant = $2 and id = $3 and from_pos <= $4
order by from_pos;
