"""Rendering: a kind of message and the facts of an appointment become a mail or a text message, in a language."""
