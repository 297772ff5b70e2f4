import type { Rows } from "ligand/homeserver";
import type { Statements } from "./sql-database.js";

type AnyRow = Record<string, unknown>;

/** The table behind {@link SqlRows}. */
export interface SqlTable {
  readonly name: string;
  readonly key: readonly string[];
  /** The columns of the row that the table has as text, those of the key among them. */
  readonly text: readonly string[];
  /** The columns of the row that the table has as numbers. */
  readonly numbers: readonly string[];
  /** The columns of the row that the table has as bytes. */
  readonly bytes: readonly string[];
}

interface Get {
  readonly key: readonly string[];
  readonly resolve: (row: AnyRow | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** The rows of one table. */
export class SqlRows implements Rows<AnyRow, string> {
  readonly #gets: Get[] = [];

  constructor(
    private readonly statements: Statements,
    private readonly table: SqlTable,
  ) {}

  /** Those that are asked for in one go are read by one statement: the state of a room is a hundred of them. */
  get(key: AnyRow): Promise<AnyRow | undefined> {
    if (this.#gets.length === 0) queueMicrotask(() => void this.#getAll(this.#gets.splice(0)));
    return new Promise((resolve, reject) => {
      this.#gets.push({ key: this.#keyOf(key), resolve, reject });
    });
  }

  async put(row: AnyRow): Promise<void> {
    const { name, key, text, numbers, bytes } = this.table;
    const columns = [...text, ...numbers, "row", ...bytes];
    const set = columns.map((column) => `"${column}" = excluded."${column}"`).join(", ");
    const json = JSON.stringify({ ...row, ...Object.fromEntries(bytes.map((column) => [column, null])) });
    await this.statements.query(
      `INSERT INTO "${name}" (${list(columns)}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(", ")})
       ON CONFLICT (${list(key)}) DO UPDATE SET ${set}`,
      [...text.map((column) => textOf(row[column])), ...valuesOf(row, numbers), json, ...valuesOf(row, bytes)],
    );
  }

  async delete(key: AnyRow): Promise<void> {
    const { name, key: columns } = this.table;
    await this.statements.query(`DELETE FROM "${name}" WHERE ${equal(columns)}`, this.#keyOf(key));
  }

  async find(match: AnyRow = {}, after: AnyRow = {}): Promise<AnyRow[]> {
    const equals = this.table.text.filter((column) => typeof match[column] === "string");
    const greater = this.table.numbers.filter((column) => typeof after[column] === "number");
    const conditions = [
      ...equals.map((column, index) => `"${column}" = $${index + 1}`),
      ...greater.map((column, index) => `"${column}" > $${equals.length + index + 1}`),
    ];
    const rows = await this.#select(`WHERE ${["true", ...conditions].join(" AND ")} ORDER BY position`, [
      ...equals.map((column) => textOf(match[column])),
      ...valuesOf(after, greater),
    ]);
    // The other columns are in the JSON alone.
    const [equal, above] = [Object.entries(match), Object.entries(after) as [string, number][]];
    return rows.filter(
      (row) =>
        equal.every(([column, value]) => row[column] === value) &&
        above.every(([column, value]) => (row[column] as number) > value),
    );
  }

  async #getAll(gets: readonly Get[]): Promise<void> {
    const { key } = this.table;
    const arrays = key.map((_, index) => `$${index + 1}::text[]`).join(", ");
    const where =
      gets.length === 1 ? `WHERE ${equal(key)}` : `WHERE (${list(key)}) IN (SELECT * FROM unnest(${arrays}))`;
    const parameters = gets.length === 1 ? gets[0]!.key : key.map((_, index) => gets.map((get) => get.key[index]));
    try {
      const rows = await this.#select(where, parameters);
      const byKey = new Map(rows.map((row) => [JSON.stringify(this.#keyOf(row)), row]));
      for (const get of gets) get.resolve(byKey.get(JSON.stringify(get.key)));
    } catch (error) {
      for (const get of gets) get.reject(error);
    }
  }

  async #select(where: string, parameters: readonly unknown[]): Promise<AnyRow[]> {
    const { name, bytes } = this.table;
    const rows = await this.statements.query<{ row: string } & Record<string, Uint8Array>>(
      `SELECT ${list(["row", ...bytes])} FROM "${name}" ${where}`,
      parameters,
    );
    return rows.map(({ row, ...columns }) => {
      const blobs = Object.entries(columns).map(([column, value]) => [column, Uint8Array.from(value)]);
      return { ...(JSON.parse(row) as AnyRow), ...Object.fromEntries(blobs) };
    });
  }

  #keyOf(row: AnyRow): string[] {
    return this.table.key.map((column) => textOf(row[column])!);
  }
}

/** What a column of type text holds: the string as inside JSON, because PostgreSQL refuses U+0000 and half a surrogate pair. */
function textOf(value: unknown): string | null {
  return typeof value === "string" ? JSON.stringify(value).slice(1, -1) : null;
}

function valuesOf(row: AnyRow, columns: readonly string[]): unknown[] {
  return columns.map((column) => row[column]);
}

function list(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(", ");
}

function equal(columns: readonly string[]): string {
  return columns.map((column, index) => `"${column}" = $${index + 1}`).join(" AND ");
}
