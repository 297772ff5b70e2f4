import type { Logger } from "winston";
import { LOG_LEVELS, type LogLevel } from "./log-levels.js";

/**
 * A logger that's made when something first uses it. winston would be a third of the memory that a process of one module
 * takes, and many modules never write a line.
 *
 * @param level the logger's own, if it's known: less urgent lines are no use of it
 */
export function deferredLogger(make: () => Logger, level?: LogLevel): Logger {
  const unwritten = level === undefined ? [] : LOG_LEVELS.slice(LOG_LEVELS.indexOf(level) + 1);
  return new Unmade(make, unwritten).logger;
}

/** What a logger inherits from until it's made. A class, since each module has one: its traps are shared. */
class Unmade implements ProxyHandler<object> {
  readonly logger = Object.create(new Proxy(NOTHING, this)) as Logger;

  constructor(
    private readonly make: () => Logger,
    private readonly unwritten: readonly PropertyKey[],
  ) {}

  get(_: object, name: PropertyKey, receiver: unknown): unknown {
    // Code that hands it on may ask whether it's a promise.
    if (name === "then") return undefined;
    return this.unwritten.includes(name) ? () => this.logger : Reflect.get(this.#made(), name, receiver);
  }

  set(_: object, name: PropertyKey, value: unknown, receiver: unknown): boolean {
    return Reflect.set(this.#made(), name, value, receiver);
  }

  has(_: object, name: PropertyKey): boolean {
    return Reflect.has(this.#made(), name);
  }

  getPrototypeOf(): object {
    return this.#made();
  }

  #made(): Logger {
    const made = this.make();
    // From then on it's an ordinary object that inherits from the logger.
    Object.setPrototypeOf(this.logger, made);
    return made;
  }
}

const NOTHING = {};
