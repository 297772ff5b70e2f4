import type { ItemRule } from "../config-class/own-rule.js";

// What begins or is built so that it can match nothing is a mistake: a module would silently never be asked.

/** A pattern of user ids. */
export const sender: ItemRule = {
  must: "must be a pattern of user ids, such as `@*:example.org`",
  accepts: (pattern) => /^(@.*[:*?]|[*?])/.test(pattern as string),
  remedyFor(pattern) {
    if (typeof pattern !== "string" || pattern === "") return undefined;
    const name = pattern.replace(/^@/, "");
    return `Write \`@${name}${/[:*?]/.test(name) ? "" : ":*"}\`: a user id is whole, with its server.`;
  },
};

/** A pattern of room ids. */
export const room: ItemRule = {
  must: "must be a pattern of room ids, such as `!abc:example.org`",
  accepts: (pattern) => /^[!*?]/.test(pattern as string),
  remedyFor(pattern) {
    if (typeof pattern !== "string" || pattern === "") return undefined;
    return pattern.startsWith("#")
      ? "Write the id of the room, which begins with `!`: its aliases aren't looked at."
      : "Write the id of the room with its `!`.";
  },
};

/** A pattern of names of servers. */
export const server: ItemRule = {
  must: "must be the name of a server, without its port",
  accepts: (pattern) => !/:\d+$|[@#!/\s]/.test(pattern as string),
  remedyFor(pattern) {
    if (typeof pattern !== "string" || pattern === "") return undefined;
    const [, name] = /^(?:[a-z]+:\/\/|[@#!][^:]*:)?([^@#!/\s]+?)(?::\d+)?\/*$/i.exec(pattern.trim()) ?? [];
    return name === undefined ? undefined : `Write \`${name}\`.`;
  },
};
