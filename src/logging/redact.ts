/** The text with every occurrence of the secrets (of 4 characters and more) replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  const telling = secrets.filter(({ length }) => length >= 4).sort((one, other) => other.length - one.length);
  return telling.reduce((redacted, secret) => redacted.replaceAll(secret, "[redacted]"), text);
}
