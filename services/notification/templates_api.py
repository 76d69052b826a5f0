"""`/v1/notifications/templates`: a tenant's own words for a message, tried before they are kept.

`GET` shows what is sent now, the tenant's or the shipped one; `PUT` names every fault with its part and line; `DELETE`
goes back to the shipped one; `POST …/preview` shows a template filled with a sample.
"""

import asyncio
from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.templates import MessageTemplate, TemplateName, TemplatePreview, TemplateSources
from kit.problems import Problem
from notification.api import PROBLEM, From, Tenant
from notification.rendering import render
from notification.rendering.checking import faults
from notification.rendering.sample import FACTS
from notification.rendering.shipped import shipped
from notification.rendering.words import AUDIENCES, KINDS, LANGUAGES, MEDIA, Audience, Kind, Language, Medium, Template
from notification.templates import Own, Place, Templates

PATH = "/v1/notifications/templates"
routes = APIRouter(prefix=PATH, responses={"default": PROBLEM}, tags=["notifications"])


def place_of(
    tenant: Tenant,
    kind: Kind,
    language: Language,
    audience: Annotated[Audience, Query()] = "customer",
    medium: Annotated[Medium, Query(alias="channel")] = "email",
) -> Place:
    return Place(tenant, kind, audience, medium, language)


At = Annotated[Place, Depends(place_of)]


def templates_of(request: Request) -> Templates:
    return cast(Templates, request.app.state.templates)


Shelf = Annotated[Templates, Depends(templates_of)]


@routes.get("", summary="Every message that is sent, and whose words it is in")
async def listing(shelf: Shelf, tenant: Tenant) -> Response:
    own = shelf.of(tenant)
    places = [Place(tenant, kind, audience, medium, language)
              for kind in KINDS for audience in AUDIENCES for medium in MEDIA for language in LANGUAGES]  # fmt: skip
    return _answer({"items": [TemplateName(**_name(place, own.get(place))) for place in places]})


@routes.get("/{kind}/{language}", summary="A template as it is now")
async def one(shelf: Shelf, place: At) -> Response:
    found = shelf.of(place.tenant).get(place)
    return _shown(place, found, found.template if found else shipped(*place[1:]))


@routes.put("/{kind}/{language}", summary="The tenant's own template from now on")
async def put(sources: From, shelf: Shelf, place: At, written: TemplateSources) -> Response:
    own = Own(await _checked(written, place), sources.clock())
    await shelf.put(place, *own)
    return _shown(place, own, own.template)


@routes.delete("/{kind}/{language}", summary="The shipped template again", status_code=204)
async def delete(shelf: Shelf, place: At) -> Response:
    if not await shelf.remove(place):
        raise Problem("not_found", "There is no template of your own for this message.")
    return Response(status_code=204)


@routes.post("/{kind}/{language}/preview", summary="A template filled with a sample; nothing is kept or sent")
async def preview(place: At, written: TemplateSources) -> Response:
    template = await _checked(written, place)
    made = render(place.kind, place.audience, place.medium, place.language, FACTS, own=template)
    return _answer(TemplatePreview(subject=made.subject, text=made.text, html=made.html))


async def _checked(written: TemplateSources, place: Place) -> Template:
    """The template, or its faults: the first is the problem's own, all of them stand in `faults`.

    Tried beside the loop: a long template takes a while, and mails go out meanwhile.
    """
    template = Template(subject=written.subject, text=written.text, html=written.html)
    if found := await asyncio.to_thread(faults, template, *place[1:]):
        first = found[0]
        raise Problem(
            "invalid_command", f"{first.part}, line {first.line}: {first.why}.", field=first.part, status=422,
            members={"line": first.line, "faults": [msgspec.to_builtins(fault) for fault in found]},
        )  # fmt: skip
    return template


def _name(place: Place, own: Own | None) -> dict[str, Any]:
    return {"kind": place.kind, "language": place.language, "audience": place.audience, "channel": place.medium,
            "shipped": own is None, "changed_at": own.changed_at if own else None}  # fmt: skip


def _shown(place: Place, own: Own | None, template: Template) -> Response:
    name = _name(place, own)
    return _answer(MessageTemplate(**name, subject=template.subject, text=template.text, html=template.html))


def _answer(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
