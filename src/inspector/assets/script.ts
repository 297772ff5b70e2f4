import { MOST_RECENT } from "../../decisions/decisions.js";

/** What the pages do in a browser: the list of decisions receives those that follow. Everything else works without it. */
export const SCRIPT = `"use strict";
(() => {
  const list = document.getElementById("decisions");
  if (!list) return;
  const MOST_ROWS = ${MOST_RECENT};
  const state = document.getElementById("state");
  const rate = document.getElementById("rate");
  const pause = document.getElementById("pause");
  let source;
  let last = "";

  // Screen readers say each change of the state, so that what changes each second is beside it.
  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
    rate.textContent = "";
  };
  const open = () => {
    const url = new URL(list.dataset.live, location.href);
    if (last) url.searchParams.set("after", last);
    source = new EventSource(url);
    source.addEventListener("open", () => say("Live"));
    source.addEventListener("decisions", (event) => {
      last = event.lastEventId;
      const rows = document.createElement("template");
      rows.innerHTML = event.data;
      list.prepend(rows.content);
      while (list.rows.length > MOST_ROWS) list.rows[list.rows.length - 1].remove();
    });
    source.addEventListener("state", (event) => say(event.data));
    source.addEventListener("rate", (event) => (rate.textContent = event.data));
    source.addEventListener("error", () => {
      const isOver = source.readyState === EventSource.CLOSED;
      say(isOver ? "The inspector doesn't answer any more. Load the page again." : "Connection lost. Trying again.");
    });
  };
  const close = () => {
    source.close();
    source = undefined;
  };
  pause.hidden = false;
  pause.addEventListener("click", () => {
    if (source) {
      close();
      say("Paused");
      pause.textContent = "Continue";
    } else {
      open();
      pause.textContent = "Pause";
    }
  });
  // A page that the browser keeps for the way back needn't receive anything.
  addEventListener("pagehide", () => source && close());
  addEventListener("pageshow", (event) => event.persisted && pause.textContent === "Pause" && open());
  open();
})();
`;

/** The icon of the pages. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0550ae"/><path d="M5 3v9h7" fill="none" stroke="#fff" stroke-width="2"/></svg>
`;
