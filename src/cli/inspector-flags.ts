import type { Command } from "commander";
import type { ServeInspectorOptions } from "../inspector/serve-inspector.js";
import { collect, inspectorOption, pathOption, UsageError } from "./option-values.js";

/** The options of `ligand serve` that are about the inspector. */
export interface InspectorFlags {
  readonly inspector?: string;
  readonly inspectorTokenFile?: string;
  readonly inspectorHost?: readonly string[];
  readonly inspectorCert?: string;
  readonly inspectorKey?: string;
}

export function addInspectorFlags(command: Command): Command {
  return command
    .option(
      "--inspector <address>",
      "where a page shows the modules and what they decide: unix:PATH or tcp:127.0.0.1:PORT",
      inspectorOption,
    )
    .option(
      "--inspector-token-file <file>",
      "where the inspector's token is written; by default in a temporary folder",
      pathOption,
    )
    .option("--inspector-host <name>", "a further name by which browsers ask for it; may be repeated", collect)
    .option("--inspector-cert <file>", "a certificate in PEM, to serve it by HTTPS")
    .option("--inspector-key <file>", "the certificate's key");
}

/** Where to serve the inspector; undefined for nowhere. @throws {UsageError} for options that don't go together. */
export function readInspectorFlags(flags: InspectorFlags): Omit<ServeInspectorOptions, "logger"> | undefined {
  const { inspector, inspectorTokenFile, inspectorHost, inspectorCert: cert, inspectorKey: key } = flags;
  if (inspector === undefined) {
    const given = [inspectorTokenFile, inspectorHost, cert, key].some((value) => value !== undefined);
    if (given) throw new UsageError("the options --inspector-… need --inspector, which says where it listens");
    return undefined;
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError("--inspector-cert and --inspector-key need each other");
  }
  return {
    address: inspector,
    ...(inspectorTokenFile !== undefined && { tokenFile: inspectorTokenFile }),
    ...(inspectorHost && { hosts: inspectorHost }),
    ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
  };
}
