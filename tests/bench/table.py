"""The table of the measurements, and the file that holds the same figures for machines."""

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement beside its baseline of the same run. `met` is judged on `ratio` where there is one."""

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    goal: str
    met: bool | None


def figure(
    name: str, values: list[float], unit: str, *, baselines: list[float] | None = None, goal: str = "",
    at_least: float | None = None, at_most: float | None = None,
) -> Figure:  # fmt: skip
    """Medians of interleaved rounds; the ratio is the median of the rounds' own, so drift cancels."""
    ratio = median(v / b for v, b in zip(values, baselines, strict=True)) if baselines else None
    judged = ratio if ratio is not None else median(values)
    met = None
    if at_least is not None:
        met = judged >= at_least
    if at_most is not None:
        met = judged <= at_most
    return Figure(name, median(values), unit, median(baselines) if baselines else None, ratio, goal, met)


def show(figures: list[Figure], console: Console) -> None:
    table = Table("name", "value", "unit", "baseline", "ratio", "goal", "met")
    for one in figures:
        met = {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}[one.met]
        table.add_row(one.name, _number(one.value), one.unit, _number(one.baseline), _number(one.ratio), one.goal, met)
    console.print(table)
    console.print(f"{platform.machine()}, Python {platform.python_version()}; medians; baselines of the same run.")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def write(figures: list[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n")
