"""Health: `/healthz` says the process lives, `/readyz` whether it does its work and if not why, `/metrics` how much.

Parts of a process tell `Health` what hinders them, each under its own name; it is ready while nothing does.
"""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest


class Health:
    """What hinders the process, by the name of the part that says so."""

    def __init__(self, *awaited: str) -> None:
        self.hindrances: dict[str, str] = dict.fromkeys(awaited, "starting")

    @property
    def ready(self) -> bool:
        return not self.hindrances

    def well(self, part: str) -> None:
        self.hindrances.pop(part, None)

    def ill(self, part: str, why: str) -> None:
        self.hindrances[part] = why


def health_routes(health: Health, registry: CollectorRegistry = REGISTRY) -> APIRouter:
    """The three routes that every service has."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="The process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz", summary="The process does its work", responses={503: {"description": "It does not; why"}})
    async def readyz() -> JSONResponse:
        body = {"ready": health.ready, "hindrances": health.hindrances}
        return JSONResponse(body, status_code=200 if health.ready else 503)

    @routes.get("/metrics", summary="Prometheus metrics", response_class=Response)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
