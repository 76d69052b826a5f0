"""Seating: what notice and horizon say of a seat in a session. The words are its resources' and place's.

Limits say nothing of it: they are about the time of the resources, of which the session took its part once.
"""

from dataclasses import replace
from datetime import datetime

from contracts.errors import Rejection
from contracts.session import KeptSession
from scheduling.allowed import Allowed
from scheduling.book import Book
from scheduling.diary import Diary
from scheduling.plans import Plan
from scheduling.terms import terms_of
from scheduling.zones import to_minute


def untimely(book: Book, diary: Diary, plan: Plan, kept: KeptSession, now: datetime) -> Rejection | None:
    """Why it is too soon or too far for a seat; who keeps a seat that was agreed on before needs no notice."""
    if not book.rules_starts or plan.ask.imported:
        return None
    seen, start = kept.session, to_minute(kept.session.start)
    known = [resource.id for resource in seen.resources if resource.id in book.resources]
    there = replace(plan, location=book.locations[seen.location_id], duration=to_minute(seen.end) - start)
    terms = terms_of(book, known, plan.service, seen.location_id, plan.steps)
    allowed = Allowed(terms, diary, there, there.stretch(start, start + 1), now)
    facts = list(dict.fromkeys(fact for one in known for fact in allowed.untimely(one, start)))
    if not facts:
        return None
    first = next((fact for fact in facts if fact.reason == "too_soon"), facts[0])
    return Rejection(code=first.reason, detail=first.text, blockers=facts)
