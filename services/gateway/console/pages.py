"""`/console` and the files it is made of, as they lie in this package: nothing is built, nothing comes from elsewhere.

The page holds no data. What it shows it asks of `/v1` with the key that its user gives it, and sets as text: the policy
lets a browser load our own files only, and lets no script turn text into markup.
"""

from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from gateway.refusals import not_found

PAGE = "index.html"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": "; ".join((
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    )),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}  # fmt: skip


async def console(request: Request) -> Response:
    return _served(PAGE)


async def console_file(request: Request) -> Response:
    name = request.path_params["file"]
    if name == PAGE or name not in _files():
        raise not_found("file")
    return _served(name)


def _served(name: str) -> Response:
    content, kind = _files()[name]
    return Response(content, headers=HEADERS | {"Content-Type": kind})


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Every file of the page, with what it is; by name, so that no path is ever made of what somebody asks."""
    there = {one.name: one for one in files("gateway.console").iterdir()}
    kinds = {name: KINDS.get(name[name.rfind(".") :]) for name in there}
    return {name: (there[name].read_bytes(), kind) for name, kind in kinds.items() if kind}
