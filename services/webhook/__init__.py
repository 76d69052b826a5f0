"""Webhooks: who is told what happened, in which order, how often it is tried, and what came of it."""
