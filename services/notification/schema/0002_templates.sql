-- What tenants say in their own words. A message that has no row here is the shipped one. `change` grows with every
-- change of the table, so that a process sees at one glance whether what it knows is still all there is.
create sequence notification.template_changes;

create table notification.templates (
    tenant     text        not null collate "C",
    kind       text        not null collate "C",
    audience   text        not null collate "C",
    medium     text        not null collate "C",
    language   text        not null collate "C",
    subject    text        not null,
    text       text        not null,
    html       text        not null,
    change     bigint      not null default nextval('notification.template_changes'),
    changed_at timestamptz not null,
    constraint templates_once primary key (tenant, kind, audience, medium, language)
);

grant select, insert, update, delete on notification.templates to notification;
grant usage on sequence notification.template_changes to notification;
