import { TABLES, type Storage } from "ligand/homeserver";

/** What clients hear of. */
const WATCHED: readonly string[] = [
  "events",
  "presence",
  "accountData",
  "receipts",
  "typing",
  "deviceChanges",
  "toDevice",
];

/** The same storage; `changed` is called once something is written that clients hear of. */
export function watchStorage(storage: Storage, changed: () => void): Storage {
  const tables = (Object.keys(TABLES) as (keyof typeof TABLES)[]).map((name) => {
    const rows = storage[name] as { put(row: unknown): Promise<void> } & object;
    if (!WATCHED.includes(name)) return [name, rows];
    const put = async (row: unknown) => {
      await rows.put(row);
      changed();
    };
    return [name, new Proxy(rows, { get: (target, key) => (key === "put" ? put : boundTo(target, key)) })];
  });
  return {
    ...(Object.fromEntries(tables) as Omit<Storage, "next" | "transact">),
    next: (sequence) => storage.next(sequence),
    // What a transaction writes is there for others when it ends.
    async transact(f) {
      let wrote = false;
      const result = await storage.transact((inner) => f(watchStorage(inner, () => (wrote = true))));
      if (wrote) changed();
      return result;
    },
  };
}

function boundTo(target: object, key: string | symbol): unknown {
  const member: unknown = Reflect.get(target, key);
  return typeof member === "function" ? member.bind(target) : member;
}
