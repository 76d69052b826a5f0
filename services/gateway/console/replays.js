/* Replays: a range of the log sent to an endpoint again, under the same ids. Progress is looked at while it is shown. */

import { ask } from "./door.js";
import { badge, button, code, field, form, make, refuse, row, say, sure, table, when, words } from "./page.js";
import { chooser, every, nameOf, noneYet } from "./endpoints.js";

const ROOT = "webhooks/replays";
const KINDS = { queued: "idle", running: "idle", done: "good", cancelled: "bad" };
const OFTEN = 1000, SELDOM = 5;
const BOUND = "beginning, now, an instant with its offset (2026-03-01T00:00:00Z), or a position";

const show = async (place, chosen) => {
  const endpoints = await every();
  if (!endpoints.length) return place.append(noneYet());
  const titles = ["Begun", "Endpoint", "After", "Up to", "Types", "Status", "Progress", "Actions"];
  const found = table("The latest replays", titles, "None was ever started.");
  const names = new Map(endpoints.map(one => [one.id, nameOf(one)]));
  const lines = new Map();
  let busy = false;
  const refresh = async () => {
    const replays = (await ask("GET", ROOT)).items;
    update(found, lines, names, replays, refresh);
    busy = replays.some(going);
  };
  const start = async members => {
    await ask("POST", ROOT, { body: { ...members, types: words(members.types) } });
    await refresh();
    say("The replay has begun.");
  };
  const fresh = form("New replay", start, "Start", field("Endpoint", chooser(endpoints, chosen)),
    field("After", bound("from", "beginning"), BOUND), field("Up to", bound("to", "now"), BOUND),
    field("Types", make("input", { name: "types", spellcheck: false }), "With spaces between; none: all that the endpoint hears"));
  fresh.open = chosen !== undefined;
  place.append(fresh, found.place);
  await refresh();
  follow(place, refresh, () => busy);
};

const bound = (name, value) => make("input", { name, value, required: true, maxLength: 64, spellcheck: false });

/* Rows that are there stay, so that whoever stands on one's button still does. */
const update = (found, lines, names, replays, refresh) => {
  const fresh = replays.filter(one => !lines.has(one.id));
  for (const one of fresh) lines.set(one.id, line(one, names, refresh));
  if (fresh.length) found.fill(...replays.map(one => lines.get(one.id).element));
  for (const one of replays) lines.get(one.id).tell(one);
};

const going = one => one.status === "queued" || one.status === "running";

const line = (one, names, refresh) => {
  const status = make("span"), share = make("progress", { ariaLabel: "Progress" }), count = make("span");
  const cancel = async () => {
    if (!await sure("End this replay?", "What of it has not been sent is not sent.", "End it")) return;
    await ask("POST", `${ROOT}/${one.id}/cancel`);
    await refresh();
    say("The replay is cancelled.");
  };
  const end = button("Cancel", cancel, { danger: true, label: `Cancel the replay to ${names.get(one.endpoint_id) || one.endpoint_id}` });
  const tell = now => {
    status.replaceChildren(badge(now.status, KINDS[now.status]));
    share.max = Math.max(now.total, 1);
    share.value = now.total ? now.done : Number(!going(now));
    count.textContent = ` ${now.done} of ${now.total}`;
    end.hidden = !going(now);
  };
  const whom = names.get(one.endpoint_id) || "one that is deleted";
  const element = row(when(one.created_at), whom, code(one.from), code(one.to), one.types.join(" ") || "all", status, [share, count], end);
  return { element, tell };
};

/* As long as this place is shown: at every beat while something goes on, else at few of them. */
const follow = async (place, refresh, busy) => {
  for (let beat = 1; place.isConnected; beat++) {
    await new Promise(later => setTimeout(later, OFTEN));
    if (!place.isConnected || document.hidden || !(busy() || beat % SELDOM === 0)) continue;
    try {
      await refresh();
    } catch (error) {
      refuse(error);
    }
  }
};

export default { name: "replays", title: "Replays", show };
