"""Sending: due rows are claimed, judged against the log's head, put into words, and handed to their channel."""
