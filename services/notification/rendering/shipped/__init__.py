"""The templates that every tenant has: a layout for mails, and what each language says in it."""

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from notification.rendering.styles import styled
from notification.rendering.words import Audience, Kind, Language, Medium, Template

STAFF_ONLY = {
    "layout.txt": "{% if internal_notes %}\n[[internal_notes]]: {{ internal_notes }}\n{% endif %}",
    "layout.html": "{% if internal_notes %}\n<tr><th>[[internal_notes]]</th><td>{{ internal_notes }}</td></tr>\n"
    "{% endif %}",
}
"""Lines that no customer's template has: it does not even know the tag."""


@cache
def shipped(kind: Kind, audience: Audience, medium: Medium, language: Language) -> Template:
    """The template as a tenant would have written it: a starting point for one of its own."""
    said = _catalogue(language)
    message = said["messages"][kind][audience]
    if medium == "sms":
        return Template(text=message["sms"])
    filled = {**said["words"], "lead": message["lead"], "subject": message["subject"]}
    return Template(
        subject=message["subject"],
        text=_laid_out("layout.txt", audience, filled),
        html=_laid_out("layout.html", audience, filled),
    )


@cache
def ready(kind: Kind, audience: Audience, medium: Medium, language: Language) -> Template:
    """The same with its styles where mail programs look for them."""
    template = shipped(kind, audience, medium, language)
    return replace(template, html=styled(template.html)) if template.html else template


@cache
def _catalogue(language: Language) -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(_read(f"{language}.yaml"))
    return said


def _laid_out(layout: str, audience: Audience, filled: dict[str, str]) -> str:
    text = _read(layout).replace("[[staff_only]]\n", f"{STAFF_ONLY[layout]}\n" if audience == "staff" else "")
    for name, words in filled.items():
        text = text.replace(f"[[{name}]]", words)
    return text


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
