import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect } from "chai";

const DEMO = "build/examples/homeserver/clients/operate-demo.js";

/** What the program printed of a step. */
interface Step {
  readonly title: string;
  /** What came of it, without the problems of a refusal and what they say. */
  readonly outcome: string;
  /** The first words of what the log said, without what comes after a colon. */
  readonly log: readonly string[];
  /** What users were refused with meanwhile. */
  readonly refusals: readonly string[];
}

function stepsIn(output: string): Step[] {
  return output
    .trim()
    .split("\n\n")
    .map((paragraph) => {
      const [title = "", ...lines] = paragraph.split("\n");
      const users = lines.findIndex((line) => line.startsWith("  users: "));
      return {
        title,
        outcome: users > 0 ? lines[0]!.trim() : "",
        log: lines.flatMap((line) => /^ {2}log: {3}(.*?)(?:: .*)?$/.exec(line)?.[1] ?? []),
        refusals: lines.flatMap((line) => /^ {9}\d+ × refused with (.*)/.exec(line)?.[1] ?? []),
      };
    });
}

describe("the demonstration of operating", function () {
  // It waits for a process to be killed that has blocked for ten seconds.
  this.timeout(180_000);
  let demo: ChildProcess | undefined;
  afterEach(async () => {
    if (!demo || demo.exitCode !== null || demo.signalCode !== null) return;
    demo.kill("SIGKILL");
    await once(demo, "exit");
  });

  it("users of a homeserver whose modules hang, block, crash and change notice only what its operator allows", async () => {
    demo = spawn(process.execPath, [DEMO], { stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(demo, "exit");
    const output = await text(demo.stdout!);
    expect(await exit, output).to.deep.equal([0, null]);
    const steps = stepsIn(output);
    expect(steps.map(({ title, outcome }) => [title, outcome])).to.deep.equal([
      ["The homeserver starts with six modules, and a client begins to send", ""],
      ["One module hangs on each message", ""],
      ["One blocks its process", "passes"],
      ["Ten seconds later it's killed, and starts again", ""],
      ["One crashes its process, which starts again", "passes"],
      ["One is for half of the rooms: a link in each", steps[5]!.outcome],
      ["One is new and in shadow: it would refuse this, and that is counted", "passes"],
      ["The operator looks at their health", steps[7]!.outcome],
      ["The operator reloads, with a mistake in the file", ""],
      ["The operator corrects it: what was in shadow is enforced", ""],
      ["The same message again", "refused with 403 M_FORBIDDEN: No swearing, please"],
      [
        "The operator locks the modules: from now on none changes unseen",
        "module BusyPatterns is new: `./modules/busy-patterns.js#BusyPatterns`, which asks for no service",
      ],
      ["An update changes a file of one, and the operator reloads", ""],
      ["The file is as it was", ""],
      ["The machine reboots, and the file is broken: what ran last runs", "GET /health says degraded"],
      ["The same message again", "refused with 403 M_FORBIDDEN: No swearing, please"],
      ["The operator mends the file, and reloads", ""],
    ]);
    const said = (title: string) => steps.find((step) => step.title.startsWith(title))!.log;
    const refused = "error Reload refused; the modules go on with the configuration that they have";
    expect(said("The operator reloads, with a mistake")).to.include(refused);
    expect(said("The operator corrects it")).to.include("info Reloaded the configuration (revision 2)");
    expect(said("An update changes a file")).to.include(refused);
    expect(said("The file is as it was")).to.include("info Reloaded the configuration (revision 2)");
    const lastGood = "error The configuration is refused; the modules run with the one that ran last";
    expect(said("The machine reboots")).to.include(lastGood);
    expect(said("The operator mends the file")).to.include("info Reloaded the configuration (revision 1)");
    expect(steps[5]!.outcome).to.match(/^[0-8] of 8 pass$/);
    const refusals = steps.flatMap(({ refusals: all }) => all);
    expect(refusals.filter((refusal) => !ALLOWED.includes(refusal))).to.deep.equal([]);
    for (const [what, restarts] of [
      ["SlowList        enforce, degraded", ""],
      ["BusyPatterns    enforce, running", "restarts 1"],
      ["CrashProne      enforce, running", "restarts 1"],
      ["NoSwearing      shadow, running", "refuses 1"],
      ["StaffDirectory  enforce, failed", ""],
    ] as const) {
      const line = output.split("\n").find((one) => one.trim().startsWith(what));
      expect(line, what).to.include(restarts);
    }
    expect(output).to.include("`./modules/no-links.js#NoLinks` has other files [LIGAND_LOCK_DIFFERS]");
  });
});

/** What the operator allows to be refused. */
const ALLOWED = ["403 M_FORBIDDEN: No links, please", "403 M_FORBIDDEN: No swearing, please"];
