"""One module per question: each asks the read model as of a moment and gives the members of an answer."""
