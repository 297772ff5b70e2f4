import { Scalar } from "yaml";
import type { Fault } from "./source.js";

/** What is odd about a value: it's valid YAML, and most likely not what was meant. */
export function scalarFaults(scalar: Scalar, offset: number): Fault[] {
  return [
    ...lostValueFaults(scalar, offset),
    ...placeholderFaults(scalar, offset),
    ...quoteFaults(scalar, offset),
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
  // Of shells, Compose and envsubst.
  /^\$\{[^{}]+\}$/,
  /^\$[A-Z][A-Z0-9_]{2,}$/,
  /^\$\([^()]+\)$/,
  // Of Jinja, Ansible, Helm and Mustache; of ERB.
  /^\{\{[^{}]+\}\}$/,
  /^<%=?[^%]+%>$/,
  // Of Autoconf and NixOS, and what people make up.
  /^@[A-Z][A-Z0-9_]+@$/,
  /^__[A-Z][A-Z0-9_]+__$/,
  /^%%[A-Za-z][\w.-]+%%$/,
  // Of documentation.
  /^<[A-Z][A-Z0-9_ -]{2,}>$/,
  /^<(?:your|my|insert|the)[ _-][\w -]+>$/i,
  /^(?:please[ _-])?(?:change|replace|fill)[ _-]?(?:me|this)(?:[ _-]\w+)?!?$/i,
  /^your[ _-](?:[a-z]+[ _-]){0,3}(?:token|secret|password|key)(?:[ _-]here)?$/i,
];

/** Values that were encrypted, and not decrypted: by SOPS, by Ansible. */
const ENCRYPTED = /^(?:ENC\[AES256_GCM,|\$ANSIBLE_VAULT;)/;

/** A placeholder that wasn't filled in looks like a string, and like a secret. */
function placeholderFaults({ value }: Scalar, offset: number): Fault[] {
  if (typeof value !== "string") return [];
  const text = value.trim();
  const isPlaceholder = text.length <= LONGEST_PLACEHOLDER && PLACEHOLDERS.some((form) => form.test(text));
  if (!isPlaceholder && !ENCRYPTED.test(text)) return [];
  const message = isPlaceholder
    ? "the value is a placeholder that wasn't filled in; Ligand uses it literally"
    : "the value is encrypted; Ligand uses it literally";
  const remedy = isPlaceholder
    ? "Run the tool that fills in the configuration, or write the actual value."
    : "Run the tool that decrypts the configuration, and name the file that it writes.";
  return [{ code: "LIGAND_CONFIG_INVALID", severity: "warning", message, remedy, offset }];
}

/** Quotes as word processors and web pages write them are letters to YAML. */
function quoteFaults({ value, type }: Scalar, offset: number): Fault[] {
  if (type !== Scalar.PLAIN || typeof value !== "string" || !/^[\u2018\u201A\u201C\u201E\u00AB]/.test(value)) return [];
  const message = `the value starts with the typographic quote \`${value[0]}\`, which is part of it`;
  const remedy = "Write ordinary quotes: `\"` or `'`.";
  return [{ code: "LIGAND_CONFIG_INVALID", severity: "warning", message, remedy, offset }];
}

/** An integer with more digits than a number keeps: an identifier, most likely. */
function numberFaults({ value, source = "" }: Scalar, offset: number): Fault[] {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(source)) return [];
  const message = `the number has too many digits; Ligand reads it as ${value}`;
  const remedy = "Put it in quotes if it's an identifier.";
  return [{ code: "LIGAND_CONFIG_INVALID", severity: "warning", message, remedy, offset }];
}
