"""Rendering: a kind of message and the facts of an appointment become a mail or a text message, in a language."""

from notification.rendering.facts import Facts
from notification.rendering.render import render
from notification.rendering.words import Mailbox, Rendered, Template

__all__ = ["Facts", "Mailbox", "Rendered", "Template", "render"]
