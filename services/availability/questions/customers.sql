-- name: one
-- What was last registered of customer $3 as of position $4.
select record from customers
where generation = $1 and tenant = $2 and id = $3 and from_pos <= $4
order by from_pos desc limit 1;
