"""Money facts: what was paid for an appointment and what goes back."""

from random import Random

from simulation.scene import Act, Scene, Wish, maybe

PAID = ("scheduled", "confirmed", "completed")


def _pay(random: Random, scene: Scene) -> Wish | None:
    id = scene.appointment_id(random, *PAID)
    if id is None:
        return None
    card = {"method": "card", "amount": {"amount_minor": random.choice([1_000, 6_500]), "currency": "USD"}}
    package = {"method": "package", "credits": {"amount": 2, "pass_id": "ten"}}
    body = {"appointment_id": id} | (card if random.random() < 0.8 else package)
    body |= maybe(random, 0.4, id=f"pay-{random.randrange(20)}")
    return "RecordPayment", body | maybe(random, 0.3, status=random.choice(["pending", "failed", "authorized"]))


def _refund(random: Random, scene: Scene) -> Wish | None:
    id = scene.appointment_id(random, *PAID, "cancelled")
    part = maybe(random, 0.5, amount={"amount_minor": random.choice([500, 90_000]), "currency": "USD"})
    return ("RequestRefund", {"appointment_id": id} | part) if id else None


def _settle(random: Random, scene: Scene) -> Wish | None:
    refunds = scene.tenant.ids("RefundRequested", "refund_id")
    if not refunds:
        return None
    return "SettleRefund", {"refund_id": random.choice(refunds)} | maybe(random, 0.3, status="failed")


def _coupon(random: Random, scene: Scene) -> Wish | None:
    id, discount = (
        scene.appointment_id(random, *PAID),
        {"amount_minor": random.choice([500, 90_000]), "currency": "USD"},
    )
    coupon = {"coupon_id": random.choice(["spring", "friend"]), "discount": discount}
    return ("ApplyCoupon", {"appointment_id": id} | coupon) if id else None


def _credits(random: Random, scene: Scene) -> Wish | None:
    id, used = scene.appointment_id(random, *PAID), {"pass_id": "ten", "amount": random.choice([1, 2])}
    own = maybe(random, 0.4, id=f"pay-{random.randrange(20)}")
    return ("UseCredits", {"appointment_id": id} | used | own) if id else None


REPERTOIRE = [Act(4, _pay), Act(2, _refund), Act(2, _settle), Act(1, _coupon), Act(1, _credits)]
