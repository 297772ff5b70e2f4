import { visible } from "../../errors/visible.js";

/** A page in which what can't be seen is named, but for what lays out its source. */
export function visibleHtml(html: string): string {
  return visible(html, "\n\t");
}
