"""Renders a message: a kind and the facts, for an audience, over a channel, in a language.

A tenant's own template that fails on these facts (it was tried on a sample only) gives way to the shipped one: the
message goes out, and says in `refused` what became of the other.
"""

from dataclasses import replace
from typing import Any

from notification.rendering.facts import Facts, tags
from notification.rendering.invitation import invitation, method_of
from notification.rendering.sandbox import TemplateRefused, fill
from notification.rendering.shipped import shipped
from notification.rendering.styles import inlined
from notification.rendering.words import Audience, Kind, Language, Medium, Rendered, Template, language_of

SUBJECT_LIMIT = 200


def medium_of(channel: str) -> Medium:
    return "sms" if channel == "sms" else "email"


def render(
    kind: Kind,
    audience: Audience,
    channel: str,
    language: str | None,
    facts: Facts,
    *,
    own: Template | None = None,
) -> Rendered:
    """The message. `own` is the tenant's template for it, where it has one in that language."""
    medium, spoken = medium_of(channel), language_of(language)
    shown = tags(facts, kind, audience, spoken)
    try:
        filled, refused = _filled(own or shipped(kind, audience, medium, spoken), shown, spoken), None
    except TemplateRefused as why:
        filled, refused = _filled(shipped(kind, audience, medium, spoken), shown, spoken), str(why)
    method = method_of(facts, kind) if medium == "email" else None
    ics = invitation(facts, audience, method) if method else None
    return replace(filled, ics=ics, method=method, refused=refused)


def _filled(template: Template, shown: dict[str, Any], language: Language) -> Rendered:
    html = fill(template.html, shown, html=True, strict=False) if template.html else ""
    return Rendered(
        subject=_one_line(fill(template.subject, shown, strict=False)),
        text=fill(template.text, shown, strict=False).strip() + "\n",
        html=inlined(html) if html else "",
        language=language,
    )


def _one_line(text: str) -> str:
    """A subject has no line ends and no control characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:SUBJECT_LIMIT]
