"""The sandbox that templates run in: they choose and show facts, and can do nothing else.

A template is parsed first and refused by what it is made of: only output, `if`, `for` and a few filters are known, so
there is no call, no assignment, no arithmetic and no way to another file. What runs reads members of plain mappings and
lists, never attributes of objects; the turns of its loops together and the size of what it writes are bounded.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from contracts.templates import SOURCE_LIMIT
from notification.rendering.filters import FILTERS

OUTPUT_LIMIT = 1_048_576
TURNS = 10_000
"""Turns of all loops of one rendering together."""
NODES = 2_000
"""Parts of one template."""

LOOP = frozenset({"index", "first", "last"})
"""What a loop tells about itself."""
TESTS = frozenset({"defined", "undefined", "none", "string", "number", "odd", "even"})
KNOWN: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.If, nodes.For, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Keyword,
)  # fmt: skip
"""What a template may be made of."""

_strict: ContextVar[bool] = ContextVar("strict", default=True)
_turns: ContextVar[list[int]] = ContextVar("turns")


class TemplateRefused(Exception):
    """A template that is not shown to anybody: why, and in which line."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(f"line {line}: {why}")
        self.why, self.line = why, line


class Open(dict[str, Any]):
    """A mapping whose members are the tenant's own: one that it lacks reads as nothing. Of others it is an error."""


class Later:
    """A mapping that is made when a template first reads it: most templates read few of all that they could."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make
        self._made: dict[str, Any] | None = None

    def made(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._make()
        return self._made


class Sandbox(ImmutableSandboxedEnvironment):
    """Members of mappings and items of lists are all that can be read; what is not there has no members either."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Exact types: a subclass might do something when it is asked."""
        if obj is None:
            return None
        if type(obj) is Later:
            obj = obj.made()
        kind = type(obj)
        if kind is dict and type(argument) is str and argument in obj:
            return obj[argument]
        if kind is LoopContext and argument in LOOP:
            return getattr(obj, argument)
        if kind is Open and type(argument) is str:
            return obj.get(argument)
        if kind in (list, tuple) and type(argument) is int and -len(obj) <= argument < len(obj):
            return obj[argument]
        if kind in (dict, list, tuple) and not _strict.get():
            return None
        return self.undefined(obj=obj if kind is not dict else missing, name=str(argument))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError("no arithmetic")


def _shown(value: Any) -> Any:
    """Texts and numbers as they are, nothing as nothing; a whole mapping or list is a slip of its author."""
    if value is None:
        return ""
    if not isinstance(value, str | int | float | Undefined):
        raise SecurityError("only a text or a number can be shown")
    return value


def _counted(items: Any) -> Iterator[Any]:
    """The items of a loop, each counted; anything but a list has none."""
    left = _turns.get()
    for item in items if type(items) in (list, tuple) else ():
        left[0] -= 1
        if left[0] < 0:
            raise SecurityError(f"its loops take more than {TURNS:,} turns together")
        yield item


def _environment(*, html: bool) -> Sandbox:
    made = Sandbox(
        autoescape=html, undefined=StrictUndefined, finalize=_shown, cache_size=0, keep_trailing_newline=False
    )
    made.trim_blocks = made.lstrip_blocks = True
    made.filters = {**FILTERS, "_counted": _counted}
    made.tests = {name: test for name, test in made.tests.items() if name in TESTS}
    return made


_TEXT, _HTML = _environment(html=False), _environment(html=True)


def check(source: str, known: Collection[str], *, html: bool = False) -> None:
    """Raises TemplateRefused for what is no template, could do more than it may, or names a tag that is not known."""
    _compiled(source, html)
    tree = _HTML.parse(source)
    names = list(tree.find_all(nodes.Name))
    own = {name.name for name in names if name.ctx == "store"} | {"loop"}
    for name in names:
        if name.name not in own and name.name not in known:
            raise TemplateRefused(f"there is no tag {name.name!r}", name.lineno)


@lru_cache(maxsize=512)
def named(source: str) -> frozenset[str]:
    """The tags that a template names; none where it cannot be read."""
    try:
        return frozenset(name.name for name in _HTML.parse(source).find_all(nodes.Name))
    except (TemplateError, RecursionError):
        return frozenset()


def fill(source: str, tags: Mapping[str, Any], *, html: bool = False, strict: bool = True) -> str:
    """The template with the facts in it, HTML escaped where it is HTML.

    `strict`: a member that is not there is a slip of its author. When a message is made it is just not there.
    """
    template = _compiled(source, html)
    turns, before = _turns.set([TURNS]), _strict.set(strict)
    try:
        return _within(template.generate(tags))
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise TemplateRefused(_said(error), _line(error)) from error
    finally:
        _turns.reset(turns)
        _strict.reset(before)


def _within(pieces: Iterator[str]) -> str:
    written, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > OUTPUT_LIMIT:
            raise SecurityError(f"it writes more than {OUTPUT_LIMIT:,} characters")
        written.append(piece)
    return "".join(written)


@lru_cache(maxsize=512)
def _compiled(source: str, html: bool) -> Any:
    environment = _HTML if html else _TEXT
    if len(source) > SOURCE_LIMIT:
        raise TemplateRefused(f"it has more than {SOURCE_LIMIT:,} characters", 1)
    try:
        tree = environment.parse(source)
        _inspect(tree)
        return environment.template_class.from_code(environment, environment.compile(tree), {}, None)
    except TemplateSyntaxError as error:
        raise TemplateRefused(error.message or "it cannot be read", error.lineno) from error
    except (TemplateError, SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise TemplateRefused(_said(error), 1) from error


def _inspect(tree: nodes.Template) -> None:
    """Refuses what is not known, and puts the counter into every loop."""
    for count, node in enumerate(tree.find_all(nodes.Node), 1):
        _refuse_unknown(node)
        if count > NODES:
            raise TemplateRefused(f"it has more than {NODES:,} parts", node.lineno)
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        loop.iter.environment = tree.environment


def _refuse_unknown(node: nodes.Node) -> None:
    if not isinstance(node, KNOWN) or (isinstance(node, nodes.For) and node.recursive):
        raise TemplateRefused(f"{type(node).__name__.lower()} is not allowed here", node.lineno)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise TemplateRefused(f"there is no filter {node.name!r}", node.lineno)
    if isinstance(node, nodes.Name) and node.name in ("self", "super", "caller"):
        raise TemplateRefused(f"there is no tag {node.name!r}", node.lineno)
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise TemplateRefused(f"there is no test {node.name!r}", node.lineno)


def _said(error: BaseException) -> str:
    """Why, in words of ours: an error's own may quote a person's data."""
    if isinstance(error, SecurityError | UndefinedError):
        return str(error.message)
    if isinstance(error, RecursionError | SyntaxError | MemoryError):
        return "it is nested too deeply"
    return "a value cannot be shown like this"


def _line(error: BaseException) -> int:
    """The template's line that was running; Jinja writes it into the traceback."""
    trace, line = error.__traceback__, 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
