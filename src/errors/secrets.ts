import { escapeRegExp } from "./escape-reg-exp.js";
import { formsOf, redact, REDACTED } from "./redact.js";

// What counts as a secret in Ligand: the one list, for logs, problems, and anything else shown of data or strings.

/** Words that name a secret, wherever they occur in a key. */
const WORDS =
  "password|passwd|pwd|pass|passphrase|passcode|token|secret|credential|authorization|cookie|macaroon|pepper|jwt|apikey";
const SECRET_WORD = new RegExp(`^(?:${WORDS})s?$`);
/** The same at the end of a key written as one word, such as `adminpassword`. */
const SECRET_END = new RegExp(`(?:${WORDS.replace("|pwd|pass|", "|")}|(?:secret|private|signing|access)key)s?$`);
/** Last words of keys that are about a secret but hold none. */
const ABOUT =
  /^(?:id|ids|type|path|file|name|policy|length|count|size|limit|lifetime|expiry|expires|enabled|required)$/;
/** Harmless keys: what precedes `key`. */
const PUBLIC_KEY = /^(?:state|public|cache|primary|foreign|sort|routing|room|event)$/;

/** Whether a key, in any spelling, names a secret: `access_token`, `clientSecret`, `X-Api-Key`. */
export function isSecretKey(key: string): boolean {
  const words = key
    .replace(/([a-z\d])(?=[A-Z])/g, "$1 ")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
  const last = words.at(-1) ?? "";
  if (ABOUT.test(last)) return false;
  if (last === "key" && !PUBLIC_KEY.test(words.at(-2) ?? "")) return true;
  return words.some((word) => SECRET_WORD.test(word)) || SECRET_END.test(words.join(""));
}

/** Secrets of configs, with what replaces them in a string. */
const hidden = new Map<string, (text: string) => string>();

/** A secret of so many characters isn't part of an ordinary word. */
const SURELY_WHOLE = 8;

/**
 * Hides a secret from now on, wherever it stands in what this process shows. A short one is hidden only as a word of its
 * own: `text` isn't to be hidden in `context`.
 */
export function hideSecret(secret: string): void {
  const forms = formsOf(secret);
  if (forms.length === 0) return;
  const replace = secret.length < SURELY_WHOLE ? hidingWords(forms) : (text: string) => redact(text, [secret]);
  hidden.set(secret, (text) => (forms.some((form) => text.includes(form)) ? replace(text) : text));
}

function hidingWords(forms: readonly string[]): (text: string) => string {
  const escaped = forms.map(escapeRegExp);
  const words = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${escaped.join("|")})(?![\\p{L}\\p{N}_])`, "gu");
  return (text) => text.replaceAll(words, REDACTED);
}

/** A URL's password. The user name and the host stay, because they say which server is meant. */
const URL_PASSWORD =
  /(:\/\/[^\s:/?#@"'<>]{0,256}:)(?!\d{1,5}(?:[/?#\s"'<>]|$))(?:[^\s"'<>/?#]{1,256}|[^\s"'<>]{1,256}?(?:@[^\s"'<>/?#]{0,256})?)@/g;
/** Where a string contains passwords of URLs. */
export function urlPasswords(text: string): { readonly start: number; readonly end: number }[] {
  return Array.from(text.matchAll(URL_PASSWORD), ({ index, 0: found, 1: before }) => ({
    start: index + before!.length,
    end: index + found.length - 1,
  }));
}

/** A parameter of a query or of a form. */
const PARAMETER = /(?<![\w-])([\w-]{1,64})=([^\s&"']+)/g;
/** The value of a header. */
const AUTHORIZATION = /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi;
const COOKIES = /\b((?:Set-)?Cookie:)[^\r\n]+/gi;
/** Tokens with a known form: those of Synapse and of the Matrix Authentication Service, macaroons, JWTs. */
const KNOWN_FORM =
  /(?<![\w-])(?:sy[rtl]_[\w-]{4,}|(?:mat|mar|mct|mcr|mps)_[\w-]{8,}|MDA[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)/g;
const PRIVATE_KEY = /(-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g;

/**
 * A string without the secrets that their context or form gives away: JSON or `inspect`ed data inside it, URLs with a
 * password, parameters, headers, lines `password: …`, and tokens of known forms.
 */
export function redactText(text: string): string {
  // What follows may cut a secret in two; a short one may be part of something that is only known as a whole.
  let safe = withoutHidden(text, SURELY_WHOLE);
  if (NAMES_SECRET.test(safe)) {
    safe = redactMembers(safe)
      .replace(PARAMETER, (found, name: string) => (isSecretKey(name) ? `${name}=${REDACTED}` : found))
      .replace(COOKIES, `$1 ${REDACTED}`)
      .replace(PRIVATE_KEY, `$1 ${REDACTED} `);
  }
  if (safe.includes("://") && safe.includes("@")) safe = safe.replace(URL_PASSWORD, `$1${REDACTED}@`);
  if (HAS_FORM.test(safe)) safe = safe.replace(AUTHORIZATION, `$1 ${REDACTED}`).replace(KNOWN_FORM, REDACTED);
  return withoutHidden(safe, 0);
}

function withoutHidden(text: string, shortest: number): string {
  let safe = text;
  for (const [secret, replaced] of hidden) if (secret.length >= shortest) safe = replaced(safe);
  return safe;
}

/** Most strings contain no word for a secret and no start of a token, so they are returned early. */
const NAMES_SECRET = new RegExp(`${WORDS}|key`, "i");
const HAS_FORM = /bearer|basic|sy[rtl]_|mat_|mar_|mct_|mcr_|mps_|MDA|eyJ/i;

/** A key and what separates it from its value, quoted or not; JSON inside JSON has backslashes before its quotes. */
const KEY = /(?<![\w.$-])([\w.$-]{1,64})(\\{0,15}["'`])?[ \t]{0,8}(:|=>?)[ \t]{0,8}/g;

/** Writes `[redacted]` for the values of keys that name a secret, in JavaScript, JSON or YAML data inside a string. */
function redactMembers(text: string): string {
  let result = "";
  let end = 0;
  for (const { index, 0: found, 1: key, 2: quote, 3: sign } of text.matchAll(KEY)) {
    const start = index + found.length;
    if (index < end || !isSecretKey(key!)) continue;
    const value = quotedValue(text, start) ?? (sign === "=" ? undefined : bareValue(text, start, quote !== undefined));
    if (!value) continue;
    const [from, to] = value;
    result += text.slice(end, from) + REDACTED;
    end = to;
  }
  return result + text.slice(end);
}

type Range = readonly [from: number, to: number];

/** The string, without its quotes, or the list or object that starts at a place in a string. */
function quotedValue(text: string, start: number): Range | undefined {
  const opening = /^(\\{0,15})(["'`])/.exec(text.slice(start, start + 16));
  if (opening) {
    const from = start + opening[0].length;
    return [from, endOfString(text, from, opening[1]!.length, opening[2]!)];
  }
  return text[start] === "[" || text[start] === "{" ? [start, endOfBrackets(text, start)] : undefined;
}

/** An unquoted value: all of it if its key is quoted; otherwise only if it ends its line, which prose doesn't. */
function bareValue(text: string, start: number, isQuotedKey: boolean): Range | undefined {
  const bare = /^[^\s,;}\]"'\\]+/.exec(text.slice(start, start + 1024))?.[0];
  // `null` and booleans hide nothing; `token.js:10:5` is a place in a file.
  if (bare === undefined || /^(?:null|undefined|true|false)$/.test(bare)) return undefined;
  if (text[start - 1] === ":" && !isQuotedKey && /^\d+(?::\d+)*\)?$/.test(bare)) return undefined;
  const end = start + bare.length;
  return isQuotedKey || /^[ \t]*(?:[\r\n]|\\+[nr]|$)/.test(text.slice(end, end + 64)) ? [start, end] : undefined;
}

/** Where a string ends whose quotes have this many backslashes before them; the end of the text if it was truncated. */
function endOfString(text: string, from: number, depth: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (at - slashes > from && text[at - slashes - 1] === "\\") slashes++;
    if (slashes <= depth ? slashes === depth || depth > 0 : (slashes - depth) % (2 * (depth + 1)) === 0) {
      return at - Math.min(slashes, depth);
    }
  }
  return text.length;
}

/** Where a list or an object ends, ignoring brackets inside its strings; the end of the text if it was truncated. */
function endOfBrackets(text: string, from: number): number {
  let open = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "[" || text[at] === "{") open++;
    else if ((text[at] === "]" || text[at] === "}") && --open === 0) return at + 1;
  }
  return text.length;
}
