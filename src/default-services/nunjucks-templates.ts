import { statSync } from "node:fs";
import type { Environment } from "nunjucks";
import { LigandError } from "../errors/ligand-error.js";
import { COPY, requireHere } from "../package.js";
import { escapesHtml } from "../services/escapes-html.js";
import { Templates, type Template } from "../services/templates.js";

/** Where {@link NunjucksTemplates} looks, and what its filters need. */
export interface TemplatesOptions {
  /** The base URL for clients, for links to media. */
  readonly publicBaseUrl: string;
  /** The administrator's own templates; searched first. */
  readonly customTemplateDir?: string | null;
  /** The homeserver's templates; searched last. */
  readonly builtInDir?: string | null;
}

/** {@link Templates} in the language of Nunjucks, which reads Synapse's Jinja templates. */
export class NunjucksTemplates extends Templates {
  readonly #options: TemplatesOptions;

  constructor(options: TemplatesOptions) {
    super();
    this.#options = options;
  }

  readTemplates(filenames: readonly string[], customTemplateDirectory?: string): readonly Template[] {
    const { customTemplateDir, builtInDir } = this.#options;
    const directories = [customTemplateDir, customTemplateDirectory, builtInDir].filter((path) => path != null);
    for (const directory of directories) checkDirectory(directory);
    // An environment escapes in all of its templates or in none.
    const [html, plain] = [this.#environment(directories, true), this.#environment(directories, false)];
    return filenames.map((filename) => {
      try {
        const template = (escapesHtml(filename) ? html : plain).getTemplate(filename, true);
        return { render: (values = {}) => template.render(values) };
      } catch (cause) {
        throw invalid(`can't load the template ${filename}; looked in ${directories.join(", ") || "no directory"}`, {
          cause,
        });
      }
    });
  }

  #environment(directories: string[], autoescape: boolean): Environment {
    const nunjucks = loadNunjucks();
    const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(directories), { autoescape });
    environment.addFilter("format_ts", formatTimestamp);
    environment.addFilter("mxc_to_http", (...args: [unknown, number, number, string?]) =>
      mxcToHttp(this.#options.publicBaseUrl, ...args),
    );
    return environment;
  }
}

/** Formats a time in milliseconds since the epoch with a `strftime` format, in the time zone of the process. */
function formatTimestamp(ms: number, format: string): string {
  return loadStrftime()(format, new Date(ms));
}

/** Loaded when first used, synchronously because templates are. A bundler sees only a plain `require`. */
function loadNunjucks() {
  return (COPY.isBundled ? require("nunjucks") : requireHere("nunjucks")) as typeof import("nunjucks");
}

function loadStrftime() {
  return (COPY.isBundled ? require("strftime") : requireHere("strftime")) as typeof import("strftime");
}

/** The URL of a thumbnail of a media file; empty unless the value starts with `mxc://`. */
function mxcToHttp(baseUrl: string, value: unknown, width: number, height: number, method = "crop"): string {
  if (typeof value !== "string" || !value.startsWith("mxc://")) return "";
  const [path = "", fragment] = value.slice("mxc://".length).split("#", 2);
  const query = new URLSearchParams({ width: String(width), height: String(height), method });
  return `${baseUrl}_matrix/media/v3/thumbnail/${path}?${query}${fragment === undefined ? "" : `#${fragment}`}`;
}

function checkDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw invalid(`the template directory ${path} doesn't exist`);
}

function invalid(message: string, options: { cause?: unknown } = {}): LigandError {
  return new LigandError("LIGAND_ARGUMENT_INVALID", message, options);
}
