/* Endpoints: where webhooks go. Made, changed, tried out, stopped, given a new secret, deleted. */

import { ask } from "./door.js";
import { badge, button, choice, code, complain, field, form, make, refill, say, sure, when, words } from "./page.js";

const ROOT = "webhooks/endpoints";
const KINDS = { enabled: "good", paused: "idle", disabled: "bad" };
const REASONS = { gone: "the receiver said 410: gone", failing: "nothing was taken for days" };
const FILTERS = { location_ids: "Locations", service_ids: "Services", resource_ids: "People and rooms" };

export const every = async () => (await ask("GET", ROOT)).items;
export const nameOf = one => one.description || one.url;
export const chooser = (endpoints, chosen) => {
  const made = choice("endpoint_id", endpoints.map(one => [one.id, nameOf(one)]));
  if (endpoints.some(one => one.id === chosen)) made.value = chosen;
  return made;
};
export const noneYet = () => make("p", { className: "none" }, "There is no endpoint yet. ", make("a", { href: "#endpoints" }, "Make one."));

const show = async place => {
  const secrets = make("div", { role: "status" }), cards = make("div", { tabIndex: -1 });
  const tell = made => secrets.replaceChildren(once(made));
  const refresh = async () => {
    const found = await every();
    const none = make("p", { className: "none" }, "There is none yet.");
    refill(cards, ...found.map(one => card(one, refresh, tell)), found.length ? "" : none);
  };
  const create = async (members, made) => {
    const { from, secret } = members;
    const done = await ask("POST", ROOT, { body: { ...asked(members), from, ...(secret ? { secret } : {}) } });
    made.reset();
    made.parentElement.open = false;
    tell(done);
    await refresh();
    say(`Made ${nameOf(done)}.`);
  };
  place.append(secrets, form("New endpoint", create, "Make", ...fields({}), ...onlyAtFirst()), cards);
  await refresh();
};

/* What is shown this once. */
const once = made => {
  const secret = make("input", { readOnly: true, value: made.secret, className: "code" });
  secret.addEventListener("focus", () => secret.select());
  const said = "Keep it where the receiver verifies signatures; it is not shown again.";
  return make("div", { className: "card secret" }, field("Secret", secret, said), made.public_key ? publicly(made.public_key) : null);
};

const publicly = key => make("p", {}, "Public key ", code(key));

/* --- forms ---------------------------------------------------------------------------------------------------- */

const text = (name, value, members = {}) => make("input", { name, value, spellcheck: false, ...members });

const chosen = (made, value) => {
  if (value !== undefined) made.value = value;
  return made;
};

/* What may be said of an endpoint, now and later; as it is, for one that is there. */
const fields = one => [
  field("URL", text("url", one.url || "", { type: "url", required: true, maxLength: 2000 }), "https, to a public address"),
  field("Description", text("description", one.description || "", { maxLength: 1000, spellcheck: true })),
  field("Types", text("types", (one.types || ["appointment.*"]).join(" "), { required: true }), "Types or beginnings of some, with spaces between: appointment.* refund.* endpoint.*"),
  ...Object.entries(FILTERS).map(([name, label]) =>
    field(label, text(name, one.filter ? one.filter[name].join(" ") : ""), "Ids with spaces between; none: all")),
  field("Order", chosen(choice("ordered", [["yes", "in order for each appointment"], ["no", "as they come"]]), one.ordered === false ? "no" : "yes")),
  field("What failed for good", chosen(choice("on_poison", [["block", "holds back what follows"], ["skip", "is given up, the next names it"]]), one.on_poison)),
  field("Signed with", chosen(choice("signing", [["v1", "a shared secret (v1)"], ["v1a", "a key pair (v1a)"], ["both", "both"]]), one.signing)),
];

const onlyAtFirst = () => [
  field("From", choice("from", [["now", "now on"], ["beginning", "the beginning of all"]])),
  field("Secret", text("secret", "", { className: "code" }), "None given: one is made"),
];

const asked = members => ({
  url: members.url,
  description: members.description,
  types: words(members.types),
  filter: Object.fromEntries(Object.keys(FILTERS).map(name => [name, words(members[name])])),
  ordered: members.ordered === "yes",
  on_poison: members.on_poison,
  signing: members.signing,
});

/* --- one of them ---------------------------------------------------------------------------------------------- */

const card = (one, refresh, tell) => {
  const change = async members => {
    await ask("PATCH", `${ROOT}/${one.id}`, { body: asked(members) });
    await refresh();
    say(`Changed ${nameOf(one)}.`);
  };
  const title = make("h3", {}, nameOf(one), " ", badge(one.status, KINDS[one.status]));
  return make("article", { className: "card", tabIndex: -1, ariaLabel: nameOf(one) }, title, facts(one), actions(one, refresh),
    form("Change", change, "Change", ...fields(one)), rotation(one, refresh, tell));
};

const facts = one => {
  const filters = Object.entries(FILTERS).filter(([name]) => one.filter[name].length);
  const rows = [
    ["URL", code(one.url)],
    ["Types", code(one.types.join(" "))],
    ...filters.map(([name, label]) => [label, code(one.filter[name].join(" "))]),
    ...(one.reason ? [["Disabled", REASONS[one.reason] || one.reason]] : []),
    ...(one.paused_until ? [["Waits until", when(one.paused_until)]] : []),
    ...(one.public_key ? [["Public key", code(one.public_key)]] : []),
    ["Id", code(one.id)],
    ["Made", when(one.created_at)],
  ];
  return make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
};

const actions = (one, refresh) => {
  const step = (word, said) => async () => {
    await ask("POST", `${ROOT}/${one.id}/${word}`);
    await refresh();
    say(`${said} ${nameOf(one)}.`);
  };
  const named = word => ({ label: `${word} ${nameOf(one)}` });
  return make("div", { className: "actions" },
    button("Test", () => test(one), named("Test")),
    one.status === "enabled" ? button("Pause", step("pause", "Paused"), named("Pause")) : button("Resume", step("resume", "Resumed"), named("Resume")),
    make("a", { href: `#attempts/${one.id}` }, "Attempts"),
    make("a", { href: `#replays/${one.id}` }, "Replay"),
    button("Delete", () => remove(one, refresh), { danger: true, ...named("Delete") }));
};

const test = async one => {
  const tried = await ask("POST", `${ROOT}/${one.id}/test`);
  const said = `${tried.error || `status ${tried.status}`}, after ${tried.latency_ms} ms`;
  if (tried.result === "delivered") say(`The test was delivered: ${said}.`);
  else complain(`The test failed: ${said}.`);
};

const remove = async (one, refresh) => {
  if (!await sure("Delete this endpoint?", `Nothing more is sent to ${one.url}; what waits for it is dropped.`, "Delete it")) return;
  await ask("DELETE", `${ROOT}/${one.id}`);
  await refresh();
  say(`Deleted ${nameOf(one)}.`);
};

const rotation = (one, refresh, tell) => {
  const spans = [["86400", "for a day"], ["3600", "for an hour"], ["604800", "for seven days"], ["0", "no more: it leaked"]];
  const rotate = async members => {
    if (!await sure("Make a new secret?", `Receivers at ${one.url} have to be told of it.`, "Make it")) return;
    const made = await ask("POST", `${ROOT}/${one.id}/rotate`, { body: { overlap_seconds: Number(members.overlap_seconds) } });
    tell(made);
    await refresh();
    say(`${nameOf(one)} has a new secret.`);
  };
  return form("New secret", rotate, "Rotate", field("The old one signs along", choice("overlap_seconds", spans)));
};

export default { name: "endpoints", title: "Endpoints", show };
