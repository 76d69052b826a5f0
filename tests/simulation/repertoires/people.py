"""People: customers registered, changed, merged, blocked, let in again, and erased for good."""

from random import Random

from simulation.scene import Act, Scene, Wish, maybe

PEOPLE = ("joe", "mia", "zoe", "kim")


def _register(random: Random, scene: Scene) -> Wish:
    name = random.choice(PEOPLE)
    own = maybe(random, 0.4, id=f"cus-{name}")
    return "RegisterCustomer", {"name": name.title(), "email": f"{name}@example.com"} | own


def _somebody(random: Random, scene: Scene) -> str:
    return random.choice([*scene.tenant.ids("CustomerRegistered"), "cus-joe"])


def _block(random: Random, scene: Scene) -> Wish:
    return "BlockCustomer", {"customer_id": _somebody(random, scene)} | maybe(random, 0.5, reason="rude")


def _unblock(random: Random, scene: Scene) -> Wish:
    blocked = scene.tenant.ids("CustomerBlocked")
    return "UnblockCustomer", {"customer_id": random.choice(blocked) if blocked else _somebody(random, scene)}


def _erase(random: Random, scene: Scene) -> Wish:
    return "EraseCustomer", {"customer_id": _somebody(random, scene)}


def _change(random: Random, scene: Scene) -> Wish:
    members = maybe(random, 0.5, email=f"{random.choice(PEOPLE)}@example.com") | maybe(random, 0.5, name="Joseph")
    return "ChangeCustomer", {"customer_id": _somebody(random, scene)} | members | maybe(random, 0.2, phone=None)


def _merge(random: Random, scene: Scene) -> Wish:
    return "MergeCustomers", {"customer_id": _somebody(random, scene), "into": _somebody(random, scene)}


REPERTOIRE = [Act(2, _change), Act(1, _merge), Act(3, _register), Act(1, _block), Act(3, _unblock), Act(1, _erase)]
