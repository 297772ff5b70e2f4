import { expect } from "chai";
import type { ServiceDeclaration, ServiceEffect, ServiceMethod } from "#src/services/service-declaration.js";
import { LENT_SERVICES, lentMethods, SERVICES, type ServiceName } from "#src/services/services.js";

/** The methods of all services by what they do. */
function methodsThat(does: ServiceEffect): string[] {
  return Object.entries(SERVICES).flatMap(([service, { declaration }]) =>
    Object.entries<ServiceEffect | ServiceMethod>(declaration.methods)
      .filter(([, method]) => (typeof method === "string" ? method : method.does) === does)
      .map(([method]) => `${service}.${method}`),
  );
}

describe("the declarations of services", () => {
  it("the compiler refuses a service that leaves out one of its methods, or declares another", () => {
    abstract class Small {
      abstract read(): Promise<void>;
      protected abstract primitive(): void;
    }
    const whole: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: { read: "reads" } };
    // @ts-expect-error -- `read` is missing
    const lacking: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: {} };
    // @ts-expect-error -- `primitive` is not for modules
    const more: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: { read: "reads", primitive: "acts" } };
    expect([whole, lacking, more].map(({ runsIn }) => runsIn)).to.deep.equal(Array(3).fill("homeserver"));
  });

  it("every method that a service implements is declared, except those that only its subclasses call", () => {
    const undeclared = (Object.keys(SERVICES) as ServiceName[]).flatMap((name) => {
      const declared = Object.keys(SERVICES[name].declaration.methods);
      return Object.getOwnPropertyNames(SERVICES[name].prototype)
        .filter((method) => method !== "constructor" && !declared.includes(method))
        .map((method) => `${name}.${method}`);
    });
    expect(undeclared).to.deep.equal(["Caches.receive", "Caches.receiveAll"]);
  });

  it("what a module does to a homeserver or to others is declared as acting", () => {
    expect(methodsThat("acts")).to.deep.equal([
      "Users.setUserAdmin",
      "Users.storeRemote3pidAssociation",
      "Profiles.setDisplayname",
      "Registration.registerUser",
      "Registration.registerDevice",
      "Registration.register",
      "Registration.recordUserExternalId",
      "Auth.invalidateAccessToken",
      "Auth.createLoginToken",
      "Auth.completeSsoLogin",
      "Rooms.updateRoomMembership",
      "Rooms.createAndSendEventIntoRoom",
      "Rooms.createRoom",
      "Rooms.deleteRoom",
      "PublicRooms.addRoomToPublicRoomList",
      "PublicRooms.removeRoomFromPublicRoomList",
      "AccountDataStore.putGlobal",
      "Presence.sendLocalOnlinePresenceTo",
      "Presence.setPresenceForUsers",
      "PushRules.setPushRuleAction",
      "Pushers.sendHttpPushNotification",
      "Mailer.sendMail",
      "HttpClient.postJsonGetJson",
      "HttpClient.postUrlencodedGetJson",
      "HttpClient.putJson",
      "HttpClient.request",
    ]);
  });

  it("a homeserver lends the services that run in it, without the methods that need no homeserver", () => {
    expect(LENT_SERVICES).to.deep.equal([
      "Users",
      "Profiles",
      "Registration",
      "Auth",
      "Rooms",
      "PublicRooms",
      "AccountDataStore",
      "Presence",
      "PushRules",
      "Pushers",
      "Mailer",
    ]);
    expect([...lentMethods("PushRules").keys()]).to.deep.equal(["setPushRuleAction"]);
    expect([...lentMethods("Clock").keys()]).to.deep.equal([]);
    expect(lentMethods("AccountDataStore").get("getGlobal")).to.deep.equal({ does: "reads", isFrozen: true });
  });
});
