import { Caches } from "../services/caches.js";

/** {@link Caches} of a homeserver that is a single process: there are no others to notify. */
export class InProcessCaches extends Caches {
  protected async broadcast(_name: string, _keys: readonly unknown[]): Promise<void> {}
}
