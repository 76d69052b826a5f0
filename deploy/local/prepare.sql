-- What must be in a PostgreSQL server before migrations run, and the rights of the services after them.

-- name: database_exists
-- Whether the server has a database of that name.
select count(*) from pg_database where datname = %s;

-- name: create_database
-- Text of the statement that makes the database.
select format('create database %%I template template0', %s::text);

-- name: set_role
-- Text of the statement that makes a login role, or gives the existing one its password.
select format(
    case when exists (select from pg_roles where rolname = %(role)s) then 'alter role %%I login password %%L'
         else 'create role %%I login password %%L' end,
    %(role)s::text, %(password)s::text
);

-- name: one_at_a_time
-- Roles belong to the whole server: two stacks that prepare databases on it take turns, until the transaction ends.
select pg_advisory_xact_lock(7202604);

-- name: give_schema
-- Text of the statements that give a service the schema of its name, tables of later migrations included.
select format(
    'grant all on schema %%1$I to %%1$I;'
    'grant all on all tables in schema %%1$I to %%1$I;'
    'grant all on all sequences in schema %%1$I to %%1$I;'
    'grant all on all functions in schema %%1$I to %%1$I;',
    nspname
)
from pg_namespace where nspname = %s;
