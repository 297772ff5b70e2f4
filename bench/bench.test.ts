import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { NOT_SPAM } from "ligand";
import { Host } from "#src/container/host.js";
import { checkerClass, EVENT } from "./dispatch/checkers.js";
import { growthRows, heapRow } from "./dispatch/growth-rows.js";
import { mixed, mixedRows } from "./dispatch/mixed-rows.js";
import { recordRows } from "./dispatch/record-rows.js";
import { replayRows } from "./dispatch/replay-rows.js";
import { telemetryRows } from "./dispatch/telemetry-rows.js";
import { partRows } from "./parts/part-rows.js";
import { countedRows, dispatchRows } from "./dispatch/dispatch-rows.js";
import { PEERS as DISPATCH_PEERS, peersOf } from "./dispatch/peers.js";
import { inFreshProcesses, rowsOfProcesses } from "./fresh-process.js";
import { checkRows } from "./published/check-rows.js";
import { importRows } from "./published/import-rows.js";
import { isolatedHost, isolatedRows, isolatedSubject, rawSubject } from "./processes/isolated-rows.js";
import { RawPeer } from "./processes/raw-peer.js";
import { shadowRows } from "./processes/shadow-rows.js";
import { neighbourRows } from "./processes/neighbour-rows.js";
import { processRows } from "./published/process-rows.js";
import { missesTarget, type Row } from "./row.js";
import { PEERS, stages, type PeerName } from "./start-up/peers.js";
import { reloadRows } from "./start-up/reload-rows.js";
import { lockRows } from "./start-up/lock-rows.js";
import { STAGES } from "./start-up/stages.js";
import { writeConfiguration } from "./start-up/start-up-rows.js";
import { quantile, ratioOf } from "./statistics.js";
import { table } from "./table.js";

const root = new URL("../../", import.meta.url);

/** That the benchmarks run, and measure what they say. How fast anything is, no test asks. */
describe("the benchmarks", () => {
  for (const kind of ["sync", "async"] as const) {
    it(`the benchmarks let every peer ask three ${kind} modules`, async () => {
      await using peers = await peersOf(kind, 3);
      const answers = await Promise.all(Object.values(peers.subjects).map((ask) => ask(EVENT)));
      const ofLigand = answers[DISPATCH_PEERS.indexOf("ligand")];
      // In the words of each peer: the verdict, nothing to stop at, nothing, may pass.
      expect(answers).to.deep.equal([ofLigand, ofLigand, ofLigand, undefined, answers[4], true, ofLigand]);
      expect(await new (checkerClass(kind))().check(EVENT)).to.equal(ofLigand);
    });
  }

  it("the benchmarks record decisions, and have a row for dispatches and one for records", async () => {
    const rows = await recordRows({ rounds: 2, batchMs: 1 });
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["sync", 1],
      ["async", 1],
      ["a record", 25],
    ]);
  });

  it("the benchmarks measure a dispatch where an SDK of OpenTelemetry is registered and where none is", async () => {
    const rows = await telemetryRows({ rounds: 1, batchMs: 0.01 });
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["no SDK: chains that make spans", 0],
      ["no SDK", 1.02],
      ["an SDK whose spans go nowhere", undefined],
      ["no SDK: chains that make spans", 0],
      ["no SDK", 1.02],
      ["an SDK whose spans go nowhere", undefined],
    ]);
    expect(rows.map(({ value }) => value > 0)).to.deep.equal([false, true, true, false, true, true]);
  });

  it("the benchmarks replay what they recorded, which is the same", async () => {
    const rows = await replayRows(1, 700);
    expect(rows.map(({ unit, target }) => [unit, target])).to.deep.equal([
      ["× live, recorded", 3],
      ["× live, not recorded", undefined],
    ]);
    for (const { value } of rows) expect(value).to.be.above(0);
  });

  it("the benchmarks ask a module in a process of its own, and a process written by hand, which answer alike", async () => {
    const raw = new RawPeer();
    const { host, stop } = await isolatedHost();
    try {
      for (const subject of [rawSubject(raw), isolatedSubject(host)]) {
        expect(await subject.ask(0)).to.equal(NOT_SPAM);
        const before = await subject.otherCpuMs();
        for (let call = 0; call < 50; call++) await subject.ask(call);
        expect(await subject.otherCpuMs()).to.be.above(before);
      }
    } finally {
      await Promise.all([stop(), raw.stop()]);
    }
  });

  it("the benchmarks measure calls of a module in a process of its own", async () => {
    const rows = await isolatedRows(1, 0.01);
    const named = (load: string, target: number) =>
      [
        ["time per call", target],
        ["processor time of the main process", target],
        ["processor time of both processes", target],
        ["from call to answer, p50", undefined],
        ["from call to answer, p99", undefined],
      ].flatMap(([name, most]) => [
        [load, `base: ${name}`, undefined],
        [load, name, most],
      ]);
    expect(
      rows.map(({ group, name, target }) => [/event, (.*), × raw socket/.exec(group)![1], name, target]),
    ).to.deep.equal([
      ...named("1 in flight, on one processor", 1.5),
      ...named("1 in flight, on two processors", 1.5),
      ...named("100 in flight", 2),
    ]);
  });

  it("the benchmarks measure ten callbacks of a process, and one", async () => {
    const rows = await neighbourRows({ rounds: 1, batchMs: 0.01 }, 10);
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["time, one call after the other", 1.5],
      ["processor time of the homeserver's process", 1.5],
    ]);
    for (const { value } of rows) expect(value).to.be.above(0);
  });

  it("the benchmarks measure dispatches beside a module in shadow that misbehaves", async () => {
    const rows = await shadowRows(1, 3);
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["it hangs", 1.05],
      ["it throws", 1.05],
      ["it blocks its process", 1.05],
    ]);
    for (const { value } of rows) expect(value).to.be.above(0);
  });

  it("the benchmarks measure a dispatch", async () => {
    const rows = await dispatchRows("async", 3, { rounds: 1, batchMs: 0.01 });
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["base: hand-written loop", undefined],
      ["ligand", 1.25],
      ["stripped kernel", undefined],
      ["tapable", undefined],
      ["hookable", undefined],
      ["nest guards", undefined],
      ["container.getAll", undefined],
      ["always-on extras", 1.5],
    ]);
    for (const { value } of rows) expect(value).to.be.above(0);
  });

  it("the benchmarks measure hooks in turn, where both sides answer alike", async () => {
    const { host, subjects } = await mixed(2);
    await using _ = host;
    for (let turn = 0; turn < 14; turn++) {
      const answer = await subjects.ligand();
      expect([await subjects.base(), await subjects.anyHook()]).to.deep.equal([answer, answer]);
    }
    const rows = await mixedRows(1, { rounds: 1, batchMs: 0.01 });
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["base: a loop for each hook", undefined],
      ["ligand", 1.05],
      ["base of all hooks: one loop, for any arguments", undefined],
      ["ligand against the base of all hooks", 1.05],
    ]);
  });

  it("the benchmarks measure what timeouts cost, in fresh processes", async () => {
    const child = new URL("./dispatch/rows-child.js", import.meta.url);
    const rows = await rowsOfProcesses(child, ["budgets", "1"], 2);
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["each has a timeout", 1.15],
      ["another hook's has one", 1.02],
    ]);
    for (const { value } of rows) expect(value).to.be.above(0);
  });

  it("the benchmarks measure what surrounds a dispatch", async () => {
    const rows = await partRows({ rounds: 1, batchMs: 0.01 });
    expect(rows.map(({ name, target }) => [name, target])).to.deep.equal([
      ["new RoomEvent of 1 KB", 0.28],
      ["getDict", 0.22],
      ["userMayCreateRoom, 10 callbacks", 0.2],
      ["hit of @Cached, × lru-cache", 3.5],
      ["processor time, callbacks that were never called", 20],
      ["size, callbacks that were never called", undefined],
      ["processor time, callbacks that were called", 20],
      ["size, callbacks that were called", undefined],
      ["processor time of one look", 10],
      ["log lines", 1],
    ]);
    expect(rows.at(-1)!.value).to.equal(1);
  });

  it("the benchmarks measure how dispatch grows", async () => {
    const rows = [...(await growthRows({ rounds: 1, batchMs: 0.01 }, [2])), await heapRow(100)];
    expect(rows.map(({ name, unit }) => [name, unit])).to.deep.equal([
      ["each of 2 sync callbacks", "ns"],
      ["each of 2 sync callbacks, × the hand-written loop", "× base"],
      ["each of 2 sync callbacks, × a loop that only calls", "× base"],
      ["each of 2 async callbacks", "ns"],
      ["each of 2 async callbacks, × the hand-written loop", "× base"],
      ["heap after 1e+2 dispatches", "MiB"],
    ]);
  });

  it("the benchmarks count no promise of an empty chain, and no container call of a dispatch", async () => {
    const rows = (await countedRows()).filter(({ name }) => !name.startsWith("bytes"));
    expect(rows.map(({ name, value }) => [name, value])).to.deep.equal([
      ["results that are promises, of 1000", 0],
      ["container calls in 1000 dispatches", 0],
      ["the same, of container.getAll", 1000],
    ]);
  });

  describe("of start-up", () => {
    let directory: string;
    before(async () => (directory = await mkdtemp(join(tmpdir(), "ligand-bench-test-"))));
    after(() => rm(directory, { recursive: true }));

    for (const [peer, start] of Object.entries(PEERS)) {
      it(`start two modules: ${peer}`, async () => {
        const started: unknown = await start(await writeConfiguration(directory, peer as PeerName, 2));
        expect(started).to.be.instanceOf(Object);
        if (started instanceof Host) {
          expect(started.modules).to.have.length(2);
          await started.stop();
        }
      });
    }

    it("the benchmarks measure what a lock costs a start", async () => {
      expect((await lockRows(1, 2)).map(({ name }) => name)).to.deep.equal([
        "base: without a lock",
        "with a lock",
        "with a lock, against the base",
      ]);
    });

    it("the benchmarks measure a reload that disables a module", async () => {
      expect((await reloadRows(1, 2)).map(({ name, target }) => [name, target])).to.deep.equal([
        ["base: their start", undefined],
        ["the reload", undefined],
        ["the reload, against the base", 0.2],
      ]);
    });

    it("the benchmarks of start-up time each stage", async () => {
      expect(await stages(await writeConfiguration(directory, "stages", 2))).to.have.all.keys(...STAGES);
    });
  });

  it("the benchmarks measure an import in a fresh process", async () => {
    const script = new URL("./published/import-child.js", import.meta.url);
    const { "node:path": measured } = await inFreshProcesses(script, ["node:path"], 1);
    expect(measured).to.have.length(1);
    expect(measured[0]).to.have.all.keys("ms", "rssMiB", "heapMiB");
  });

  it("the benchmarks measure what's published: its import and `ligand check`", async () => {
    const imports = await importRows(1);
    expect(imports.filter(({ target }) => target !== undefined).map(({ name }) => name)).to.deep.equal([
      "ligand against inversify",
    ]);
    expect((await checkRows(1)).map(({ name, target }) => [name, target])).to.deep.equal([
      ["node, an empty file", undefined],
      ["ligand check, a module without config class", 0.65],
      ["ligand check, a module with a config class", 0.65],
    ]);
  });

  // Elsewhere nothing says so exactly what a process takes.
  if (process.platform === "linux") {
    it("the benchmarks measure processes of one module", async () => {
      expect((await processRows(1)).map(({ name, target }) => [name, target])).to.deep.equal([
        ["Node alone: memory (PSS)", undefined],
        ["ligand: memory (PSS)", 16],
        ["Node alone: processor time of its start", undefined],
        ["ligand: processor time of its start", 0.15],
      ]);
    });
  }

  it("the benchmarks interpolate quantiles", () => {
    expect([0, 0.25, 0.5, 1].map((fraction) => quantile([4, 1, 3, 2], fraction))).to.deep.equal([1, 1.75, 2.5, 4]);
  });

  it("the benchmarks compare medians with medians and tenth percentiles with tenth percentiles", () => {
    expect(ratioOf([2, 4, 6], [1, 2, 3])).to.deep.equal({ median: 2, p25: 2, p75: 2, quiet: 2 });
  });

  it("the benchmarks say in the table that a target is missed", () => {
    const row: Row = { group: "g", name: "n", value: 2, unit: "×", target: 1 };
    expect([missesTarget(row), missesTarget({ ...row, value: 1 })]).to.deep.equal([true, false]);
    expect(table([row, { ...row, name: "m", value: 1 }])).to.equal(
      [
        "### g",
        "",
        "| what | median | p25–p75 | unit | target |        |",
        "| ---- | ------ | ------- | ---- | ------ | ------ |",
        "| n    | 2      |         | ×    | ≤ 1    | MISSED |",
        "| m    | 1      |         | ×    | ≤ 1    | met    |",
        "",
      ].join("\n"),
    );
  });

  for (const [folder, results] of [
    ...readdirSync(new URL("bench/results", root)).map((file) => ["bench", `results/${file}`] as const),
    ["bench/synapse", "results.json"],
    ["bench/synapse", "hooks.json"],
    ["bench/synapse", "large-rooms.json"],
    ["bench/synapse", "unsigned.json"],
  ] as const) {
    it(`the README of ${folder} has the run that ${results} records`, async () => {
      const recorded = await readFile(new URL(`${folder}/${results}`, root), "utf8");
      const { rows } = JSON.parse(recorded) as { rows: Row[] };
      expect(await readFile(new URL(`${folder}/README.md`, root), "utf8")).to.include(table(rows));
    });
  }
});
