"""The ways to a recipient: mail over SMTP, text messages over a gateway's HTTP, and a log for local use."""
