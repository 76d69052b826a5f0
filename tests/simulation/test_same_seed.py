"""The same seed gives the same log, in this process and in any other; and what was written down can be played again."""

import os
import subprocess
import sys
from pathlib import Path

from simulation.play import play
from simulation.shrink import read, written

SEED = 7


def elsewhere(hash_seed: str) -> str:
    """The digest as another process has it, whose sets are in another order."""
    whole = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    asked = [sys.executable, "-m", "simulation", "--digest", f"{SEED}-{SEED}"]
    return subprocess.run(asked, env=whole, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def test_the_same_seed_gives_the_same_log_and_topics() -> None:
    once, again = play(SEED), play(SEED)
    assert (once.broken, once.commands > 50) == (None, True)
    assert once.digest == again.digest
    assert once.digest != play(SEED + 1).digest


def test_so_it_does_in_other_processes() -> None:
    assert {elsewhere("1"), elsewhere("2")} == {play(SEED).digest}


def test_a_play_that_was_written_down_is_the_same_again(tmp_path: Path) -> None:
    first = play(SEED)
    again = read(written(first, tmp_path))
    assert again.steps == first.steps
    assert play(again.seed, again.steps).digest == first.digest
