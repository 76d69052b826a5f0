"""The published customer is one fold of its stream: details as they are now, and who it turned out to be."""

from contracts import commands as c
from contracts.customer import Customer, fold
from given import Scene, given, sent
from samples import block, command, register


def shown(scene: Scene, customer_id: str) -> Customer:
    found = None
    for record in scene.clinic.records:
        if record.stream == f"customer/{customer_id}":
            found = fold(found, record)
    assert found is not None
    return found


JOE = register(id="joe", name="Joe", email="joe@example.com", external_ids={"shop": "7"})
SUE = register(id="sue", name="Sue")
MERGED = command(c.MergeCustomers, customer_id="joe", into="sue")
ERASED = command(c.EraseCustomer, customer_id="sue")


def test_a_registration_is_shown_whole() -> None:
    joe = shown(given(sent(JOE)), "joe")
    assert (joe.version, joe.name, joe.external_ids, joe.merged_ids, joe.merged_into) == (
        1,
        "Joe",
        {"shop": "7"},
        [],
        None,
    )


def test_a_change_takes_the_place_of_what_was_known() -> None:
    joe = shown(given(sent(JOE, command(c.ChangeCustomer, customer_id="joe", name="Joseph", email=None))), "joe")
    assert (joe.version, joe.name, joe.email, joe.external_ids) == (2, "Joseph", None, {"shop": "7"})


def test_a_merge_is_shown_on_both() -> None:
    scene = given(sent(JOE, SUE, MERGED))
    assert shown(scene, "joe").merged_into == "sue"
    assert (shown(scene, "sue").merged_ids, shown(scene, "sue").merged_into) == (["joe"], None)


def test_a_chain_is_shown_one_step_long() -> None:
    scene = given(
        sent(JOE, SUE, register(id="pat", name="Pat"), MERGED, command(c.MergeCustomers, customer_id="sue", into="pat"))
    )
    assert [shown(scene, one).merged_into for one in ("joe", "sue", "pat")] == ["pat", "pat", None]
    assert shown(scene, "pat").merged_ids == ["sue", "joe"]


def test_of_somebody_erased_there_is_nothing_but_ids() -> None:
    scene = given(sent(JOE, SUE, block("sue", reason="never came"), MERGED, ERASED))
    for one in ("joe", "sue"):
        gone = shown(scene, one)
        assert (gone.erased, gone.name, gone.email, gone.external_ids, gone.blocked_reason) == (
            True,
            None,
            None,
            {},
            None,
        )
    assert shown(scene, "sue").merged_ids == ["joe"]
