import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "winston";
import { noteCalls } from "../../watch/seen-here.js";

/** A homeserver's call that is being answered: who made it, and for which of its requests. */
export interface CurrentCall {
  /** The process of the homeserver that made it; undefined where there is only one. */
  readonly connection?: { readonly id: number };
  /** The number of its request. */
  readonly id?: number;
  /** How the homeserver recognises it when it uses a service. */
  readonly number?: number | undefined;
  readonly requestId: string | undefined;
  /** What is being answered, in words: a hook, a web path. */
  readonly what: string;
  /** `Category.hook`, where it is the call of a hook. */
  readonly hook: string | undefined;
  /** Whether the call of a hook is in shadow; undefined for other calls. */
  readonly isInShadow?: boolean;
}

/** The call that code is running for, across awaits; undefined for work that belongs to none. */
export const currentCall = new AsyncLocalStorage<CurrentCall | undefined>();
noteCalls(() => currentCall.getStore());

const HAVE_CALL = new WeakSet<Logger>();

/** The same logger, adding the connection and the request to each line. Wrapping it again changes nothing. */
export function withCurrentCall(logger: Logger): Logger {
  if (HAVE_CALL.has(logger)) return logger;
  const withCall = Object.create(logger, {
    write: {
      value: (line: object, ...rest: []) => logger.write(Object.assign(line, { ...metaOfCall(), ...line }), ...rest),
    },
  }) as Logger;
  HAVE_CALL.add(withCall);
  return withCall;
}

function metaOfCall(): object {
  const { connection, requestId } = currentCall.getStore() ?? {};
  return {
    ...(connection && { connection: connection.id }),
    ...(requestId !== undefined && { requestId }),
  };
}
