/* Attempts: what was sent to an endpoint and what came of it; sent again, or given up. */

import { ask } from "./door.js";
import { badge, button, code, field, hush, make, paged, refuse, row, say, sure, table, when } from "./page.js";
import { chooser, every, noneYet } from "./endpoints.js";

const ROOT = "webhooks/attempts";

const show = async (place, chosen) => {
  const endpoints = await every();
  if (!endpoints.length) return place.append(noneYet());
  const which = chooser(endpoints, chosen);
  const found = table("Attempts, newest first", ["When", "Webhook", "Attempt", "Result", "Took", "Actions"], "Nothing was sent there yet.");
  const page = cursor => ask("GET", ROOT, { query: { endpoint_id: which.value, cursor, limit: "50" } });
  const { refresh, older } = paged(found, page, one => line(one, () => refresh()));
  const again = button("Refresh", refresh);
  which.addEventListener("change", () => {
    hush();
    found.clear();
    refresh().catch(refuse);
  });
  place.append(make("div", { className: "bar" }, field("Endpoint", which), again), found.place, older);
  return refresh();
};

const line = (one, refresh) => {
  const taken = one.error === null && one.status >= 200 && one.status < 300;
  const result = badge(one.error || `${one.status}`, taken ? "good" : "bad");
  return row(when(one.at), code(one.webhook_id), `${one.attempt}`, result, `${one.latency_ms} ms`, handles(one, taken, refresh));
};

const handles = (one, taken, refresh) => {
  const named = { endpoint_id: one.endpoint_id, webhook_id: one.webhook_id };
  const resend = async () => {
    await ask("POST", `${ROOT}/resend`, { body: named });
    await refresh();
    say(`${one.webhook_id} is being sent again.`);
  };
  const skip = async () => {
    if (!await sure("Give this delivery up?", "Those behind it go on, and the next one names it as a gap.", "Give it up")) return;
    await ask("POST", `${ROOT}/skip`, { body: named });
    await refresh();
    say(`${one.webhook_id} is given up.`);
  };
  const label = word => `${word} ${one.webhook_id}`;
  return make("div", { className: "actions" }, button("Resend", resend, { label: label("Resend") }),
    taken ? null : button("Skip", skip, { danger: true, label: label("Skip") }));
};

export default { name: "attempts", title: "Attempts", show };
