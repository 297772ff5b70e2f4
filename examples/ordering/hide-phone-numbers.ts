import { Module, ThirdPartyRules, type EventAllowed, type RoomEvent } from "ligand";

const PHONE_NUMBER = /\+\d[\d ]{6,}\d/g;

/** Takes phone numbers out of messages. */
@Module()
export class HidePhoneNumbers {
  @ThirdPartyRules.checkEventAllowed()
  hide(event: RoomEvent): EventAllowed {
    const { body } = event.content;
    if (typeof body !== "string" || body.search(PHONE_NUMBER) < 0) return [true, null];
    const replacement = event.getDict();
    replacement.content.body = body.replace(PHONE_NUMBER, "[phone number]");
    return [true, replacement];
  }
}
