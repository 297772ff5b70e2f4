import { html } from "hono/html";

export interface Entry {
  readonly name: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly ts: number;
}

/** The page; `html` escapes what visitors wrote. */
export function guestbookPage(title: string, action: string, entries: readonly Entry[]) {
  return html`<!doctype html>
    <title>${title}</title>
    <h1>${title}</h1>
    <ul>
      ${entries.map(
        ({ name, text, ts }) => html` <li><time>${new Date(ts).toISOString()}</time> <b>${name}</b>: ${text}</li>`,
      )}
    </ul>
    <form method="post" action="${action}">
      <input name="name" placeholder="Your name" required />
      <input name="text" placeholder="Your words" required />
      <button>Sign</button>
    </form> `;
}
