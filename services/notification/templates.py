"""The tenants' own templates: kept in PostgreSQL, and all of them at hand in memory for whoever makes a message.

What is changed here counts at once, what another process changed within a few seconds.
"""

import asyncio
from datetime import datetime
from typing import NamedTuple

import asyncpg

from eventlog.statements import statements
from kit.logging import log
from notification.rendering.words import Audience, Kind, Language, Medium, Template
from projections.model import Pool

SQL = statements("notification", "templates.sql")
EVERY_SECONDS = 2.0


class Place(NamedTuple):
    """Which message a template is for."""

    tenant: str
    kind: Kind
    audience: Audience
    medium: Medium
    language: Language


class Own(NamedTuple):
    """A tenant's template, and since when it is this one."""

    template: Template
    changed_at: datetime


class Templates:
    """All of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._mark: asyncpg.Record | None = None
        self._own: dict[Place, Own] = {}

    def own(self, place: Place) -> Template | None:
        found = self._own.get(place)
        return found.template if found else None

    def of(self, tenant: str) -> dict[Place, Own]:
        return {place: own for place, own in self._own.items() if place.tenant == tenant}

    async def put(self, place: Place, template: Template, at: datetime) -> None:
        await self._pool.execute(SQL["put"], *place, template.subject, template.text, template.html, at)
        await self.refresh()

    async def remove(self, place: Place) -> bool:
        """Whether there was one."""
        done: str = await self._pool.execute(SQL["remove"], *place)
        await self.refresh()
        return done.endswith(" 1")

    async def refresh(self) -> None:
        """Reads all of them, if anything has changed."""
        if (mark := await self._pool.fetchrow(SQL["mark"])) != self._mark:
            rows = await self._pool.fetch(SQL["every"])
            self._own = {
                Place(*row[:5]): Own(Template(subject=row[5], text=row[6], html=row[7]), row[8]) for row in rows
            }
            self._mark = mark

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.refresh()
            except Exception as error:
                log.error("templates not read", exc_info=error)
