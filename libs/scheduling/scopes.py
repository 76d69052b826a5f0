"""Scopes: which policies speak of a thing at all, so that nothing is asked of those that do not."""

from collections.abc import Iterable, Mapping

from msgspec import UNSET

from contracts.events import Policies

OF_STARTS = (
    "min_notice_minutes", "min_notice_days", "horizon_days", "horizon", "limits", "slot_step_minutes", "align_minutes",
)  # fmt: skip


def rule_starts(policies: Iterable[Policies]) -> bool:
    """Whether any of them says a word about starts (scheduling.terms)."""
    return any(getattr(one, member) is not UNSET for one in policies for member in OF_STARTS)


def to_midnight(policies: Mapping[str, Policies], keys: Iterable[str]) -> bool:
    """Whether hours that end at 23:59 end at midnight; the first of the scopes that says so or not counts."""
    said = (policies[key].treat_2359_as_2400 for key in keys if key in policies)
    return bool(next((one for one in said if one is not UNSET), False))
