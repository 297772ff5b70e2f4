import type { Logger } from "winston";

/**
 * A logger that's made when something first uses it. winston would be a third of the memory that a process of one module
 * takes, and many modules never write a line.
 */
export function deferredLogger(make: () => Logger): Logger {
  const logger = (): Logger => {
    const made = make();
    // From then on it's an ordinary object that inherits from the logger.
    Object.setPrototypeOf(deferred, made);
    return made;
  };
  const unmade = new Proxy(
    {},
    {
      // Whoever hands it on may ask whether it's a promise.
      get: (_, name, receiver) => (name === "then" ? undefined : (Reflect.get(logger(), name, receiver) as unknown)),
      set: (_, name, value, receiver) => Reflect.set(logger(), name, value, receiver),
      has: (_, name) => Reflect.has(logger(), name),
      getPrototypeOf: () => logger(),
    },
  );
  const deferred = Object.create(unmade) as Logger;
  return deferred;
}
