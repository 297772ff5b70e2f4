/** A promise that a test settles. */
export interface Settleable {
  readonly promise: Promise<any>;
  readonly resolve: (value?: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes a promise that a test settles; `Promise.withResolvers` needs Node 22. */
export function settleable(): Settleable {
  let resolve!: (value?: unknown) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<any>((...given) => ([resolve, reject] = given));
  return { promise, resolve, reject };
}
