"""Sending one webhook: the signature, where it may go, and the one request that carries it."""
