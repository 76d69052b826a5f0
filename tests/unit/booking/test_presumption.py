"""When a command is presumed new, and when it is not."""

from booking.presumption import DOUBTED, REMEMBERED, Presumption
from eventlog.log import InboxKey


def keys(prefix: str, number: int) -> list[InboxKey]:
    return [InboxKey("acme", "web", f"{prefix}{n}") for n in range(number)]


def trusting() -> Presumption:
    presumption = Presumption()
    presumption.heard(keys("first", DOUBTED), [])
    return presumption


ONE = keys("one", 1)[0]


def test_it_begins_in_doubt_and_doubts_for_so_many_commands() -> None:
    presumption = Presumption()
    presumption.heard(keys("a", DOUBTED - 1), [])
    assert presumption.in_doubt
    assert not presumption.new(ONE)
    presumption.heard(keys("b", 1), [])
    assert not presumption.in_doubt
    assert presumption.new(ONE)


def test_a_command_heard_of_lately_is_not_presumed_new() -> None:
    presumption = trusting()
    presumption.heard([ONE], [])
    assert not presumption.new(ONE)
    assert presumption.new(keys("another", 1)[0])


def test_only_so_many_are_remembered() -> None:
    presumption = trusting()
    presumption.heard([ONE], [])
    presumption.heard(keys("later", REMEMBERED), [])
    assert not presumption.new(ONE)
    presumption.heard(keys("much later", REMEMBERED), [])
    assert presumption.new(ONE)


def test_a_repetition_heard_of_lately_is_no_reason_to_doubt() -> None:
    presumption = trusting()
    presumption.heard([ONE], [])
    presumption.heard([ONE], [ONE])
    assert not presumption.in_doubt


def test_a_repetition_of_something_long_ago_is_one() -> None:
    presumption = trusting()
    presumption.heard([ONE], [ONE])
    assert presumption.in_doubt


def test_commands_read_again_do_not_end_the_doubt() -> None:
    presumption = trusting()
    presumption.doubt()
    again = keys("first", DOUBTED)
    presumption.heard(again, again)
    assert presumption.in_doubt
