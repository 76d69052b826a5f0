"""People: customers registered, blocked, let in again, and erased for good."""

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


REPERTOIRE = [Act(3, _register), Act(1, _block), Act(3, _unblock), Act(1, _erase)]
