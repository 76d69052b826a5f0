-- Taking over, and what an append is told: one round trip each, each locking the heads it touches in partition order.

create type booking.head_change as (
    part int, epoch bigint, position bigint, events int, decided_at timestamptz, command_offset bigint, published bigint
);
create type booking.stream_ref as (part int, tenant text, stream text);

-- SK001: the caller's clock and ours are more than a second apart; its decisions would freeze time for the others.
create function booking.check_clock(clock timestamptz) returns void language plpgsql as $$
begin
    if clock_timestamp() - clock not between interval '-1 second' and interval '1 second' then
        raise exception 'clock skew: caller %, database %', clock, clock_timestamp() using errcode = 'SK001';
    end if;
end
$$;

-- A start number of `at_least` or more, and above every one drawn here before. The lock makes draw and raise one step.
create function booking.new_start(at_least bigint) returns bigint language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('booking.owner_starts'));
    return setval('booking.owner_starts', greatest(nextval('booking.owner_starts'), at_least));
end
$$;

-- The open heads among `parts`, now ours: whoever wrote before fails its next compare. Absent parts are not here.
create function booking.take_over(parts int[], new_owner text, clock timestamptz)
returns setof booking.heads language plpgsql as $$
begin
    perform booking.check_clock(clock);
    perform from booking.heads h where h.part = any(parts) order by h.part for update;
    return query
        update booking.heads h set epoch = h.epoch + 1, owner = new_owner
        where h.part = any(parts) and h.moved_to is null
        returning h.*;
end
$$;
