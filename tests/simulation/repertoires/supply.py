"""Supply: a small clinic, and what its owner changes of it while others book."""

from datetime import timedelta
from random import Random
from typing import Any

from simulation.scene import Act, Scene, Wish, maybe

SCENE = 0
STAFF, ROOMS, EQUIPMENT = ("ann", "bob", "cleo"), ("room1",), ("laser",)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ZONES = ["UTC", "UTC", "Europe/London", "Asia/Kathmandu"]
POLICIES = ["sum", "sum", "sum", "max", "existing_only", "query_after"]
USD = "USD"
HOURS = ["00:00-24:00", "00:00-24:00", "07:00-22:00", "08:00-18:00"]


def opening(random: Random, tenant: str) -> list[Wish]:
    places = [_location(random, "main", primary=True), _location(random, "side")]
    services = [service(random, name) for name in SERVICES]
    people = [_resource(name, "staff") for name in STAFF[: random.choice([1, 2, 3])]]
    rooms = [_resource(name, "room") for name in ROOMS]
    rooms += [_resource(name, "equipment") for name in EQUIPMENT]
    named = [body["id"] for _, body in people]
    hours = [_schedule(name, random.choice(HOURS)) for name in named]
    return [("DefineTenant", {"id": tenant, "name": tenant.title()}), *places, *services, *people, *rooms, *hours]


SERVICES: dict[str, dict[str, Any]] = {
    "cut": {"duration_minutes": 30},
    "colour": {"duration_minutes": 45, "requires": [{"kind": "staff"}, {"kind": "room"}]},
    "ask": {"duration_minutes": 30, "acceptance": "manual", "accept_within_minutes": 5},
    "late": {"duration_minutes": 20, "acceptance": "manual", "pending_blocks": False},
    "duo": {"duration_minutes": 40, "requires": [{"kind": "staff", "count": 2}, {"kind": "equipment"}]},
    "room": {"duration_minutes": 60, "requires": [{"kind": "room"}]},
}


def service(random: Random, name: str) -> Wish:
    buffers = {f"buffer_{side}_minutes": random.choice([0, 0, 5, 10]) for side in ("before", "after")}
    price = {"price": {"amount_minor": random.choice([0, 4_500, 6_500]), "currency": USD}}
    option = maybe(random, 0.5, options=[{"id": "long", "name": "Longer", "duration_minutes": 60}])
    step = {"slot_step_minutes": random.choice([5, 10, 15])}
    return "DefineService", {"id": name, "name": name.title()} | SERVICES[name] | step | buffers | price | option


def _location(random: Random, name: str, **members: Any) -> Wish:
    terms = {
        "hold_seconds": random.choice([30, 300]),
        "max_extensions": random.choice([0, 1, 3]),
        "buffer_policy": random.choice(POLICIES),
        "profile": random.choice(["strict", "lenient", "lenient"]),
    }
    outside = maybe(random, 0.3, buffers_outside_hours="deny")
    return "DefineLocation", {"id": name, "name": name.title(), "tz": random.choice(ZONES)} | terms | outside | members


def _resource(name: str, kind: str, **members: Any) -> Wish:
    return "DefineResource", {"id": name, "kind": kind, "name": name.title(), "service_ids": []} | members


def _schedule(name: str, *windows: str) -> Wish:
    weekly = [{"days": DAYS, **_window(text)} for text in windows]
    return "SetSchedule", {"resource_id": name, "weekly": weekly}


def _window(text: str) -> dict[str, str]:
    start, end = text.split("-")
    return {"start": start, "end": end}


# --- while others book ------------------------------------------------------------------------------------------


def _service_again(random: Random, scene: Scene) -> Wish:
    return service(random, random.choice(sorted(SERVICES)))


def _location_again(random: Random, scene: Scene) -> Wish | None:
    """Its terms; that its rule about buffers changes under what is booked would break no promise, but tell little."""
    known = scene.tenant.told("LocationDefined")
    if not known:
        return None
    before = random.choice(known)["data"]
    kind, body = _location(random, before["id"], primary=before["primary"])
    return kind, body | {"buffer_policy": before["buffer_policy"], "tz": before["tz"]}


def _resource_again(random: Random, scene: Scene) -> Wish:
    name = random.choice(STAFF)
    able = maybe(random, 0.4, service_ids=random.sample(sorted(SERVICES), 3))
    email = maybe(random, 0.3, email=f"{name}@example.com")
    day = scene.now.date()
    trip = {"tz": "Asia/Kathmandu", "from": day.isoformat(), "until": (day + timedelta(days=2)).isoformat()}
    return _resource(name, "staff", **able, **email, **maybe(random, 0.2, travel=[trip]))


def _hours(random: Random, scene: Scene) -> Wish:
    windows = random.choice([["08:00-20:00"], ["00:00-24:00"], ["00:00-12:00", "12:30-24:00"], ["20:00-18:00"]])
    return _schedule(random.choice(STAFF), *windows)


def _exception(random: Random, scene: Scene) -> Wish:
    date = (scene.now + timedelta(days=random.choice([0, 0, 1]))).date().isoformat()
    name = random.choice(STAFF)
    if random.random() < 0.4:
        return "ClearScheduleException", {"resource_id": name, "date": date}
    windows = random.choice([[], [_window("09:00-15:00")], [_window("00:00-24:00")]])
    return "SetScheduleException", {"resource_id": name, "date": date, "windows": windows}


def _time_off(random: Random, scene: Scene) -> Wish:
    known = scene.tenant.told("TimeOffAdded")
    if known and random.random() < 0.6:
        data = random.choice(known)["data"]
        return "RemoveTimeOff", {"resource_id": data["resource_id"], "time_off_id": data["time_off_id"]}
    start = scene.start(random)
    whole = {"start": start[:10], "end": (scene.now + timedelta(days=4)).date().isoformat()}
    hours = {"start": start, "end": start[:11] + "23:59" + start[16:]}
    span = hours if hours["end"] > start and random.random() < 0.7 else whole
    own = maybe(random, 0.5, id=f"off{random.randrange(30)}")
    own |= maybe(random, 0.3, rrule=random.choice(["FREQ=DAILY;COUNT=5", "FREQ=WEEKLY;BYDAY=MO,TU"]))
    return "AddTimeOff", {"resource_id": random.choice(STAFF), "reason": "rest"} | span | own


def _policies(random: Random, scene: Scene) -> Wish:
    scope = random.choice([{}, {"service_id": "cut"}, {"location_id": "main"}, {"resource_id": "ann"}])
    rules = maybe(random, 0.5, cancel_until_minutes=random.choice([None, 0, 60, 1440]))
    rules |= maybe(random, 0.5, refund_percent=random.choice([0, 50, 100]))
    rules |= maybe(random, 0.3, refund_until_minutes=random.choice([0, 120]))
    holiday = {"date": (scene.now + timedelta(days=1)).date().isoformat(), "windows": [_window("10:00-12:00")]}
    rules |= maybe(random, 0.2, holidays=[holiday])
    return "SetPolicies", {"scope": scope} | rules


def _retire(random: Random, scene: Scene) -> Wish:
    """Mostly what others do without; defining it again brings it back."""
    return random.choice([
        ("RetireLocation", {"id": "side"}), ("RetireService", {"id": random.choice(["late", "duo", "nothing"])}),
        ("RetireResource", {"id": random.choice(["cleo", "bob", "nobody"])}),
    ])  # fmt: skip


def _eligible(random: Random, scene: Scene) -> Wish:
    able = [{"service_id": name} for name in random.sample(sorted(SERVICES), 4)]
    placed = [{"service_id": "cut", "location_ids": ["main"]}]
    services = random.choice([None, None, able, able, placed])
    return "SetEligibility", {"resource_id": random.choice(STAFF), "services": services}


def _elsewhere(random: Random, scene: Scene) -> Wish:
    """Busy in another calendar, once or every day."""
    start = (scene.now + timedelta(minutes=random.randrange(30, 200))).strftime("%Y%m%dT%H%M00Z")
    rule = random.choice(["", "", "RRULE:FREQ=DAILY;COUNT=3\r\n"])
    event = f"BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:{start}\r\nDTSTART:{start}\r\nDURATION:PT40M\r\n{rule}END:VEVENT\r\n"
    inside = event if random.random() < 0.7 else ""
    ics = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n{inside}END:VCALENDAR\r\n"
    return "ImportExternalBusy", {"resource_id": random.choice(STAFF), "source": "own", "ics": ics}


REPERTOIRE = [
    Act(1, _service_again), Act(1, _location_again), Act(1, _resource_again), Act(2, _hours), Act(1, _exception),
    Act(2, _time_off), Act(2, _policies), Act(1, _retire), Act(1, _eligible), Act(1, _elsewhere),
]  # fmt: skip
