"""The tenant's book as of a moment, or the news that there is no such tenant."""

from availability.moment import Moment
from availability.sources import Sources
from kit.problems import Problem
from scheduling.book import Book


async def book_at(sources: Sources, at: Moment) -> Book:
    """The tenant's supply; a tenant nobody defined is unknown."""
    book = await sources.books.book(sources.pool, at.generation, at.era, at.tenant, at.pos)
    if not book.defined:
        raise Problem("unknown_tenant", "There is no such tenant.")
    return book
