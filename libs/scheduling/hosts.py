"""Hosts: who can be had at several starts, so that one person can be kept for all of them."""

from collections.abc import Iterable
from datetime import datetime

from contracts.errors import Blocker
from scheduling.against import Against
from scheduling.book import Book
from scheduling.diary import Diary
from scheduling.plans import Plan
from scheduling.search import Search


def hosts(book: Book, diary: Diary, plan: Plan, starts: Iterable[int], now: datetime) -> frozenset[str]:
    """Of those from whom a plan may choose, who is free at every start."""
    free = frozenset(one for need in plan.needs for one in need.pool)
    for start in starts:
        search = Search(book, diary, plan, plan.stretch(start, start + 1), now)
        bit = 1 << (start - search.stretch.start)
        free = frozenset(one for one in free if search.free(one) & bit)
    return free


def absent(book: Book, diary: Diary, plan: Plan, start: int, now: datetime) -> list[Blocker]:
    """All that stands against those from whom a plan may choose, at one start."""
    search = Search(book, diary, plan, plan.stretch(start, start + 1), now)
    against, bit = Against(search, start), 1 << (start - search.stretch.start)
    away = (one for need in plan.needs for one in need.pool if not search.free(one) & bit)
    return [fact for one in away for fact in against.facts(one)]
