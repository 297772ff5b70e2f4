import { Module, UnsignedFields, type RoomEvent } from "#src/index.js";

/** Adds a field to every event. */
@Module()
export class AddsToAll {
  @UnsignedFields.addFieldToUnsigned()
  add(event: RoomEvent) {
    return { "org.example.length": JSON.stringify(event.content).length };
  }
}

/** Adds the same field to topics alone. */
@Module()
export class AddsToTopics {
  @UnsignedFields.addFieldToUnsigned({ types: ["m.room.topic"] })
  add(event: RoomEvent) {
    return { "org.example.length": JSON.stringify(event.content).length };
  }
}
