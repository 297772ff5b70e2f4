import { expect } from "chai";
import { RegistrationBehaviour } from "#src/index.js";
import { FakeSignOnServer } from "./fake-sign-on-server.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";

const CLIENT = "https://client.example/";

describe("cases of single sign-on on Synapse", () => {
  let signOn: FakeSignOnServer;
  let switched: SwitchedSynapse;

  before(async () => {
    signOn = await FakeSignOnServer.start();
    switched = await SwitchedSynapse.start({ ...signOn.settings, sso: { client_whitelist: [CLIENT] } });
  });
  after(async () => {
    await switched?.stop();
    signOn.close();
  });
  afterEach(hangUp);

  /** Signs on in a browser; gives the user who is logged in, or the status of the page where it ends. */
  async function logInBy(idp: string, userName: string): Promise<string | number> {
    signOn.userName = userName;
    const path = `/_matrix/client/v3/login/sso/redirect/${idp}?redirectUrl=${encodeURIComponent(CLIENT)}`;
    const end = await browse(switched.client.url + path);
    if (typeof end === "number") return end;
    const body = { type: "m.login.token", token: end.searchParams.get("loginToken") };
    return (await switched.client.post<{ user_id: string }>("/_matrix/client/v3/login", body)).user_id;
  }

  it("case 76 on Synapse: the identity provider can make the difference (differs: OpenID Connect for SAML)", async () => {
    const calls = when("checkRegistrationForSpam", (_threepid: unknown, name: string, _from: unknown, idp: string) =>
      name.includes("flimflob") && idp === "cas" ? RegistrationBehaviour.DENY : RegistrationBehaviour.ALLOW,
    );
    expect(await logInBy("cas", "bobflimflob")).to.equal(429);
    expect(await logInBy("oidc-fake", "bobflimflob")).to.equal("@bobflimflob:synapse.test");
    expect(calls.map(([threepid, name, , idp]) => [threepid, name, idp])).to.deep.equal([
      [null, "bobflimflob", "cas"],
      [null, "bobflimflob", "oidc-fake"],
    ]);
    expect(await logInBy("cas", "alice")).to.equal("@alice:synapse.test");
  });
});

/** Follows redirects and keeps cookies, until the page of a client or one that is no redirect; of that the status. */
async function browse(address: string): Promise<URL | number> {
  const cookies = new Map<string, string>();
  for (let url = new URL(address); ;) {
    if (url.href.startsWith(CLIENT)) return url;
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const { status, headers } = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const set of headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      cookies.set(name!, value!);
    }
    const location = headers.get("location");
    if (location === null) return status;
    url = new URL(location, url);
  }
}
