import { Caches } from "../services/caches.js";

/** {@link Caches} of a homeserver that is one process: there is nobody else to tell. */
export class InProcessCaches extends Caches {
  protected async broadcast(_name: string, _keys: readonly unknown[]): Promise<void> {}
}
