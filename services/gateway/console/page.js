/* What every part is built of: elements whose content is text, forms, tables, messages, and the question "sure?". */

import { Refusal } from "./door.js";

/* An element. Members are its properties, or attributes where it has no such property; children are nodes or text. */
export const make = (name, members = {}, ...children) => {
  const element = document.createElement(name);
  for (const [member, value] of Object.entries(members))
    if (member in element) element[member] = value;
    else element.setAttribute(member, value);
  element.append(...children.filter(child => child !== null));
  return element;
};

export const byId = id => document.getElementById(id);

export const when = instant => {
  const shown = new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return make("time", { dateTime: instant, title: instant }, shown);
};

export const code = text => make("code", {}, text);

export const badge = (text, kind) => make("span", { className: `badge ${kind}` }, text);

/* --- messages ------------------------------------------------------------------------------------------------- */

/* One line to whoever looks or listens; it stays until the next one. */
export const say = text => line("said", text);
export const complain = text => line("refused", text);

export const hush = () => {
  say("");
  complain("");
};

const line = (id, text) => {
  byId(id).textContent = text;
  byId(id).hidden = !text;
};

/* --- doing ---------------------------------------------------------------------------------------------------- */

/* Does it, once at a time; what is refused is told, and shown at the member of the form that is at fault. The button
   keeps the focus meanwhile, which one that is `disabled` would lose. */
export const run = async (button, action, form = null) => {
  if (button.ariaDisabled === "true") return;
  hush();
  button.ariaDisabled = "true";
  try {
    await action();
  } catch (error) {
    refuse(error, form);
  } finally {
    button.ariaDisabled = null;
  }
};

/* Tells of an error; one that is no refusal is a bug here. A key that is not valid ends the session. */
export const refuse = (error, form = null) => {
  if (!(error instanceof Refusal)) throw error;
  if (error.status === 401) dispatchEvent(new CustomEvent("unknown-key", { detail: error.message }));
  else complain(error.field ? `${error.message} (${error.field})` : error.message);
  const member = form && error.field ? atFault(form, error.field) : null;
  if (member) {
    member.setAttribute("aria-invalid", "true");
    member.setAttribute("aria-errormessage", "refused");
    member.focus();
  }
};

const atFault = (form, field) => [...form.elements].find(one => one.name && `${field}.`.startsWith(`${one.name}.`));

export const button = (text, action, { danger = false, label = text } = {}) => {
  const made = make("button", { type: "button", className: danger ? "danger" : "", ariaLabel: label }, text);
  made.addEventListener("click", () => run(made, action));
  return made;
};

/* Whether whoever is asked says yes. Escape, and the button that has the focus, say no. */
export const sure = (title, text, yes) => {
  const dialog = byId("sure");
  byId("sure-title").textContent = title;
  byId("sure-text").textContent = text;
  byId("sure-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise(answered => {
    dialog.addEventListener("close", () => answered(dialog.returnValue === "yes"), { once: true });
  });
};

/* --- forms ---------------------------------------------------------------------------------------------------- */

let numbered = 0;

/* A labelled input, select or the like, with a hint that is read out with it. */
export const field = (label, input, hint = "") => {
  input.id = `field-${++numbered}`;
  const said = hint ? make("p", { className: "hint", id: `${input.id}-hint` }, hint) : null;
  if (said) input.setAttribute("aria-describedby", said.id);
  return make("div", { className: "field" }, make("label", { htmlFor: input.id }, label), input, said);
};

export const choice = (name, options) =>
  make("select", { name }, ...options.map(([value, text]) => make("option", { value }, text)));

/* A form; `send` gets its members as text. */
export const form = (title, send, submit, ...fields) => {
  const go = make("button", { className: "main" }, submit);
  const made = make("form", { autocomplete: "off" }, ...fields, go);
  made.addEventListener("submit", event => {
    event.preventDefault();
    for (const one of made.elements) one.removeAttribute("aria-invalid");
    run(go, () => send(Object.fromEntries(new FormData(made)), made), made);
  });
  return make("details", { className: "card" }, make("summary", {}, title), made);
};

export const words = text => text.split(/[\s,]+/).filter(Boolean);

/* --- tables --------------------------------------------------------------------------------------------------- */

/* Fills a place anew; whoever stood on something in it stands on what is there in its stead. */
export const refill = (place, ...children) => {
  const was = place.contains(document.activeElement) ? document.activeElement : null;
  const labels = was ? [was.ariaLabel, was.closest("article")?.ariaLabel].filter(Boolean) : [];
  place.replaceChildren(...children);
  if (!was || was.isConnected) return;
  const named = labels.flatMap(label => [...place.querySelectorAll("[aria-label]")].filter(one => one.ariaLabel === label));
  (named[0] || place.closest("[tabindex]")).focus();
};

export const row = (...cells) => make("tr", {}, ...cells.map(cell => make("td", {}, ...[cell].flat())));

/* A table and its rows' place, which says so where there are none; cleared, it says nothing until it is filled. */
export const table = (caption, titles, none) => {
  const heads = titles.map(title => make("th", { scope: "col" }, title));
  const rows = make("tbody");
  const empty = make("p", { className: "none" }, none);
  const whole = make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...heads)), rows);
  const fill = (...found) => {
    refill(rows, ...found);
    tell();
  };
  const add = (...found) => {
    rows.append(...found);
    tell();
  };
  const tell = () => {
    empty.hidden = rows.childElementCount > 0;
    whole.hidden = !empty.hidden;
  };
  const clear = () => {
    rows.replaceChildren();
    whole.hidden = empty.hidden = true;
  };
  const place = make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: caption }, whole, empty);
  clear();
  return { place, fill, add, clear };
};

/* Pages of a table, newest first: `page` asks for one by its cursor, `shown` makes a row of an item. What comes after
   something else was asked is not what is wanted any more. */
export const paged = (into, page, shown) => {
  let next = null, asked = 0;
  const take = async (cursor, place) => {
    const mine = ++asked, found = await page(cursor);
    if (mine !== asked) return;
    place(...found.items.map(shown));
    next = found.next;
    older.hidden = next === null;
  };
  const older = button("Older", () => take(next, into.add));
  older.hidden = true;
  return { refresh: () => take(null, into.fill), older };
};
