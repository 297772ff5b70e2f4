import type { ServiceDeclaration } from "./service-declaration.js";

/** A loaded template. @public */
export interface Template {
  /** Renders the template; values are escaped for HTML in files named `.html`, `.htm` or `.xml`. */
  render(values?: Readonly<Record<string, unknown>>): string;
}

/** Loads templates of pages and e-mails. @public */
export abstract class Templates {
  static readonly declaration: ServiceDeclaration<Templates> = {
    runsIn: "module",
    methods: {
      readTemplates: { does: "own", returns: "body" },
    },
  };

  /**
   * Loads templates, in the order given. Each is looked up in the administrator's own directory, then in
   * `customTemplateDirectory`, then among the built-in ones. (`read_templates`, 1.39.)
   *
   * Filters: `format_ts("%Y-%m-%d")` for milliseconds since the epoch, and `mxc_to_http(width, height, method)`.
   *
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when a directory or a template doesn't exist.
   */
  abstract readTemplates(filenames: readonly string[], customTemplateDirectory?: string): readonly Template[];
}
