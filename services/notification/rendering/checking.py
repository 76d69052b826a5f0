"""Checks a tenant's template before it is kept: what is wrong is told with its part and line, not seen by customers.

It is read, and tried on a sample of which nothing is missing.
"""

from dataclasses import dataclass

from notification.rendering.facts import tags
from notification.rendering.sample import FACTS
from notification.rendering.sandbox import TemplateRefused, check, fill
from notification.rendering.words import Audience, Kind, Language, Medium, Template

PARTS = ("subject", "text", "html")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one part of a template."""

    part: str
    line: int
    why: str


def faults(template: Template, kind: Kind, audience: Audience, medium: Medium, language: Language) -> list[Fault]:
    """Everything that stands against it, at most one fault a part."""
    shown = tags(FACTS, kind, audience, language)
    found = [Fault(part, 1, "a text message has none") for part in _superfluous(template, medium)]
    if not template.text.strip():
        found.append(Fault("text", 1, "it is empty"))
    if medium == "email" and not template.subject.strip():
        found.append(Fault("subject", 1, "it is empty"))
    for part in PARTS:
        try:
            source = getattr(template, part)
            check(source, shown.keys(), html=part == "html")
            fill(source, shown, html=part == "html")
        except TemplateRefused as refused:
            found.append(Fault(part, refused.line, refused.why))
    return found


def _superfluous(template: Template, medium: Medium) -> list[str]:
    return [part for part in ("subject", "html") if medium == "sms" and getattr(template, part)]
