import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { bindService, Profiles } from "#src/index.js";
import { remoteHost, serve } from "#src/on-demand.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { shadowResults } from "../../shadow-results.js";
import { until } from "../../until.js";
import { serverBinding, unixAddress } from "../served.js";
import { MODULE, PerformingHost } from "./performing-host.js";
import { ACTS, NO_ACTS } from "./performing-module.js";

/** A real service, as far as the modules use it, which notes for what it's called. */
function profilesNoting(acted: string[]) {
  return bindService(Profiles, {
    setDisplayname: async (_user: string, by: string) => void acted.push(by),
  } as unknown as Profiles);
}

describe("a module in a process that's partly in shadow", () => {
  /** A host with one module, and for what the homeserver's service was really called. */
  async function start(operate: string) {
    const acted: string[] = [];
    const entry = (keys: string) => [`{ module: "performing#Acting", operate: { process: own, ${keys} } }`];
    ACTS.act = (profiles, by) => profiles.setDisplayname("@ann:example.org", by);
    const services = [profilesNoting(acted)];
    const performing = await PerformingHost.start(entry(operate), { services });
    const { spamChecker } = performing.host.hooks;
    const noted = () =>
      performing.logs.filter(({ message }) => message === "in shadow: Profiles.setDisplayname would have been called");
    return { performing, acted, spamChecker, noted, entry };
  }

  it("acts for the rooms of its share, and only pretends to for the others", async () => {
    const { performing, acted, spamChecker, noted } = await start("share: 50%, rest: shadow");
    await using _ = performing;
    const rooms = Array.from({ length: 40 }, (__, index) => `!${index}:example.org` as const);
    for (const room_id of rooms) await spamChecker.checkEventForSpam(roomEvent({ room_id }));
    await until(() => acted.length - 1 + shadowResults(performing.host) === rooms.length);
    const [first, ...others] = acted;
    expect(first).to.equal("start");
    expect(others.length).to.be.within(5, 35);
    expect(noted().length).to.equal(rooms.length - others.length);
    acted.length = 0;
    for (const room_id of rooms) await spamChecker.checkEventForSpam(roomEvent({ room_id }));
    await until(() => acted.length + shadowResults(performing.host) === 2 * rooms.length - others.length);
    expect(acted).to.deep.equal(others);
  });

  it("acts for its other hooks, and by itself, while a hook that is named only pretends to", async () => {
    const { performing, acted, spamChecker, noted } = await start("hooks: { userMayInvite: { mode: shadow } }");
    await using _ = performing;
    await spamChecker.userMayInvite("@ann:example.org", "@bob:example.org", "!room:example.org");
    await until(() => noted().length === 1);
    await spamChecker.checkEventForSpam(roomEvent({ room_id: "!room:example.org" }));
    expect(acted).to.deep.equal(["start", "!room:example.org"]);
  });

  it("as a whole in shadow acts only for the hook that is enforced", async () => {
    const { performing, acted, spamChecker, noted } = await start(
      "mode: shadow, hooks: { checkEventForSpam: { mode: enforce } }",
    );
    await using _ = performing;
    expect(noted().length).to.equal(1);
    await spamChecker.userMayInvite("@ann:example.org", "@bob:example.org", "!room:example.org");
    await until(() => noted().length === 2);
    await spamChecker.checkEventForSpam(roomEvent({ room_id: "!room:example.org" }));
    expect(acted).to.deep.equal(["!room:example.org"]);
  });

  it("may have the process of all others, as isolated modules have", async () => {
    const acted: string[] = [];
    ACTS.act = (profiles, by) => profiles.setDisplayname("@ann:example.org", by);
    const entry = `{ module: "performing#Acting", operate: { hooks: { checkEventForSpam: { mode: shadow } } } }`;
    const options = { services: [profilesNoting(acted)], isIsolated: true };
    await using performing = await PerformingHost.start([entry], options);
    const { spamChecker } = performing.host.hooks;
    await spamChecker.checkEventForSpam(roomEvent({ room_id: "!room:example.org" }));
    await until(() => shadowResults(performing.host) === 1);
    await spamChecker.userMayInvite("@ann:example.org", "@bob:example.org", "!room:example.org");
    expect(acted).to.deep.equal(["start", "invite"]);
  });

  it("starts again when a reload puts a part of it into shadow, and keeps running when the share changes", async () => {
    const { performing, entry } = await start("share: 10%");
    await using _ = performing;
    performing.write(entry("share: 10%, rest: shadow"));
    expect((await performing.host.reload()).replaced).to.deep.equal(["Acting"]);
    performing.write(entry("share: 20%, rest: shadow"));
    expect((await performing.host.reload()).adjusted).to.deep.equal(["Acting"]);
  });
});

describe("a module of `ligand serve` that's partly in shadow", () => {
  const folder = mkdtempSync(join(tmpdir(), "ligand-partly-"));
  after(() => {
    rmSync(folder, { recursive: true });
    Object.assign(ACTS, NO_ACTS);
  });

  it("acts by the homeserver's services for its other hooks, and for the one in shadow only pretends to", async () => {
    const acted: string[] = [];
    ACTS.act = (profiles, by) => profiles.setDisplayname("@ann:example.org", by);
    const configFile = join(folder, "modules.yaml");
    writeFileSync(
      configFile,
      `modules:\n  - { module: "${MODULE}#Acting", operate: { hooks: { checkEventForSpam: { mode: shadow } } } }\n`,
    );
    const { logger, records } = captureLogs({ all: true });
    const address = unixAddress();
    await using _ = await serve({ configFile, address, logger });
    await using host = await remoteHost({ address, services: [serverBinding(), profilesNoting(acted)] });
    const { spamChecker } = host.hooks;
    await spamChecker.checkEventForSpam(roomEvent({ room_id: "!room:example.org" }), { requestId: "PUT-7" });
    const noted = () => records.filter(({ message }) => message.startsWith("in shadow: Profiles.setDisplayname"));
    await until(() => noted().length > 0);
    await spamChecker.userMayInvite("@ann:example.org", "@bob:example.org", "!room:example.org");
    expect(acted).to.deep.equal(["start", "invite"]);
    expect(noted().map(({ requestId }) => requestId)).to.deep.equal(["PUT-7"]);
  });
});
