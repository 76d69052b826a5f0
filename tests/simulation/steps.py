"""Steps: what a play consists of. They are written down as they are made, so that any part of them can be played again.

`wait` is how long (simulated seconds) everybody goes on working before the next step.
"""

from typing import Any

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    wait: float = 0.0


class Send(Step, frozen=True, kw_only=True):
    """A record for the topic of commands. `part` is set where the sender's partitioner was another one."""

    key: str | None
    headers: dict[str, str]
    body: str
    part: int | None = None


class Pass(Step, frozen=True, kw_only=True):
    """All clocks go on at once, or step back."""

    seconds: float


class Settle(Step, frozen=True, kw_only=True):
    """Until all that was sent is answered."""


class Kill(Step, frozen=True, kw_only=True):
    """Whoever passes the fault point is killed there, or only fails; without a point the instance dies now."""

    point: str | None = None
    passes: int = 1
    raises: bool = False
    instance: str = ""


class Pause(Step, frozen=True, kw_only=True):
    """The instance stops where it is and knows nothing of it; `twin`: it is started again meanwhile."""

    instance: str
    seconds: float
    twin: bool = False


class Sever(Step, frozen=True, kw_only=True):
    """Of the next request of a kind nothing arrives (`lost` is false), or it is done and the answer is lost."""

    what: str
    lost: bool


class Skew(Step, frozen=True, kw_only=True):
    """The instance's clock is so many seconds off, until it is set right."""

    instance: str
    seconds: float
    lasting: float


class Deal(Step, frozen=True, kw_only=True):
    """The group gives out its partitions anew."""


AnyStep = Send | Pass | Settle | Kill | Pause | Sever | Skew | Deal


class Play(msgspec.Struct, frozen=True):
    """Of whom the seed decides everything else."""

    seed: int
    steps: list[AnyStep]


def told(step: AnyStep) -> str:
    """One line for people."""
    if isinstance(step, Send):
        facts = {name: value for name, value in step.headers.items() if name not in _PLAIN}
        text = f"{step.key} {facts.pop('ce_type', '?')} {step.body}"
        extra = " ".join(f"{name.removeprefix('ce_')}={value}" for name, value in facts.items())
        place = "" if step.part is None else f" to partition {step.part}"
    else:
        members: dict[str, Any] = msgspec.to_builtins(step)
        text = f"-- {members.pop('type').lower()}"
        members.pop("wait", None)
        extra, place = " ".join(f"{name}={value}" for name, value in members.items() if value not in (None, "")), ""
    return f"{text}  [{extra}]{place}" if extra else f"{text}{place}"


_PLAIN = ("ce_specversion", "content-type", "ce_source")
