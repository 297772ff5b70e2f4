const SETTLED = Promise.resolve();

/** Calls back in this turn of the event loop, once all promises that have settled have been followed up, and those that settle then. */
export function afterPromises(callback: () => void): void {
  // A tick that is asked for outside of promises would come before them.
  void SETTLED.then(() => process.nextTick(callback));
}
