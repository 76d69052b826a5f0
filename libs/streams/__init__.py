"""Kafka edges: commands in, events and outcomes out, topics, replays."""
