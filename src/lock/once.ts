/** Remembers what a function found for each string: several modules share files, packages and records of npm. */
export function once<Found>(find: (what: string) => Promise<Found>): (what: string) => Promise<Found> {
  const known = new Map<string, Promise<Found>>();
  return (what) => {
    const before = known.get(what);
    if (before) return before;
    const found = find(what);
    known.set(what, found);
    return found;
  };
}
