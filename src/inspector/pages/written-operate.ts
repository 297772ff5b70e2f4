import { writtenShare, writtenSize } from "../../config/operate/amounts.js";
import type { HookKey, HookSettings, OperateSettings, ProcessSettings } from "../../config/operate/operate-settings.js";
import { writtenDuration } from "../../options/duration.js";

/** The `operate:` of a module, as an administrator would write it: what holds by default is left out. */
export function writtenOperate(operate: OperateSettings): object {
  const { mode, required, process, shadowServices, logLevel, hooks } = operate;
  return {
    ...writtenKeys(operate),
    ...(!required && mode !== "shadow" && { required }),
    ...(process && writtenProcess(process)),
    ...(shadowServices.length > 0 && { shadow: { services: shadowServices } }),
    ...(logLevel && { log_level: logLevel }),
    ...(hooks.size > 0 && {
      hooks: Object.fromEntries(Array.from(hooks, ([hook, own]) => [hook, writtenKeys(own, operate)])),
    }),
  };
}

const VALUES: Readonly<Record<HookKey, (settings: HookSettings) => unknown>> = {
  mode: ({ mode }) => mode,
  timeout: ({ timeoutMs }) => timeoutMs && writtenDuration(timeoutMs),
  on_failure: ({ onFailure }) => (onFailure.local === onFailure.federation ? onFailure.local : onFailure),
  share: ({ share }) => writtenShare(share),
  rest: ({ rest }) => rest,
  only: ({ only }) => only,
  except: ({ except }) => except,
  circuit_breaker: ({ circuitBreaker }) =>
    circuitBreaker && {
      failure_rate: writtenShare(circuitBreaker.failureRate),
      min_calls: circuitBreaker.minCalls,
      window: writtenDuration(circuitBreaker.windowMs),
      open_for: writtenDuration(circuitBreaker.openForMs),
    },
};

/** @param whole what a hook's settings are taken from where it has none of its own */
function writtenKeys(settings: HookSettings, whole?: HookSettings): object {
  const keys = Object.keys(settings.written) as readonly HookKey[];
  const own = keys.filter((key) => settings.written[key] !== whole?.written[key]);
  return Object.fromEntries(own.map((key) => [key, VALUES[key](settings)]));
}

function writtenProcess({ name, memoryBytes, permissions }: ProcessSettings): object {
  return {
    process: name,
    ...(memoryBytes !== undefined && { memory: writtenSize(memoryBytes) }),
    ...(permissions && {
      permissions: {
        read: permissions.read,
        write: permissions.write,
        child_processes: permissions.childProcesses,
        network: permissions.network,
        env: permissions.env,
      },
    }),
  };
}
