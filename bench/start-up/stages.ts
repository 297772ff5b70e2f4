import { readConfiguration } from "#src/config/read-configuration.js";
import { bindContributions, bindModules } from "#src/container/bind-modules.js";
import { bindServices } from "#src/container/bind-services.js";
import { buildHooks } from "#src/catalogue/build-hooks.js";
import { checkModules, checkServices } from "#src/container/check-modules.js";
import { startInstances } from "#src/container/start-instances.js";
import { Dispatch } from "#src/dispatch/dispatch.js";
import { createLogger } from "#src/logging/create-logger.js";
import { loadModules } from "#src/modules/load-modules.js";
import { cpuMs } from "../cpu-time.js";

export const STAGES = ["log", "read", "load", "check", "bind", "start", "chain"] as const;

/** Milliseconds of processor time by stage. */
export type Stages = Readonly<Record<(typeof STAGES)[number], number>>;

/** What `startModules` does for modules without web resources and schedules, with a clock between the stages. */
export async function startByStages(configFile: string): Promise<Stages> {
  const times: number[] = [cpuMs()];
  const lap = () => times.push(cpuMs());

  const logger = createLogger();
  lap();
  const entries = await readConfiguration([configFile]);
  lap();
  const loaded = await loadModules(entries.value ?? []);
  const modules = loaded.value ?? [];
  lap();
  const broken = checkModules(modules);
  lap();
  const container = await bindServices([], { logger });
  const bound = bindModules(modules, container, logger);
  const missing = checkServices(bound);
  lap();
  const started = await startInstances(bound, 30_000, logger);
  lap();
  const dispatch = new Dispatch(60_000);
  const contributions = bindContributions(started.started);
  buildHooks(dispatch).setContributions(({ token }) => contributions.getAll(token));
  lap();
  dispatch.stop();

  const problems = [...entries.problems, ...loaded.problems, ...broken, ...missing, ...started.failures];
  if (problems.length > 0) throw new AggregateError(problems, "the generated configuration is wrong");
  return Object.fromEntries(
    STAGES.map((stage, index) => [stage, times[index + 1]! - times[index]!]),
  ) as unknown as Stages;
}
