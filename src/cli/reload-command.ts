import { lstat } from "node:fs/promises";
import { Command } from "commander";
import { LigandError } from "../errors/ligand-error.js";
import type { ControlAnswer } from "../remote/module-side/control-server.js";
import { parseControlAddress } from "../remote/wire/listen-address.js";
import { controlOption } from "./option-values.js";
import { ExitCode, printable, type Terminal } from "./terminal.js";

/** `ligand reload`: has a `ligand serve` read its configuration again. */
export function reloadCommand({ stdout, stderr }: Terminal, end: (code: ExitCode) => void): Command {
  return new Command("reload")
    .summary("have `ligand serve` read its configuration again")
    .description(
      "Have a `ligand serve` with --control read its configuration again. Modules whose entries are unchanged keep " +
        "running. When anything is wrong nothing changes, every problem is shown, and the exit status is 1.",
    )
    .requiredOption("--control <address>", "the socket of `ligand serve --control`: unix:PATH", controlOption)
    .option("--dry-run", "say what would change, and change nothing", false)
    .addHelpText(
      "after",
      `
Examples:
  $ ligand reload --control unix:/run/ligand/control.sock --dry-run
  $ ligand reload --control unix:/run/ligand/control.sock`,
    )
    .action(async ({ control, dryRun }: { control: string; dryRun: boolean }) => {
      const answer = await ask(parseControlAddress(control).path, dryRun);
      if ("report" in answer) {
        const { report } = answer;
        const { describeChanges } = await import("../container/reloads.js");
        stdout.write(
          printable(`${dryRun ? "would change" : `revision ${report.revision}`}: ${describeChanges(report)}\n`),
        );
        if (report.failed.length > 0 && !dryRun) {
          stdout.write(
            printable(`The others run without ${report.failed.join(", ")}; the log of \`ligand serve\` says why.\n`),
          );
        }
        return;
      }
      end(ExitCode.PROBLEMS);
      stderr.write(printable([answer.refused, ...answer.problems, ""].join("\n")));
    });
}

async function ask(path: string, dryRun: boolean): Promise<ControlAnswer> {
  await assertOwn(path);
  const [{ request }, { json }] = await Promise.all([import("node:http"), import("node:stream/consumers")]);
  return new Promise((resolve, reject) => {
    request({ socketPath: path, method: "POST", path: `/reload${dryRun ? "?dry-run" : ""}` }, (response) => {
      json(response)
        .then((answer) => {
          if (!isAnswer(answer)) throw new Error("another program answers there");
          resolve(answer);
        })
        .catch((cause: unknown) => reject(unreachable(path, cause)));
    })
      .on("error", (cause) => reject(unreachable(path, cause)))
      .end();
  });
}

function isAnswer(answer: unknown): answer is ControlAnswer {
  const { report, refused, problems } = Object(answer) as Record<string, unknown>;
  const { revision } = Object(report) as Record<string, unknown>;
  return typeof revision === "number" || (typeof refused === "string" && Array.isArray(problems));
}

/** The owner of a socket can answer anything. */
async function assertOwn(path: string): Promise<void> {
  const { uid } = await lstat(path).catch((cause: unknown) => {
    throw unreachable(path, cause);
  });
  const own = process.getuid?.();
  if (own === undefined || own === 0 || uid === own) return;
  throw new LigandError("LIGAND_REMOTE_LOST", `${path} belongs to another user (uid ${uid})`, {
    remedy: "Run `ligand reload` as the user that `ligand serve` runs as.",
  });
}

function unreachable(path: string, cause: unknown): LigandError {
  return new LigandError("LIGAND_REMOTE_LOST", `no \`ligand serve\` answers at ${path}`, {
    cause,
    remedy: "Check that it runs with `--control`, and that you are its user.",
  });
}
