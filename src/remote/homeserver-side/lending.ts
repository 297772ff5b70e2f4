import type { PeerHandles } from "../wire/peer-handles.js";
import type { Wire } from "../wire/protocol.js";
import { encode } from "../wire/wire.js";

/** Sends arguments to the other side, which may use what they lend (files, requests, states) until the answer is there. */
export async function lending<Answer>(
  args: readonly unknown[],
  handles: PeerHandles,
  ask: (crossing: readonly Wire[]) => Promise<Answer>,
): Promise<Answer> {
  const lent: number[] = [];
  const crossing: Wire[] = [];
  try {
    for (const arg of args) if (arg instanceof Request) lent.push(await handles.lend(arg));
    for (const arg of args) crossing.push(encode(arg, handles));
    return await ask(crossing);
  } finally {
    for (const id of lent) handles.takeBack(id);
    for (const arg of crossing) handles.drop(arg);
  }
}
