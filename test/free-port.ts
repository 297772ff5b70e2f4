/** A port of this machine on which no process listens; see `scripts/free-port.mjs`. */
export const { freePort } = (await import(new URL("../../scripts/free-port.mjs", import.meta.url).href)) as {
  freePort: () => Promise<number>;
};
