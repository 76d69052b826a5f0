-- name: find
-- One key by its id.
select id, tenant, name, scopes, hash, created_at, revoked_at from gateway.api_keys where id = $1;

-- name: add
-- A new key.
insert into gateway.api_keys (id, tenant, name, scopes, hash, created_at) values ($1, $2, $3, $4, $5, $6);

-- name: revoke
-- Ends a key; one that has ended keeps its first instant.
update gateway.api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1
returning id, tenant, name, scopes, hash, created_at, revoked_at;

-- name: every
-- All keys, or one tenant's, oldest first.
select id, tenant, name, scopes, hash, created_at, revoked_at from gateway.api_keys
where $1::text is null or tenant = $1 order by created_at, id;
