import type { Logger } from "winston";
import { LOG_LEVELS, type LogLevel } from "./log-levels.js";

/**
 * A logger that's made when something first uses it. winston would be a third of the memory that a process of one module
 * takes, and many modules never write a line.
 *
 * @param level the logger's own, if it's known: less urgent lines are no use of it
 */
export function deferredLogger(make: () => Logger, level?: LogLevel): Logger {
  const unwritten: readonly PropertyKey[] = level === undefined ? [] : LOG_LEVELS.slice(LOG_LEVELS.indexOf(level) + 1);
  const logger = (): Logger => {
    const made = make();
    // From then on it's an ordinary object that inherits from the logger.
    Object.setPrototypeOf(deferred, made);
    return made;
  };
  const unmade = new Proxy(
    {},
    {
      get(_, name, receiver): unknown {
        // Whoever hands it on may ask whether it's a promise.
        if (name === "then") return undefined;
        return unwritten.includes(name) ? () => deferred : Reflect.get(logger(), name, receiver);
      },
      set: (_, name, value, receiver) => Reflect.set(logger(), name, value, receiver),
      has: (_, name) => Reflect.has(logger(), name),
      getPrototypeOf: () => logger(),
    },
  );
  const deferred = Object.create(unmade) as Logger;
  return deferred;
}
