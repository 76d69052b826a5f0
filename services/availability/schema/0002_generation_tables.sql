-- A generation's own tables: made apart and bare for the load, then given indexes and attached, or dropped at once.
-- Of the partitioned parents named in `parents`, generation `n` has `<parent>_g<n>`.

create function availability.make_tables(parents text[], n int) returns void language plpgsql as $$
declare
    parent text;
begin
    foreach parent in array parents loop
        execute format('create table %I (like %I including defaults)', parent || '_g' || n, parent);
    end loop;
end
$$;

-- The check spares the scan that attaching would do; the parent's indexes and keys are built on the way.
create function availability.attach_tables(parents text[], n int) returns void language plpgsql
set maintenance_work_mem = '256MB' as $$
declare
    parent text;
    own    text;
begin
    foreach parent in array parents loop
        own := parent || '_g' || n;
        execute format('alter table %I add constraint of_generation check (generation = %s)', own, n);
        execute format('alter table %I attach partition %I for values in (%s)', parent, own, n);
        execute format('alter table %I drop constraint of_generation', own);
        execute format('analyze %I', own);
    end loop;
end
$$;

create function availability.drop_tables(parents text[], n int) returns void language plpgsql as $$
declare
    parent text;
begin
    foreach parent in array parents loop
        execute format('drop table if exists %I', parent || '_g' || n);
    end loop;
end
$$;

grant execute on all functions in schema availability to availability;
