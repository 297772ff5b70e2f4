import { isDeepStrictEqual } from "node:util";
import type { RemoteCallback, RemoteHook } from "../wire/protocol.js";

/** The hooks of which new callbacks look at more than a homeserver sends for those of before, as `category.hook`. */
export function widenedHooks(before: readonly RemoteHook[], now: readonly RemoteHook[]): string[] {
  return now
    .filter((hook) => {
      const sent = hookLike(before, hook)?.callbacks;
      return sent && !hook.callbacks.every((callback) => sent.some((other) => covers(other, callback)));
    })
    .map(nameOf);
}

/** The hooks that a homeserver isn't going to ask, because no module had them when it was introduced. */
export function newHooks(before: readonly RemoteHook[], now: readonly RemoteHook[]): string[] {
  return now.filter((hook) => !hookLike(before, hook)).map(nameOf);
}

function hookLike(hooks: readonly RemoteHook[], { category, hook }: RemoteHook): RemoteHook | undefined {
  return hooks.find((other) => other.category === category && other.hook === hook);
}

function nameOf({ category, hook }: RemoteHook): string {
  return `${category}.${hook}`;
}

/** Whether all that a callback looks at is sent for another one. */
function covers(sent: RemoteCallback, wanted: RemoteCallback): boolean {
  const { types, state } = wanted;
  return (
    sent.parameters >= wanted.parameters &&
    (sent.types === null || (types !== null && types.every((type) => sent.types!.includes(type)))) &&
    (sent.state === null || isDeepStrictEqual(sent.state, state) || state?.length === 0)
  );
}
