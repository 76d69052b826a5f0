"""Own writes: the position that a key's next read has to see, whichever gateway the write came through."""

from gateway.own_writes import OwnWrites


def test_a_sender_is_shown_its_own_last_write_and_not_anothers() -> None:
    writes = OwnWrites()
    writes.heard("key:a", 3, 1, 7)
    writes.heard("key:b", 3, 1, 9)
    assert (writes.position("key:a", 3), writes.position("key:b", 3)) == ("3.7", "3.9")


def test_an_outcome_that_is_repeated_takes_nothing_back() -> None:
    writes = OwnWrites()
    for pos in (5, 8, 5):
        writes.heard("key:a", 0, 1, pos)
    assert writes.position("key:a", 0) == "0.8"


def test_positions_of_different_partitions_are_kept_apart() -> None:
    writes = OwnWrites()
    writes.heard("key:ops", 1, 1, 100)
    writes.heard("key:ops", 2, 1, 4)
    assert (writes.position("key:ops", 1), writes.position("key:ops", 2)) == ("1.100", "2.4")


def test_of_a_sender_not_heard_of_everything_before_the_start_counts() -> None:
    writes = OwnWrites()
    assert writes.position("key:a", 0) is None
    for head in (50, 60):
        writes.head(0, head)
    assert writes.position("key:a", 0) == "0.50"


def test_after_a_restore_nothing_of_before_is_waited_for() -> None:
    writes = OwnWrites()
    writes.head(0, 50)
    writes.heard("key:a", 0, 1, 80)
    writes.head(0, 30)
    writes.heard("key:b", 0, 2, 31)
    assert (writes.position("key:a", 0), writes.position("key:b", 0)) == ("0.30", "0.31")
    writes.heard("key:a", 0, 1, 80)
    assert writes.position("key:a", 0) == "0.30"


def test_only_so_many_senders_are_remembered() -> None:
    writes = OwnWrites(capacity=2)
    for name in ("a", "b", "a", "c"):
        writes.heard(name, 0, 1, 1)
    assert [writes.position(name, 0) for name in ("a", "b", "c")] == ["0.1", None, "0.1"]
