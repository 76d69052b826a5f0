-- Claims, results and order, as functions: a step of one sees what was committed until then, locks included, and a batch of
-- deliveries of any number of endpoints takes one round trip. Every step is an index range, however old statistics are.
-- Whoever calls them lets plans go every moment: one kept from when a table was empty takes whatever index came first.

-- The first waiting delivery of each lane (endpoint, stream) gets ready, unless another of it is under way or parked.
create function webhook.promote(endpoint_ids text[], streams text[]) returns void language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    update deliveries set state = 'ready'
    where id in (
        select first.id
        from (select distinct endpoint_id, stream from unnest(endpoint_ids, streams) l (endpoint_id, stream)) lane
        cross join lateral (
            select w.id from deliveries w
            where w.endpoint_id = lane.endpoint_id and w.stream = lane.stream and w.state = 'waiting'
            order by w.pos, w.n, w.run limit 1
        ) first
        where not exists (
            select from deliveries u
            where u.endpoint_id = lane.endpoint_id and u.stream = lane.stream and u.state in ('ready', 'sending', 'parked')
        )
    );
end
$$;

-- New deliveries, in the arrays' order. Twice the same is one; on an ordered endpoint those behind an unfinished one wait.
-- Holds the endpoints' rows (share) from here to the caller's commit, so no delivery before them finishes unseen. How many
-- were made; null, and none, where an endpoint is not any more as it was `seen`.
create function webhook.enqueue(
    endpoint_ids text[], seen timestamptz[], webhook_ids text[], in_run bigint, parts int[], streams text[], poses bigint[],
    ns int[], sequences int[], in_order boolean[], helds boolean[], dues timestamptz[], made timestamptz
) returns int language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    inserted int;
begin
    -- What a database that crashed forgets is made again: so far, too, it has forgotten that the events were read.
    perform set_config('synchronous_commit', 'off', true);
    perform from endpoints e where e.id = any(endpoint_ids) order by e.id for share;
    if exists (
        select from unnest(endpoint_ids, seen) g (id, changed_at) left join endpoints e on e.id = g.id
        where e.changed_at is distinct from g.changed_at
    ) then
        return null;
    end if;
    with given as (
        select g.*, g.wants_held or e.status <> 'enabled' as held,
            row_number() over (partition by endpoint_id, stream order by pos, n) as place
        from unnest(endpoint_ids, webhook_ids, parts, streams, poses, ns, sequences, in_order, helds, dues)
            g (endpoint_id, webhook_id, part, stream, pos, n, sequence, ordered, wants_held, due_at)
        join endpoints e on e.id = g.endpoint_id
    )
    insert into deliveries (
        endpoint_id, webhook_id, run, part, stream, pos, n, sequence, state, held, due_at, made_at
    )
    select endpoint_id, webhook_id, in_run, part, stream, pos, n, sequence,
        case when ordered and (place > 1 or exists (
            select from deliveries u
            where u.endpoint_id = g.endpoint_id and u.stream = g.stream
                and u.state in ('waiting', 'ready', 'sending', 'parked')
        )) then 'waiting' else 'ready' end,
        held, due_at, made
    from given g order by pos, n
    on conflict (endpoint_id, webhook_id, run) do nothing;
    get diagnostics inserted = row_count;
    if inserted < cardinality(endpoint_ids) then
        perform promote(endpoint_ids, streams);
    end if;
    return inserted;
end
$$;

-- Up to `room` deliveries that may start now, theirs the endpoints that waited longest. An endpoint has at most `cap` under
-- way, one while its circuit is broken, and starts no more than its rate. Endpoints another process holds come next time.
create function webhook.claim(me text, at timestamptz, margin interval, cap int, room int)
returns table (
    id bigint, endpoint_id text, webhook_id text, run bigint, part int, tenant text, stream text, sequence int,
    attempts int, attempts_ever int, previous_sequence int, gap int[], url text, timeout_seconds float8, on_poison text,
    ordered boolean, schedule_seconds float8[], secrets bytea[], event bytea
) language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
    chosen text[];
    places tid[];
    firsts boolean[];
begin
    -- A database that crashed may have forgotten its last moments: then what was sent in them is sent again.
    perform set_config('synchronous_commit', 'off', true);
    select array_agg(c.id) into chosen from (
        select e.id from endpoints e
        where e.status = 'enabled'
            and (e.paused_until is null or e.paused_until <= at) and (e.open_until is null or e.open_until <= at)
            and coalesce(
                (select true from deliveries d
                 where d.endpoint_id = e.id and d.state = 'ready' and not d.held and d.due_at <= at limit 1),
                (select true from deliveries d
                 where d.endpoint_id = e.id and d.state = 'ready' and d.held and d.due_at <= at limit 1)
            )
            and (select count(*) from deliveries s where s.endpoint_id = e.id and s.state = 'sending') < cap
        order by e.served_at limit room
        for no key update of e skip locked
    ) c;
    if chosen is null then
        return;
    end if;
    -- Which, by their places in the table: so the next step goes straight to them, whatever statistics say.
    with able as (
        select e.id, e.served_at, greatest(0, least(
            case when e.unreachable >= 5 then 1 else cap end
                - (select count(*)::int from deliveries s where s.endpoint_id = e.id and s.state = 'sending'),
            case when e.rate_per_second is null then cap else greatest(1, floor(e.rate_per_second)::int)
                - (select count(*)::int from unnest(e.granted) g
                   where g > at - make_interval(secs => 1.1 / least(1, e.rate_per_second))) end
        )) as free
        from endpoints e where e.id = any(chosen) and e.status = 'enabled'
    ), picked as (
        select d.ctid, o.id, d.stream, d.pos, d.n
        from able o cross join lateral (
            select * from (
                (select r.ctid, r.stream, r.held, r.due_at, r.pos, r.n from deliveries r
                 where r.endpoint_id = o.id and r.state = 'ready' and not r.held and r.due_at <= at
                 order by r.due_at, r.pos, r.n limit o.free)
                union all
                (select r.ctid, r.stream, r.held, r.due_at, r.pos, r.n from deliveries r
                 where r.endpoint_id = o.id and r.state = 'ready' and r.held and r.due_at <= at
                 order by r.due_at, r.pos, r.n limit o.free)
            ) both_kinds order by held, due_at, pos, n limit o.free
        ) d
        order by o.served_at limit room
    ), numbered as (
        select p.ctid, row_number() over (partition by p.id, p.stream order by p.pos, p.n) = 1 as is_first from picked p
    )
    select array_agg(p.ctid), array_agg(p.is_first) into places, firsts from numbered p;
    if places is null then
        return;
    end if;
    return query
    with taken as (
        update deliveries d set
            state = 'sending', owner = me, prepared = true,
            lease_until = at + make_interval(secs => o.timeout_seconds) + margin,
            previous_sequence = case when d.prepared then d.previous_sequence else coalesce(
                (select l.previous_sequence from deliveries l
                 where d.run > 0 and l.endpoint_id = d.endpoint_id and l.webhook_id = d.webhook_id and l.run = 0 and l.prepared),
                (select b.sequence from deliveries b
                 where b.endpoint_id = d.endpoint_id and b.stream = d.stream and b.run = d.run
                    and (b.pos, b.n) < (d.pos, d.n) and b.state not in ('dead', 'skipped', 'cancelled', 'expired')
                 order by b.pos desc, b.n desc limit 1)) end,
            gap = case when d.prepared then d.gap when d.run > 0 then coalesce(
                (select l.gap from deliveries l
                 where l.endpoint_id = d.endpoint_id and l.webhook_id = d.webhook_id and l.run = 0 and l.prepared), '{}')
                when not p.is_first then '{}' else array(
                select distinct b.sequence from deliveries b
                where b.endpoint_id = d.endpoint_id and b.stream = d.stream and b.run = 0 and not b.gap_told
                    and (b.pos, b.n) < (d.pos, d.n) and b.state in ('dead', 'skipped') order by 1) end
        from unnest(places, firsts) p (place, is_first), endpoints o
        where d.ctid = p.place and o.id = d.endpoint_id and d.state = 'ready'
        returning d.*
    ), told as (
        update deliveries b set gap_told = true from taken t
        where t.gap <> '{}' and b.endpoint_id = t.endpoint_id and b.stream = t.stream and b.run = 0 and not b.gap_told
            and (b.pos, b.n) < (t.pos, t.n) and b.state in ('dead', 'skipped')
    ), served as (
        update endpoints e set served_at = at, granted = case when e.rate_per_second is null then '{}' else
            array(select g from unnest(e.granted) g where g > at - make_interval(secs => 1.1 / least(1, e.rate_per_second)))
            || array_fill(at, array[n.count::int]) end
        from (select t.endpoint_id, count(*) as count from taken t group by t.endpoint_id) n
        where e.id = n.endpoint_id
    )
    select t.id, t.endpoint_id, t.webhook_id, t.run, m.part, o.tenant, t.stream, t.sequence, t.attempts, t.attempts_ever,
        t.previous_sequence, t.gap, o.url, o.timeout_seconds, o.on_poison, o.ordered, o.schedule_seconds,
        array(select s.sealed from secrets s where s.endpoint_id = o.id and (s.until is null or s.until > at)
              order by s.number desc),
        m.event
    from taken t join endpoints o on o.id = t.endpoint_id join messages m on m.webhook_id = t.webhook_id;
end
$$;

-- What came of claimed deliveries, their attempts included; which results counted. Those of a claim that is no longer ours
-- do not. What belongs to an endpoint deleted meanwhile, or to a cancelled replay, is not tried again. A finished one lets
-- the next of its lane go.
create function webhook.settle(
    me text, ids bigint[], states text[], dues timestamptz[], tried boolean[], hold boolean[], ats timestamptz[],
    statuses int[], errors text[], latencies int[], at timestamptz
) returns bigint[] language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
    settled   bigint[];
    endpoints text[];
    lanes     text[];
begin
    perform set_config('synchronous_commit', 'off', true);
    perform from endpoints e
    where e.id in (select d.endpoint_id from deliveries d where d.id = any(ids))
    order by e.id for no key update;
    with given as (
        select g.*, d.ctid as place, e.ordered, e.status = 'deleted' or exists (
            select from replays r where r.number = d.run and d.run > 0 and r.status = 'cancelled'
        ) as is_void
        from unnest(ids, states, dues, tried, hold, ats, statuses, errors, latencies) with ordinality
            g (id, state, due_at, tried, held, tried_at, status, error, latency_ms, number)
        join deliveries d on d.id = g.id join endpoints e on e.id = d.endpoint_id
    ), final as (
        select g.*, case when g.state in ('ready', 'parked') and is_void then 'cancelled' else g.state end as becomes
        from given g
    ), done as (
        update deliveries d set
            state = f.becomes, due_at = f.due_at, owner = null, lease_until = null, held = d.held or f.held,
            attempts = case when f.held then 0 else d.attempts + f.tried::int end,
            attempts_ever = d.attempts_ever + f.tried::int,
            finished_at = case when f.becomes in ('ready', 'parked') then null else at end
        from final f
        where d.ctid = f.place and d.owner = me and d.state = 'sending'
        returning d.id, d.endpoint_id, d.webhook_id, d.stream, d.attempts_ever, f.tried, f.tried_at, f.status, f.error,
            f.latency_ms, f.number, f.ordered and f.becomes <> 'ready' as goes_on
    ), logged as (
        insert into attempts (endpoint_id, webhook_id, attempt, at, status, error, latency_ms)
        select endpoint_id, webhook_id, attempts_ever, tried_at, status, error, latency_ms
        from done where tried order by number
    )
    select array_agg(id), array_agg(endpoint_id) filter (where goes_on), array_agg(stream) filter (where goes_on)
    into settled, endpoints, lanes from done;
    perform promote(endpoints, lanes);
    return coalesce(settled, '{}');
end
$$;

-- What answers mean for their endpoints, one row each: `oks` any success, the others counted since the last one. An answer
-- from a URL that was changed meanwhile disables nobody. Tells who was disabled or recovered by this, each once.
create function webhook.reckon(
    ids text[], urls text[], oks boolean[], faileds boolean[], deads int[], unreachables int[], pauses timestamptz[],
    gones boolean[], at timestamptz
) returns table (endpoint_id text, tenant text, part int, told text, reason text) language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
    return query
    with given as (
        select * from unnest(ids, urls, oks, faileds, deads, unreachables, pauses, gones)
            g (id, url, ok, failed, dead, unreachable, pause, gone)
    ), counted as (
        select o.id, o.status, o.incident_at, g.ok,
            case when g.failed then case when g.ok then at else coalesce(o.failing_since, at) end
                 when g.ok then null else o.failing_since end as failing_since,
            case when g.ok then g.dead else o.dead + g.dead end as dead,
            case when g.ok then g.unreachable else o.unreachable + g.unreachable end as unreachable,
            case when g.unreachable > 0 then g.unreachable end as just_now,
            greatest(o.paused_until, g.pause) as paused_until, o.open_until, g.gone and g.url = o.url as gone
        from given g join endpoints o on o.id = g.id where o.status <> 'deleted'
    ), judged as (
        select c.*, case when c.status = 'disabled' then null when c.gone then 'gone'
            when c.dead >= 10 and c.failing_since <= at - interval '5 days' then 'failing' end as why
        from counted c
    ), changed as (
        update endpoints e set
            failing_since = j.failing_since, dead = j.dead, unreachable = j.unreachable, paused_until = j.paused_until,
            open_until = case
                when j.unreachable >= 5 and j.just_now is not null
                    then at + make_interval(secs => least(60, 5 * 2 ^ least(j.unreachable - 5, 10)))
                when j.ok then null else j.open_until end,
            status = case when j.why is null then e.status else 'disabled' end,
            reason = coalesce(j.why, e.reason), disabled_at = case when j.why is null then e.disabled_at else at end,
            incident_at = case when j.why is not null then coalesce(j.incident_at, at) when j.ok then null
                else j.incident_at end
        from judged j where e.id = j.id
        returning e.id, e.tenant, e.part, j.why, j.incident_at, j.ok
    ), held as (
        update deliveries d set held = true
        from changed c where c.why is not null and d.endpoint_id = c.id and d.state in ('ready', 'waiting')
    )
    select id, tenant, part, case when why is null then 'endpoint.recovered' else 'endpoint.disabled' end, why
    from changed where (why is not null and incident_at is null) or (why is null and ok and incident_at is not null);
end
$$;

grant execute on all functions in schema webhook to webhook;
