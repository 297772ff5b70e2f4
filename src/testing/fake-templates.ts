import { LigandError } from "../errors/ligand-error.js";
import { escapesHtml } from "../services/escapes-html.js";
import { Templates, type Template } from "../services/templates.js";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

/**
 * {@link Templates} that a test writes itself. `{{ name }}` inserts a value, escaped in HTML; nothing else is supported.
 *
 * @public
 */
export class FakeTemplates extends Templates {
  /** The sources of templates, by file name. */
  readonly texts = new Map<string, string>();

  readTemplates(filenames: readonly string[]): Template[] {
    return filenames.map((filename) => {
      const text = this.texts.get(filename);
      if (text === undefined) {
        throw new LigandError("LIGAND_ARGUMENT_INVALID", `the template ${filename} doesn't exist`, {
          remedy: `Add it to the test kit: kit.templates.texts.set("${filename}", "…").`,
        });
      }
      return { render: (values = {}) => fillIn(text, values, escapesHtml(filename)) };
    });
  }
}

function fillIn(text: string, values: Readonly<Record<string, unknown>>, isHtml: boolean): string {
  const escaped = (value: string) => (isHtml ? value.replace(/[&<>"']/g, (character) => ESCAPES[character]!) : value);
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => escaped(String(values[name] ?? "")));
}
