"""notification: who is told what, when, over which channel; and the record of each attempt."""
