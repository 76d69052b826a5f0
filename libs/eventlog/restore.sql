-- name: raise_era
-- A partition that ends before the last event on Kafka ($2, of era $3) goes on in a new era; its owner is fenced.
with raised as (
    update booking.heads
    set era = era + 1, epoch = epoch + 1, owner = null, published = position
    where part = $1 and position < $2 and era = $3 and moved_to is null
    returning part, era, position
)
insert into booking.eras (part, era, from_pos)
select part, era, position from raised
returning era, from_pos;

-- name: erase_subject
-- Empties a person's key rows; what was sealed under their keys is unreadable from now on.
update booking.keys set wrapped = '' where part = $1 and tenant = $2 and subject = $3;

-- name: erase_look_up
-- Drops the e-mail look-ups that lead to a person.
delete from booking.look_ups where part = $1 and tenant = $2 and customer_id = $3;
