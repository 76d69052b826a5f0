"""`python -m local stop-tests`: ends the stack that test runs share, if no run uses it any more."""

import sys

from local import shared

if sys.argv[1:] != ["stop-tests"]:
    sys.exit(f"usage: python -m local stop-tests (given: {sys.argv[1:]})")
shared.stop()
