import type { Child } from "hono/jsx";
import { Count } from "./pieces.js";

/** A column of a table: what stands above it, and what it has in each row. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Child;
  /** `row` for what names the row. The others only say how it looks. */
  readonly kind?: "row" | "number" | "id" | "whole" | "why";
}

/** A column of numbers that are 0 most of the time. */
export function countColumn<Row>(title: string, count: (row: Row) => number): Column<Row> {
  return { title, kind: "number", cell: (row) => <Count of={count(row)} /> };
}

interface TableProps<Row> {
  /** What the table shows. */
  name: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Of the part that has the rows. */
  body?: Readonly<Record<string, string>>;
}

/** A table. Where it's wider than the window it can be scrolled; on a phone, each row is a card. */
export function Table<Row>({ name, columns, rows, body = {} }: TableProps<Row>) {
  return (
    <div class="wide" role="region" aria-label={name} tabindex={0}>
      <table aria-label={name}>
        <thead>
          <tr>
            {columns.map(({ title, kind }) => (
              <th scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...body}>
          <Rows columns={columns} rows={rows} />
        </tbody>
      </table>
    </div>
  );
}

/** The rows of a table alone: those that a page receives later. */
export function Rows<Row>({ columns, rows }: Pick<TableProps<Row>, "columns" | "rows">) {
  return (
    <>
      {rows.map((row) => (
        <tr>
          {columns.map(({ title, kind, cell }) =>
            kind === "row" ? (
              <th scope="row">{cell(row)}</th>
            ) : (
              <td class={kind} data-title={title}>
                {cell(row)}
              </td>
            ),
          )}
        </tr>
      ))}
    </>
  );
}
