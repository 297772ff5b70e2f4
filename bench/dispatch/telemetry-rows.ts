import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import type { Host, RoomEvent } from "ligand";
import { CATALOGUE } from "#src/catalogue/index.js";
import { partsOfHost } from "#src/container/host.js";
import { chainMethod } from "#src/dispatch/chain-method.js";
import { Dispatch } from "#src/dispatch/dispatch.js";
import { TracedChain } from "#src/dispatch/traced-chain.js";
import { interleave, type Effort, type Subject } from "../interleave.js";
import { spreadRow, type Row } from "../row.js";
import { ratioOf } from "../statistics.js";
import { EVENT, type Kind } from "./checkers.js";
import { hostOf } from "./peers.js";

const UNIT = "× plain chain";
/** Hosts that are measured together: of two chains that are alike, one is often some percent faster for as long as it lives. */
const HOSTS = 8;

/** What a dispatch costs where OpenTelemetry could be used and isn't, and where an SDK is registered. */
export async function telemetryRows(effort: Effort): Promise<Row[]> {
  return [...(await rowsOf("sync", effort)), ...(await rowsOf("async", effort))];
}

async function rowsOf(kind: Kind, effort: Effort): Promise<Row[]> {
  const group = `OpenTelemetry: dispatch, 3 ${kind} callbacks`;
  const start = () => hostOf(kind, 3);
  const hosts = await Promise.all(Array.from({ length: HOSTS }, start));
  const dispatch = new Dispatch(60_000);
  try {
    const plain = hosts.map((host) => plainChain(host, dispatch));
    const traced = hosts.flatMap(tracedChains).length;
    return [
      { group, name: "no SDK: chains that make spans", value: traced, unit: "", target: 0 },
      spreadRow(group, "no SDK", UNIT, await timesBase(hosts.map(hostsHook), plain, effort), 1.02),
      spreadRow(group, "an SDK whose spans go nowhere", UNIT, await withSdk(start, plain[0]!, effort)),
    ];
  } finally {
    dispatch.stop();
    await Promise.all(hosts.map((host) => host.stop()));
  }
}

async function withSdk(start: () => Promise<Host>, plain: Subject, effort: Effort) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  try {
    await using host = await start();
    return await timesBase([hostsHook(host)], [plain], effort);
  } finally {
    trace.disable();
    context.disable();
  }
}

function tracedChains(host: Host) {
  return [...partsOfHost(host).dispatch.chains].filter((chain) => chain instanceof TracedChain);
}

function hostsHook({ hooks }: Host): Subject {
  return asking(hooks.spamChecker.checkEventForSpam);
}

/** A chain of a host's callbacks that was made without any question about OpenTelemetry. */
function plainChain(host: Host, dispatch: Dispatch): Subject {
  const name = "SpamChecker.checkEventForSpam";
  const hook = CATALOGUE.spamChecker.hooks.checkEventForSpam;
  const { callbacks, shadows } = [...partsOfHost(host).dispatch.chains].find((chain) => chain.name === name)!.plan;
  const chain = dispatch.newChain(name, hook);
  chain.setCallbacks(callbacks, shadows);
  return asking(chainMethod(chain, hook));
}

/** Of one source for both sides: what stands before the hook, such as a look into `hooks`, costs as much as a callback. */
function asking(method: (event: RoomEvent) => unknown): Subject {
  return () => method(EVENT);
}

/** How many times as long subjects take together as others. */
async function timesBase(subjects: readonly Subject[], base: readonly Subject[], effort: Effort) {
  const named = Object.fromEntries([...subjects, ...base].map((subject, index) => [`${index}`, subject]));
  const samples = Object.values(await interleave(named, undefined, effort));
  const together = (some: readonly (readonly number[])[]) =>
    some[0]!.map((_, round) => some.reduce((ns, each) => ns + each[round]!, 0));
  return ratioOf(together(samples.slice(0, subjects.length)), together(samples.slice(subjects.length)));
}
