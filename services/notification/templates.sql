-- The tenants' own templates.

-- name: mark
-- What changes whenever anything does: how many there are, and the sum of their changes.
select count(*) as many, coalesce(sum(change), 0)::bigint as changes from notification.templates;

-- name: every
-- All of them.
select tenant, kind, audience, medium, language, subject, text, html, changed_at from notification.templates;

-- name: put
-- A template of $1 is now this: kind, audience, medium, language, subject, text, html; at $9.
insert into notification.templates (tenant, kind, audience, medium, language, subject, text, html, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict on constraint templates_once do update
set subject = excluded.subject, text = excluded.text, html = excluded.html, changed_at = excluded.changed_at,
    change = nextval('notification.template_changes');

-- name: remove
-- The shipped one again.
delete from notification.templates
where tenant = $1 and kind = $2 and audience = $3 and medium = $4 and language = $5;
