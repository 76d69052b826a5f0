"""Renders a message: a kind and the facts, for an audience, over a channel, in a language.

A tenant's own template that fails on these facts (it was tried on a sample only) gives way to the shipped one: the
message goes out, and says in `refused` what became of the other.
"""

from dataclasses import replace

from notification.rendering.facts import Facts, tags
from notification.rendering.invitation import invitation, method_of
from notification.rendering.sandbox import TemplateRefused, fill, named
from notification.rendering.shipped import ready
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
    filled, refused = None, None
    if own is not None:
        try:
            filled = _filled(own, facts, kind, audience, spoken)
            filled = replace(filled, html=inlined(filled.html) if filled.html else "")
        except TemplateRefused as why:
            refused = str(why)
    filled = filled or _filled(ready(kind, audience, medium, spoken), facts, kind, audience, spoken)
    method = method_of(facts, kind) if medium == "email" else None
    if method:
        filled = replace(filled, ics=invitation(facts, audience, method), method=method)
    return replace(filled, refused=refused) if refused else filled


def _filled(template: Template, facts: Facts, kind: Kind, audience: Audience, language: Language) -> Rendered:
    wanted = named(template.subject) | named(template.text) | named(template.html)
    shown = tags(facts, kind, audience, language, wanted)
    return Rendered(
        subject=_one_line(fill(template.subject, shown, strict=False)),
        text=fill(template.text, shown, strict=False).strip() + "\n",
        html=fill(template.html, shown, html=True, strict=False) if template.html else "",
        language=language,
    )


def _one_line(text: str) -> str:
    """A subject has no line ends and no control characters."""
    if text.isprintable():
        return " ".join(text.split())[:SUBJECT_LIMIT]
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:SUBJECT_LIMIT]
