import { expect } from "chai";
import type { ServiceDeclaration, ServiceEffect } from "#src/services/service-declaration.js";
import { LENT_SERVICES, lentMethods, serviceMethods, SERVICES, type ServiceName } from "#src/services/services.js";

/** The methods of all services by what they do. */
function methodsThat(does: ServiceEffect): string[] {
  return (Object.keys(SERVICES) as ServiceName[]).flatMap((service) =>
    [...serviceMethods(service)].filter(([, method]) => method.does === does).map(([name]) => `${service}.${name}`),
  );
}

describe("the declarations of services", () => {
  it("the compiler refuses a service that leaves out one of its methods, or declares another", () => {
    abstract class Small {
      abstract read(): Promise<void>;
      protected abstract primitive(): void;
    }
    const read = { does: "reads", returns: "nothing" } as const;
    const whole: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: { read } };
    // @ts-expect-error -- `read` is missing
    const lacking: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: {} };
    // @ts-expect-error -- `primitive` is not for modules
    const more: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: { read, primitive: read } };
    expect([whole, lacking, more].map(({ runsIn }) => runsIn)).to.deep.equal(Array(3).fill("homeserver"));
  });

  it("the compiler refuses a service whose method returns nothing though it returns a value, or the reverse", () => {
    abstract class Small {
      abstract answer(): Promise<string>;
      abstract act(): void;
    }
    const answer = { does: "reads", returns: "personal" } as const;
    const act = { does: "acts", returns: "nothing" } as const;
    const whole: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: { answer, act } };
    // @ts-expect-error -- a string is something to see
    const hidden: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: { answer: act, act } };
    // @ts-expect-error -- there is nothing to see
    const invented: ServiceDeclaration<Small> = { runsIn: "homeserver", methods: { answer, act: answer } };
    expect([whole, hidden, invented].map(({ runsIn }) => runsIn)).to.deep.equal(Array(3).fill("homeserver"));
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
      "Auth.getUserByReq",
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

  it("the results of services that hold a secret are declared as secret", () => {
    const secret = (Object.keys(SERVICES) as ServiceName[]).flatMap((service) =>
      [...serviceMethods(service)]
        .filter(([, { returns }]) => JSON.stringify(returns).includes('"secret"'))
        .map(([method, { returns }]) => [`${service}.${method}`, returns]),
    );
    expect(Object.fromEntries(secret)).to.deep.equal({
      "Registration.registerDevice": {
        deviceId: "personal",
        accessToken: "secret",
        validUntilMs: "public",
        refreshToken: "secret",
      },
      "Registration.register": { userId: "personal", accessToken: "secret" },
      "Auth.createLoginToken": "secret",
      "Auth.completeSsoLogin": "secret",
      "HttpClient.getFile": { length: "public", headers: "secret", uri: "body", status: "public" },
      "HttpClient.request": { status: "public", headers: "secret", "*": "body" },
    });
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
    expect(lentMethods("AccountDataStore").get("getGlobal")).to.deep.equal({
      does: "reads",
      takes: ["personal", "public"],
      returns: "body",
      isFrozen: true,
    });
  });
});
