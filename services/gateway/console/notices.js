/* Notices: what became of endpoints without anybody's doing. */

import { ask } from "./door.js";
import { badge, button, code, make, paged, row, table, when } from "./page.js";
import { every, nameOf } from "./endpoints.js";

const KINDS = { "endpoint.recovered": "good" };
const SAYS = {
  "endpoint.disabled": "disabled, nothing is sent until it is resumed",
  "endpoint.recovered": "takes webhooks again",
  "endpoint.parked": "a delivery failed for good and holds others back",
};

const show = async place => {
  const names = new Map((await every()).map(one => [one.id, nameOf(one)]));
  const found = table("Notices, newest first", ["When", "Endpoint", "Notice", "Reason", "Webhook"], "There is nothing to tell.");
  const page = cursor => ask("GET", "webhooks/notices", { query: { cursor, limit: "50" } });
  const { refresh, older } = paged(found, page, one => line(one, names));
  place.append(make("div", { className: "bar" }, button("Refresh", refresh)), found.place, older);
  return refresh();
};

const line = (one, names) => {
  const kind = badge(one.type.replace("endpoint.", ""), KINDS[one.type] || "bad");
  const what = [kind, ` ${SAYS[one.type] || ""}`];
  return row(when(one.at), whom(one, names), what, one.reason || "", one.webhook_id ? code(one.webhook_id) : "");
};

const whom = (one, names) => {
  const name = names.get(one.endpoint_id);
  return name ? make("a", { href: `#attempts/${one.endpoint_id}` }, name) : `${one.endpoint_id}, deleted since`;
};

export default { name: "notices", title: "Notices", show };
