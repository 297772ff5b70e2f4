import { TABLES, type Rows, type Storage } from "./storage.js";

type AnyRow = Record<string, unknown>;
/** A row, and its place among the table's rows. */
interface Stored {
  readonly row: AnyRow;
  readonly place: number;
}
/** Undoes one write. */
type Undo = () => void;

/** A {@link Storage} that is lost when the process ends. @public */
export interface InMemoryStorage extends Storage {}

let lastPlace = 0;

/** An empty {@link InMemoryStorage}. @public */
export function createInMemoryStorage(): InMemoryStorage {
  const tables = new Map(Object.keys(TABLES).map((name) => [name, new Map<string, Stored>()]));
  const sequences = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();

  const view = (written?: (undo: Undo) => void): Storage => {
    const rows = Object.entries(TABLES).map(([name, { key }]) => [
      name,
      new InMemoryRows(tables.get(name)!, key as readonly string[], written),
    ]);
    return {
      ...(Object.fromEntries(rows) as Omit<Storage, "next" | "transact">),
      async next(sequence) {
        const number = (sequences.get(sequence) ?? 0) + 1;
        sequences.set(sequence, number);
        return number;
      },
      transact(f) {
        const result = last.then(() => undoneOnError(f));
        last = result.catch(() => undefined);
        return result;
      },
    };
  };

  const undoneOnError = async <T>(f: (storage: Storage) => Promise<T>): Promise<T> => {
    const undos: Undo[] = [];
    try {
      return await f(view((undo) => undos.push(undo)));
    } catch (error) {
      for (const undo of undos.toReversed()) undo();
      throw error;
    }
  };

  return view();
}

class InMemoryRows implements Rows<AnyRow, string> {
  constructor(
    private readonly rows: Map<string, Stored>,
    private readonly key: readonly string[],
    private readonly written: ((undo: Undo) => void) | undefined,
  ) {}

  async get(key: AnyRow): Promise<AnyRow | undefined> {
    return this.rows.get(this.#keyOf(key))?.row;
  }

  async put(row: AnyRow): Promise<void> {
    this.#write(this.#keyOf(row), frozen(structuredClone(row)));
  }

  async delete(key: AnyRow): Promise<void> {
    this.#write(this.#keyOf(key), undefined);
  }

  async find(match: AnyRow = {}, after: AnyRow = {}): Promise<AnyRow[]> {
    const equal = Object.entries(match);
    const greater = Object.entries(after) as [string, number][];
    return Array.from(this.rows.values(), ({ row }) => row).filter(
      (row) =>
        equal.every(([column, value]) => row[column] === value) &&
        greater.every(([column, value]) => (row[column] as number) > value),
    );
  }

  #keyOf(row: AnyRow): string {
    return JSON.stringify(this.key.map((column) => row[column]));
  }

  #write(key: string, row: AnyRow | undefined): void {
    const before = this.rows.get(key);
    if (row) this.rows.set(key, { row, place: before?.place ?? (lastPlace += 1) });
    else this.rows.delete(key);
    this.written?.(() => this.#restore(key, before));
  }

  #restore(key: string, before: Stored | undefined): void {
    const isMissing = !this.rows.has(key);
    if (before) this.rows.set(key, before);
    else this.rows.delete(key);
    // A map appends what was deleted.
    if (before && isMissing) {
      const inOrder = Array.from(this.rows).sort(([, one], [, other]) => one.place - other.place);
      this.rows.clear();
      for (const [each, stored] of inOrder) this.rows.set(each, stored);
    }
  }
}

/** Deeply frozen, except for bytes, which can't be. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}
