"""The few filters that templates have. Each makes one value of bounded size from one value; none calls anything."""

from collections.abc import Callable
from typing import Any

from jinja2 import pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.nodes import EvalContext
from jinja2.runtime import Undefined
from markupsafe import Markup, escape, soft_str

JOINED_LIMIT = 65_536


def default(value: Any, instead: Any = "") -> Any:
    """The other value where there is none."""
    return instead if value is None or isinstance(value, Undefined) or value == "" else value


def upper(value: Any) -> str:
    return soft_str(value).upper()


def lower(value: Any) -> str:
    return soft_str(value).lower()


def length(value: Any) -> int:
    return len(value) if type(value) in (list, tuple, dict, str) else 0


def first(value: Any) -> Any:
    return value[0] if type(value) in (list, tuple) and value else None


def items(value: Any) -> list[dict[str, Any]]:
    """A mapping's members as a list of `{"name", "value"}`."""
    return [{"name": name, "value": one} for name, one in value.items()] if isinstance(value, dict) else []


@pass_eval_context
def joined(context: EvalContext, value: Any, separator: Any = ", ") -> str:
    """A list's texts in one. Only a list's: joining a text again and again would grow without bound."""
    if type(value) not in (list, tuple):
        return ""
    put = escape if context.autoescape else soft_str
    texts, between = [put(one) for one in value if one is not None], put(separator)
    if sum(map(len, texts)) + len(between) * len(texts) > JOINED_LIMIT:
        raise SecurityError(f"a joined list has more than {JOINED_LIMIT:,} characters")
    whole = between.join(texts)
    return Markup(whole) if context.autoescape else whole


FILTERS: dict[str, Callable[..., Any]] = {
    "default": default, "upper": upper, "lower": lower, "length": length, "first": first, "items": items, "e": escape,
    "join": joined,
}  # fmt: skip
