import { Scalar } from "yaml";
import type { Fault } from "./source.js";

/** What is odd about a value: it's valid YAML, and most likely not what was meant. */
export function scalarFaults(scalar: Scalar, offset: number): Fault[] {
  return [
    ...lostValueFaults(scalar, offset),
    ...placeholderFaults(scalar, offset),
    ...quoteFaults(scalar, offset),
    ...invisibleFaults(scalar, offset),
    ...numberFaults(scalar, offset),
  ];
}

/** An alias of a room, or a word and a server, as what follows a `#`. */
const ROOM_ALIAS = /^[^\s:]+:[\w-]+(\.[\w-]+)*(:\d+)?$/;

/** Values that YAML takes for something else, so that nothing is left of them. */
function lostValueFaults({ value, source, type, anchor, comment }: Scalar, offset: number): Fault[] {
  if (value !== null || source !== "" || type !== Scalar.PLAIN) return [];
  const code = "LIGAND_CONFIG_SYNTAX";
  if (anchor !== undefined) {
    const message = "the value is empty: `&` without quotes starts the name of an anchor";
    const remedy = "Put the value in quotes, or write the value of the anchor after its name.";
    return [{ code, severity: "warning", message, remedy, offset: offset - anchor.length - 1 }];
  }
  if (comment && ROOM_ALIAS.test(comment)) {
    const message = "the value is empty: `#` without quotes starts a comment";
    return [{ code, severity: "warning", message, remedy: "Put the value in quotes.", offset }];
  }
  return [];
}

/** A longer string is no placeholder. */
const LONGEST_PLACEHOLDER = 220;

/** Placeholders that a deployment tool, or a person, should replace, as the entire value. */
const PLACEHOLDERS: readonly RegExp[] = [
  // Of shells, Compose and envsubst; of GitHub's workflows; of Windows.
  /^\$\{[^{}]+\}$/,
  /^\$[A-Z][A-Z0-9_]{2,}$/,
  /^\$\([^()]+\)$/,
  /^\$\{\{[^{}]+\}\}$/,
  /^%[A-Z][A-Z0-9_]+%$/,
  // Of Jinja, Ansible, Helm and Mustache; of ERB; of Concourse, of Octopus Deploy, of Python.
  /^\{\{[^{}]+\}\}$/,
  /^<%=?[^%]+%>$/,
  /^\(\([\w./-]+\)\)$/,
  /^#\{[^{}]+\}#?$/,
  /^%\(\w+\)s$/,
  // Of Autoconf and NixOS, and what people make up.
  /^@{1,2}[A-Z][A-Z0-9_]+@{1,2}$/,
  /^__[A-Z][A-Z0-9_]+__$/,
  /^%%[A-Za-z][\w.-]+%%$/,
  // Of Levant; a name alone may be a word that a module looks for.
  /^\[\[ ?(?:\.[\w.-]+|[\w.-]*(?:token|secret|password|key)) ?\]\]$/i,
  // Of documentation.
  /^<[A-Z][A-Z0-9_ -]{2,}>$/,
  /^<(?:your|my|insert|the)[ _-][\w -]+>$/i,
  /^<{1,2}(?:[a-z]+[ _-]){0,3}(?:token|secret|password|key|placeholder|redacted)>{1,2}$/i,
  /^(?:please[ _-])?(?:change|replace|fill)[ _-]?(?:me|this)(?:[ _-]\w+)?!?$/i,
  /^your[ _-](?:[a-z]+[ _-]){0,3}(?:token|secret|password|key)(?:[ _-]here)?$/i,
  /^(?:insert|enter|put|paste)[ _-](?:[a-z]+[ _-]){0,2}(?:token|secret|password|key)[ _-]here$/i,
  /^(?:TODO|FIXME|TBD|PLACEHOLDER)$/,
  // Of those who show a configuration to others.
  /^(?:\[?REDACTED\]?|\*{5,})$/,
];

/** A variable of the environment within a value, as in an address with a password. */
const VARIABLE = /\$\{[A-Z][A-Z0-9_]*(?::?[-?+=][^{}]*)?\}/;

/** Values that were encrypted, and not decrypted: by SOPS, Hiera and Jasypt, by Ansible, by age and PGP. */
const ENCRYPTED =
  /^(?:ENC\[(?:AES256_GCM|PKCS7|GPG),|ENC\([\w+/=]+\)$|\$ANSIBLE_VAULT;|-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----)/;

/** Where a secret is, for tools that put it in its place: 1Password's, vals, Bank-Vaults. */
const REFERENCE = /^(?:op|ref\+\w+):\/\/\S+$|^vault:[\w/.-]+#[\w.-]+$/;

/** What wasn't filled in looks like a string, and like a secret. */
function placeholderFaults({ value }: Scalar, offset: number): Fault[] {
  if (typeof value !== "string") return [];
  const found = unfilled(value.trim());
  if (found === undefined) return [];
  const [what, remedy] = found;
  const message = `the value ${what}; Ligand uses it literally`;
  return [{ code: "LIGAND_CONFIG_INVALID", severity: "warning", message, remedy, offset }];
}

/** What is to be replaced in a value, and how. */
function unfilled(text: string): readonly [what: string, remedy: string] | undefined {
  if (ENCRYPTED.test(text)) {
    return ["is encrypted", "Run the tool that decrypts the configuration, and name the file that it writes."];
  }
  if (text.length > LONGEST_PLACEHOLDER) return undefined;
  if (REFERENCE.test(text)) {
    return ["says where a secret is", "Run the tool that puts secrets in their places, or write the actual value."];
  }
  const remedy = "Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.";
  if (PLACEHOLDERS.some((form) => form.test(text))) return ["looks like a placeholder that wasn't filled in", remedy];
  return VARIABLE.test(text) ? ["seems to have a placeholder that wasn't filled in", remedy] : undefined;
}

/** Quotes as word processors and web pages write them are letters to YAML. */
function quoteFaults({ value, type }: Scalar, offset: number): Fault[] {
  if (type !== Scalar.PLAIN || typeof value !== "string" || !/^[\u2018\u201A\u201C\u201E\u00AB]/.test(value)) return [];
  const message = `the value starts with the typographic quote \`${value[0]}\`, which is part of it`;
  const remedy = "Write ordinary quotes: `\"` or `'`.";
  return [{ code: "LIGAND_CONFIG_INVALID", severity: "warning", message, remedy, offset }];
}

const INVISIBLE = "[\\u00A0\\u00AD\\u2000-\\u200D\\u2060\\u202F\\u3000\\uFEFF]";
const INVISIBLE_ENDS = new RegExp(`^${INVISIBLE}|${INVISIBLE}$`, "u");

/** Characters around a value that can't be seen, as web pages and chats copy them. */
function invisibleFaults({ value }: Scalar, offset: number): Fault[] {
  if (typeof value !== "string") return [];
  const found = INVISIBLE_ENDS.exec(value);
  if (!found || value.length === 1) return [];
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const message = `the value ${found.index === 0 ? "starts" : "ends"} with an invisible character (U+${code}), which is part of it`;
  const remedy = "Remove the character, or write the value anew.";
  return [{ code: "LIGAND_CONFIG_INVALID", severity: "warning", message, remedy, offset }];
}

/** An integer with more digits than a number keeps: an identifier, most likely. */
function numberFaults({ value, source = "" }: Scalar, offset: number): Fault[] {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(source)) return [];
  const message = `the number has too many digits; Ligand reads it as ${value}`;
  const remedy = "Put it in quotes if it's an identifier.";
  return [{ code: "LIGAND_CONFIG_INVALID", severity: "warning", message, remedy, offset }];
}
