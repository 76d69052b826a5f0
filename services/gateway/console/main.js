/* The frame: who is signed in, and which part is shown. A part is named by the address (`#attempts/ep_1`), so that
   links, bookmarks and the browser's way back work.

   To add a part, write a module like `notices.js` and put it into PARTS: it has a `name` for the address, a `title`,
   and `show(place, ...rest)`, which fills its place with what it asks of the interface. */

import attempts from "./attempts.js";
import endpoints from "./endpoints.js";
import notices from "./notices.js";
import replays from "./replays.js";
import { isSignedIn, signIn, signOut } from "./door.js";
import { byId, complain, hush, make, refuse } from "./page.js";

const PARTS = [endpoints, attempts, replays, notices];

const show = async () => {
  const here = isSignedIn();
  for (const id of ["parts", "leave"]) byId(id).hidden = !here;
  byId("door").hidden = here;
  byId("part").replaceChildren();
  if (!here) return byId("key").focus();
  const [name, ...rest] = location.hash.slice(1).split("/");
  const part = PARTS.find(one => one.name === name) || PARTS[0];
  return open(part, rest);
};

/* Each time in a place of its own: what comes late for a part that was left goes nowhere. */
const open = async (part, rest) => {
  document.title = `${part.title} · Slotkeeper`;
  for (const link of byId("parts").children) {
    if (link.hash === `#${part.name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const title = make("h2", { tabIndex: -1 }, part.title);
  const place = make("section", { ariaLabel: part.title }, title);
  byId("part").replaceChildren(place);
  title.focus();
  place.setAttribute("aria-busy", "true");
  try {
    await part.show(place, ...rest);
  } catch (error) {
    if (place.isConnected) refuse(error);
  } finally {
    place.removeAttribute("aria-busy");
  }
};

const leave = why => {
  signOut();
  hush();
  show();
  complain(why);
};

byId("parts").append(...PARTS.map(part => make("a", { href: `#${part.name}` }, part.title)));
byId("leave").addEventListener("click", () => leave(""));
byId("key-form").addEventListener("submit", event => {
  event.preventDefault();
  signIn(byId("key").value.trim(), byId("tenant").value.trim());
  event.target.reset();
  hush();
  show();
});
addEventListener("unknown-key", event => leave(event.detail));
addEventListener("hashchange", () => {
  hush();
  show();
});
show();
