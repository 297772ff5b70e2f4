/** Whether a template's values are escaped for HTML, which its file name decides, as for Jinja. */
export function escapesHtml(filename: string): boolean {
  return /\.(?:html?|xml)$/i.test(filename);
}
