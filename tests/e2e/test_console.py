"""The console in a real browser, as somebody uses it who looks after a shop's webhooks."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, Route, expect

from browsing import Desk, a_page, goes_to, open_desk, said, sign_in
from hooked import status, until
from hooks import ENDPOINTS, made
from terminal import Terminal
from verifying import verifies

MARKUP = "<img src=x onerror=\"document.title='broken into'\">"
TOLD_OF_STATUS = "Failed to load resource"


@pytest.fixture(scope="module")
async def page() -> AsyncIterator[Page]:
    async with a_page() as opened:
        yield opened


@pytest.fixture(scope="module")
async def desk(slotkeeper: Terminal) -> AsyncIterator[Desk]:
    async with open_desk(slotkeeper.stack) as opened:
        yield opened


@pytest.fixture(scope="module")
def wrong(page: Page) -> list[str]:
    """Scripts that failed, and what broke the policy."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    return found


@pytest.fixture
async def tab(desk: Desk, page: Page, wrong: list[str]) -> AsyncIterator[Page]:
    """A tab in which nobody is signed in, and in which nothing goes wrong."""
    await page.goto(f"{desk.url}/console")
    yield page
    await page.evaluate("sessionStorage.clear()")
    assert [one for one in wrong if not one.startswith(TOLD_OF_STATUS)] == []
    desk.receiver.answers = None


@pytest.fixture
async def console(desk: Desk, tab: Page) -> Page:
    """The same, signed in."""
    await sign_in(tab, desk.key)
    await expect(tab.get_by_role("heading", name="Endpoints")).to_be_visible()
    return tab


async def test_a_wrong_key_is_told_and_not_kept(tab: Page) -> None:
    await sign_in(tab, "sk_wrong_key")
    await expect(tab.get_by_role("alert")).to_contain_text("valid API key")
    await expect(tab.get_by_label("API key")).to_be_focused()
    assert await tab.evaluate("sessionStorage.length + localStorage.length") == 0


async def test_the_key_is_kept_by_the_tab_until_it_signs_out(console: Page) -> None:
    await console.reload()
    await expect(console.get_by_role("heading", name="Endpoints")).to_be_visible()
    assert await console.evaluate("localStorage.length") == 0
    assert await console.evaluate("document.cookie") == ""
    await console.get_by_role("button", name="Sign out").click()
    await expect(console.get_by_label("API key")).to_be_focused()
    assert await console.evaluate("sessionStorage.length") == 0


async def test_an_operator_names_the_tenant(desk: Desk, tab: Page) -> None:
    await sign_in(tab, desk.operator_key)
    await expect(tab.get_by_role("alert")).to_contain_text("names the tenant")
    await tab.get_by_role("button", name="Sign out").click()
    await tab.get_by_label("Tenant").fill(desk.tenant)
    await tab.get_by_label("API key").focus()
    await sign_in(tab, desk.operator_key)
    await expect(tab.get_by_text("There is none yet.")).to_be_visible()
    await expect(tab.get_by_role("alert")).to_be_hidden()


async def test_an_endpoint_is_made_and_tried_and_its_attempts_are_listed(desk: Desk, console: Page) -> None:
    await console.get_by_text("New endpoint").click()
    await console.get_by_label("URL").first.fill(desk.receiver.url("/made"))
    await console.get_by_label("Description").first.fill("Books")
    await console.get_by_role("button", name="Make").click()
    await expect(said(console)).to_have_text("Made Books.")
    secret = await console.get_by_label("Secret", exact=True).first.input_value()
    await console.get_by_role("button", name="Test Books").click()
    await expect(said(console)).to_contain_text("delivered: status 200")
    [got] = desk.receiver.of("/made")
    assert verifies(secret, got.headers, got.raw)
    await console.get_by_label("Books").get_by_role("link", name="Attempts").click()
    await expect(console.get_by_role("cell", name=got.id, exact=True)).to_be_visible()
    await expect(console.get_by_role("cell", name="200", exact=True)).to_be_visible()


async def test_what_is_refused_is_told_at_the_member_that_is_at_fault(console: Page) -> None:
    await console.get_by_text("New endpoint").click()
    await console.get_by_label("URL").first.fill("https://10.0.0.1/")
    await console.get_by_role("button", name="Make").click()
    await expect(console.get_by_role("alert")).to_contain_text("(url)")
    await expect(console.get_by_label("URL").first).to_be_focused()
    await expect(console.get_by_label("URL").first).to_have_attribute("aria-invalid", "true")


async def test_markup_in_what_people_wrote_stays_text(desk: Desk, console: Page) -> None:
    await made(desk.http, desk.receiver.url("/markup"), description=MARKUP, types=["session.*"])
    await console.reload()
    await expect(console.get_by_role("heading", name=MARKUP)).to_be_visible()
    for part in ("Attempts", "Replays", "Notices"):
        await goes_to(console, part)
        await expect(console.locator("#part img")).to_have_count(0)
    assert await console.title() == "Notices · Slotkeeper"


async def test_a_delivery_is_sent_again_from_the_list(desk: Desk, console: Page) -> None:
    shown = await made(desk.http, desk.receiver.url("/again"), types=["appointment.created"], description="Again")
    await desk.books("09:00")
    await until(lambda: len(desk.receiver.of("/again")) == 1)
    first = desk.receiver.of("/again")[0]
    await goes_to(console, "Attempts")
    await console.get_by_label("Endpoint").select_option(shown["id"])
    await resend(console, first.id)
    await until(lambda: len(desk.receiver.of("/again")) == 2)
    assert [one.id for one in desk.receiver.of("/again")] == [first.id] * 2


async def test_of_another_endpoint_nothing_is_shown_as_soon_as_one_is_chosen(desk: Desk, console: Page) -> None:
    """Else somebody would send again to one what stands there of the other: ids are the same for all of them."""
    one, other = [await made(desk.http, desk.receiver.url("/either"), types=["session.*"]) for _ in range(2)]
    tried = (await desk.http.post(f"{ENDPOINTS}/{one['id']}/test")).json()
    await console.goto(f"{desk.url}/console#attempts/{one['id']}")
    row = console.get_by_role("row").filter(has_text=tried["webhook_id"])
    await expect(row).to_be_visible()
    answered = asyncio.Event()

    async def late(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await console.route(f"**/attempts?*{other['id']}*", late)
    async with console.expect_event("requestfinished", lambda request: other["id"] in request.url):
        await console.get_by_label("Endpoint").select_option(other["id"])
        await expect(row).to_be_hidden()
        await console.get_by_label("Endpoint").select_option(one["id"])
        await expect(row).to_be_visible()
        answered.set()
    await console.evaluate("new Promise(shown => setTimeout(shown, 100))")
    await expect(row).to_be_visible()
    await console.unroute_all()


async def resend(console: Page, webhook_id: str) -> None:
    """The first delivery is under way until its result is recorded: then it is listed."""
    button = console.get_by_role("button", name=f"Resend {webhook_id}").first
    async with asyncio.timeout(20):
        while not await button.is_visible():
            await console.get_by_role("button", name="Refresh").click()
    await button.click()
    await expect(said(console)).to_have_text(f"{webhook_id} is being sent again.")


async def test_a_parked_delivery_is_given_up(desk: Desk, console: Page) -> None:
    desk.receiver.answers = status(500)
    shown = await made(desk.http, desk.receiver.url("/stuck"), types=["appointment.created"], schedule_seconds=[0])
    await desk.books("09:30")
    await until(lambda: len(desk.receiver.of("/stuck")) == 1)
    await goes_to(console, "Notices")
    poison = desk.receiver.of("/stuck")[0].id
    await appears(console, console.get_by_role("row", name="parked").filter(has_text=poison))
    await console.goto(f"{desk.url}/console#attempts/{shown['id']}")
    await console.get_by_role("button", name=f"Skip {poison}").click()
    await console.get_by_role("button", name="Give it up").click()
    await expect(said(console)).to_have_text(f"{poison} is given up.")


async def appears(console: Page, what: Locator) -> None:
    async with asyncio.timeout(20):
        while not await what.first.is_visible():
            await console.get_by_role("button", name="Refresh").click()


async def test_a_replay_is_started_and_seen_to_its_end(desk: Desk, console: Page) -> None:
    shown = await made(desk.http, desk.receiver.url("/replayed"), types=["appointment.created"], description="Late")
    await desk.books("10:00")
    await until(lambda: len(desk.receiver.of("/replayed")) == 1)
    await console.reload()
    await console.get_by_label("Late").get_by_role("link", name="Replay").click()
    await expect(console.get_by_label("Endpoint")).to_have_value(shown["id"])
    await console.get_by_label("After").fill("yesterday")
    await console.get_by_role("button", name="Start").click()
    await expect(console.get_by_role("alert")).to_contain_text("(from)")
    await console.get_by_label("After").fill(shown["from"])
    await console.get_by_role("button", name="Start").click()
    row = console.get_by_role("row").filter(has_text="Late")
    await expect(row).to_contain_text("done")
    await expect(row).to_contain_text("1 of 1")
    await expect(row.get_by_role("button", name=re.compile("Cancel"))).to_be_hidden()
    assert len(desk.receiver.of("/replayed")) == 2


async def test_a_replay_that_waits_is_cancelled(desk: Desk, console: Page) -> None:
    shown = await made(desk.http, desk.receiver.url("/paused"), description="Paused", **{"from": "beginning"})
    await desk.http.post(f"{ENDPOINTS}/{shown['id']}/pause")
    await desk.http.post("/v1/webhooks/replays", json={"endpoint_id": shown["id"]})
    await goes_to(console, "Replays")
    await console.get_by_role("button", name="Cancel the replay to Paused").click()
    await console.get_by_role("button", name="End it").click()
    await expect(console.get_by_role("row").filter(has_text="Paused")).to_contain_text("cancelled")


async def test_one_that_is_gone_is_told_in_the_notices_and_resumed(desk: Desk, console: Page) -> None:
    shown = await made(desk.http, desk.receiver.url("/gone"), types=["appointment.created"], description="Gone")
    desk.receiver.answers = status(410)
    await desk.books("10:30")
    await goes_to(console, "Notices")
    await appears(console, console.get_by_role("row", name="Gone").filter(has_text="disabled"))
    desk.receiver.answers = None
    await goes_to(console, "Endpoints")
    card = console.get_by_label("Gone", exact=True)
    await expect(card).to_contain_text("the receiver said 410: gone")
    await card.get_by_role("button", name="Resume").click()
    await expect(said(console)).to_have_text("Resumed Gone.")
    await expect(card).to_be_focused()
    assert await desk.status_of(shown) == "enabled"


async def test_what_cannot_be_undone_is_asked_about_and_keys_are_enough(desk: Desk, console: Page) -> None:
    shown = await made(desk.http, desk.receiver.url("/old"), types=["session.*"], description="Old")
    await console.reload()
    delete = console.get_by_role("button", name="Delete Old", exact=True)
    for leaving in ("Escape", "Enter"):
        await delete.focus()
        await console.keyboard.press("Enter")
        await expect(console.get_by_role("button", name="Leave it")).to_be_focused()
        await console.keyboard.press(leaving)
        await expect(delete).to_be_focused()
    assert await desk.status_of(shown) == "enabled"
    for key in ("Enter", "Tab", "Enter"):
        await console.keyboard.press(key)
    await expect(said(console)).to_have_text("Deleted Old.")
    assert await console.evaluate("document.activeElement !== document.body"), "whoever has no mouse goes on from there"
    assert (await desk.http.get(f"{ENDPOINTS}/{shown['id']}")).status_code == 404


async def test_a_change_and_a_new_secret_keep_what_is_not_named(desk: Desk, console: Page) -> None:
    filters = {"location_ids": ["main"], "service_ids": [], "resource_ids": ["ann"]}
    shown = await made(desk.http, desk.receiver.url("/changed"), filter=filters, description="Same", timeout_seconds=20)
    await console.reload()
    card = console.get_by_label("Same", exact=True)
    await card.get_by_text("Change", exact=True).first.click()
    await card.get_by_label("Types").fill("appointment.created refund.*")
    await card.get_by_role("button", name="Change").click()
    await expect(said(console)).to_have_text("Changed Same.")
    now = (await desk.http.get(f"{ENDPOINTS}/{shown['id']}")).json()
    named = {"types": ["appointment.created", "refund.*"], "updated_at": now["updated_at"]}
    assert now == {name: value for name, value in shown.items() if name != "secret"} | named
    await card.get_by_text("New secret").click()
    await card.get_by_role("button", name="Rotate").click()
    await console.get_by_role("button", name="Make it").click()
    await expect(said(console)).to_have_text("Same has a new secret.")
    secret = await console.get_by_label("Secret", exact=True).first.input_value()
    assert secret not in ("", shown["secret"])
