import { Module, NOT_SPAM, SpamChecker } from "ligand";

/** Blocks its process at each call. */
@Module()
export class Blocking {
  @SpamChecker.checkEventForSpam()
  check() {
    const end = performance.now() + 200;
    while (performance.now() < end);
    return NOT_SPAM;
  }
}
