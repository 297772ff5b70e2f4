const all: Map<unknown, unknown>[] = [];

/**
 * For what is worked out of a config class. While a configuration is read it's needed again and again, and seldom
 * afterwards: with a class for each module it would be a tenth of what a module takes.
 */
export function classFacts<T>(): Map<Function, T> {
  const facts = new Map<Function, T>();
  all.push(facts);
  return facts;
}

/** To be called when a configuration has been read. What is needed later is worked out again. */
export function forgetClassFacts(): void {
  for (const facts of all) facts.clear();
}
