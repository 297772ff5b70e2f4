/** Whether a template's values are escaped for HTML. The file name decides, as in Jinja. */
export function escapesHtml(filename: string): boolean {
  return /\.(?:html?|xml)$/i.test(filename);
}
