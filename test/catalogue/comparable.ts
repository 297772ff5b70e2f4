import { isSlot } from "#src/catalogue/background-updates.js";

/** Values as they can be compared: functions by what they come to, requests by what they carry. */
export async function comparable(value: unknown): Promise<unknown> {
  if (typeof value === "function") return { calledComesTo: await (value as () => unknown)() };
  if (value instanceof Request) {
    return { method: value.method, url: value.url, headers: [...value.headers], body: await value.clone().text() };
  }
  if (Array.isArray(value)) return Promise.all(value.map(comparable));
  if (isSlot(value)) return { budget: await value.enter(), end: await value.exit() };
  if (typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    const entries = Object.entries(value).map(async ([key, member]) => [key, await comparable(member)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  return value;
}
