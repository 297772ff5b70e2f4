import { NOT_SPAM } from "ligand";
import { NO_CONTEXT } from "#src/hooks/context.js";
import { Dispatch } from "#src/dispatch/dispatch.js";
import { cpuMs } from "../cpu-time.js";
import type { Row } from "../row.js";
import { quantile } from "../statistics.js";
import { chainOf } from "./chain-of.js";

const [MODULES, HOOKS] = [200, 44];

/** What it takes to read the metrics of many callbacks, as bytes for a response, which blocks the process. */
export function metricsRows(rounds = 21): Row[] {
  const dispatch = new Dispatch(Infinity);
  const chains = Array.from({ length: HOOKS }, (_, index) =>
    chainOf(dispatch, `SpamChecker.hook${index}`, MODULES, () => NOT_SPAM),
  );
  const group = `metrics: ${MODULES} modules × ${HOOKS} hooks`;
  const never = measure(dispatch, rounds);
  for (const chain of chains) void chain.run(NO_CONTEXT);
  const called = measure(dispatch, rounds);
  return [
    { group, name: "processor time, callbacks that were never called", value: never.ms, unit: "ms", target: 20 },
    { group, name: "size, callbacks that were never called", value: never.mebibytes, unit: "MiB" },
    { group, name: "processor time, callbacks that were called", value: called.ms, unit: "ms", target: 20 },
    { group, name: "size, callbacks that were called", value: called.mebibytes, unit: "MiB" },
  ];
}

function measure(dispatch: Dispatch, rounds: number): { ms: number; mebibytes: number } {
  let length = 0;
  const times = Array.from({ length: rounds }, () => {
    const start = cpuMs();
    ({ length } = Buffer.from(dispatch.metrics("example.org")));
    return cpuMs() - start;
  });
  return { ms: quantile(times, 0.5), mebibytes: length / 2 ** 20 };
}
