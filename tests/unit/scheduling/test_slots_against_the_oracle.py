"""P4: what is offered, what is chosen and what nothing stands against are the same starts, and the oracle's."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
import shelves
from random_worlds import Scene, ruled_scenes, scenes
from scheduling.book import Book
from scheduling.diary import Diary
from scheduling.slots import Choice, Offer, Plan, blockers, choose, offers
from worlds import Wish

slowly = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def look(scene: Scene) -> tuple[Book, Diary, Plan]:
    book = shelves.book(scene.world)
    plan = shelves.planned(book, shelves.ask(scene.wish))
    return book, shelves.loaded_for(scene.world, plan, scene.first, scene.last), plan


def offered(scene: Scene) -> dict[int, Offer]:
    book, diary, plan = look(scene)
    found = offers(book, diary, plan, scene.first, scene.last, scene.wish.now, 10_000)
    return {offer.start: offer for offer in found}


@slowly
@given(scenes())
def test_every_start_is_offered_exactly_if_the_oracle_would_book_it(scene: Scene) -> None:
    starts = range(scene.first, scene.last)
    assert sorted(offered(scene)) == [start for start in starts if oracle.accepts(scene.world, scene.wish, start)]


@slowly
@given(ruled_scenes())
def test_what_policies_allow_is_what_the_oracle_says_that_they_do(scene: Scene) -> None:
    starts = range(scene.first, scene.last)
    assert sorted(offered(scene)) == [start for start in starts if oracle.accepts(scene.world, scene.wish, start)]


@slowly
@given(st.one_of(scenes(90), ruled_scenes(90)))
def test_every_start_is_chosen_exactly_if_it_is_offered_and_then_by_its_first_candidate(scene: Scene) -> None:
    book, diary, plan = look(scene)
    found = offered(scene)
    for start in range(scene.first, scene.last):
        choice = choose(book, diary, plan, start, scene.wish.now)
        assert isinstance(choice, Choice) == (start in found)
        if isinstance(choice, Choice):
            assert list(choice.resources) == found[start].candidates[0]


@slowly
@given(st.one_of(scenes(90), ruled_scenes(90)))
def test_something_stands_against_a_start_exactly_if_it_is_not_offered(scene: Scene) -> None:
    book, diary, plan = look(scene)
    found = offered(scene)
    for start in range(scene.first, scene.last):
        assert bool(blockers(book, diary, plan, start, scene.wish.now)) == (start not in found)


@slowly
@given(scenes(90))
def test_every_candidate_is_accepted_when_it_is_named(scene: Scene) -> None:
    book, diary, _ = look(scene)
    for start, offer in offered(scene).items():
        assert offer.remaining >= 1
        for candidate in offer.candidates:
            wish = Wish(**(vars(scene.wish) | {"named": tuple(candidate)}))
            choice = choose(book, diary, shelves.planned(book, shelves.ask(wish)), start, wish.now)
            assert isinstance(choice, Choice)
            assert list(choice.resources) == candidate
