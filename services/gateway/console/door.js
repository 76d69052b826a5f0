/* The way to the public interface. The key is in this tab's session storage and nowhere else; every request shows it. */

const KEY = "slotkeeper.key", TENANT = "slotkeeper.tenant";
const ROOT = new URL("../v1/", import.meta.url);

/* What was answered instead of what was asked: the problem's words, and the member at fault where it names one. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The answer was ${status}.`);
    this.status = status;
    this.field = problem.field;
  }
}

export const isSignedIn = () => sessionStorage.getItem(KEY) !== null;

export const signIn = (key, tenant) => {
  sessionStorage.setItem(KEY, key);
  sessionStorage.setItem(TENANT, tenant);
};

export const signOut = () => {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(TENANT);
};

/* The answer's body. `query` may hold members that are not there. */
export const ask = async (method, path, { query = {}, body } = {}) => {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  const answer = await sent(url, { method, headers: headers(body), body: body && JSON.stringify(body) });
  const said = await told(answer);
  if (!answer.ok) throw new Refusal(answer.status, said);
  return said;
};

const headers = body => {
  const tenant = sessionStorage.getItem(TENANT);
  return {
    Authorization: `Bearer ${sessionStorage.getItem(KEY)}`,
    ...(tenant ? { "Slotkeeper-Tenant": tenant } : {}),
    ...(body ? { "Content-Type": "application/json" } : {}),
  };
};

const sent = async (url, request) => {
  try {
    return await fetch(url, { ...request, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch {
    throw new Refusal(0, { detail: "The gateway does not answer." });
  }
};

const told = async answer => {
  try {
    return await answer.json();
  } catch {
    return {}; // nothing, or a page of something between us and the gateway
  }
};
