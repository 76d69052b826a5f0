-- A refusal writes no stream, so no constraint would tell that the stream which its command meant to open is there
-- already (docs/adr/0020-presumed-new.md). It is made sure of with the append: what an append takes, and more of it.

create function booking.presumed_new(passed int[], presumed booking.stream_ref[]) returns int[] language plpgsql as $$
begin
    if exists (
        select from unnest(presumed) p
        cross join lateral (
            select from booking.events e
            where booking.stream_key(e.part, e.tenant, e.stream) = booking.stream_key(p.part, p.tenant, p.stream)
              and e.version = 1
            offset 0
        ) f
        where p.part = any(passed)
    ) then
        raise exception 'a stream that was presumed new' using errcode = 'unique_violation',
            constraint = 'events_stream_once';
    end if;
    return passed;
end
$$;
