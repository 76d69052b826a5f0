"""The dialects: each module here that has a `DIALECT` is one, and is found by being here."""
