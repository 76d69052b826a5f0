"""`/docs` and `/openapi.json`: the description of the interface, for people and for tools. The page loads nothing."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from gateway.api.openapi import openapi

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"


async def openapi_json(request: Request) -> Response:
    return JSONResponse(openapi())


async def docs(request: Request) -> Response:
    page = (files("gateway.api") / "docs.html").read_text(encoding="utf-8")
    return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_POLICY})
