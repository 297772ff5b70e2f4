import { deny, Codes, MediaRepository, Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";
import { cpuMs } from "../cpu-time.js";
import { MOST_DEPTH } from "./raw-protocol.js";

/** The module that the isolated process runs: it compares one number, as the raw peer does. */
@Module()
export class DepthChecker {
  @SpamChecker.checkEventForSpam()
  async check(event: RoomEvent) {
    return event.depth > MOST_DEPTH ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }

  /** What its process has cost until now, for the benchmark. */
  @MediaRepository.getMediaConfigForUser()
  cost() {
    return { cpuMs: cpuMs(), pid: process.pid };
  }
}
