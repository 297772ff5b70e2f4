import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { PATIENCE_MS, type Client, type Deed } from "./client.js";
import { serveHydrogen } from "./serve-hydrogen.js";

/** Hydrogen in a browser, used as people use it: by what is on the screen. */
export class Hydrogen implements Client {
  readonly name = "Hydrogen";
  #site: Awaited<ReturnType<typeof serveHydrogen>> | undefined;
  #browser: Browser | undefined;
  #page: Page | undefined;

  constructor(
    readonly userId: string,
    private readonly executablePath: string,
    private readonly homeserver: string,
  ) {}

  /** For a picture of what is on the screen. */
  get page(): Page {
    return this.#page!;
  }

  async logIn(password: string): Promise<void> {
    this.#site = await serveHydrogen();
    this.#browser = await chromium.launch({
      executablePath: this.executablePath,
      timeout: PATIENCE_MS,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    this.#page = await this.#browser.newPage({ viewport: { width: 1200, height: 900 } });
    this.page.setDefaultTimeout(PATIENCE_MS);
    await this.page.goto(this.#site.url);
    await this.page.getByLabel("Homeserver").fill(this.homeserver);
    await this.page.getByLabel("Homeserver").blur();
    await this.page.getByLabel("Username").fill(this.userId);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Log In" }).click();
    await this.page.locator(".RoomList").waitFor();
  }

  async createRoom(name: string, invited: readonly string[]): Promise<string> {
    await this.page.getByRole("button", { name: "Create room" }).click();
    await this.page.getByText("Create Room").click();
    await this.page.getByLabel("Room name").fill(name);
    await this.page.getByLabel("Enable end-to-end encryption").uncheck();
    await this.page.getByRole("button", { name: "Create room" }).last().click();
    // The list shows the room before it has an id.
    const tile = this.page.locator(".RoomList a[href*='!'], .RoomList a[href*='%21']", { hasText: name });
    await tile.click();
    await this.#composer().waitFor();
    const roomId = decodeURIComponent((await tile.getAttribute("href")) ?? "").replace(/^.*!/, "!");
    for (const userId of invited) await this.#say(`/invite ${userId}`);
    return roomId;
  }

  async acceptInvite(roomId: string): Promise<void> {
    await this.#open(roomId);
    await this.page.getByRole("button", { name: "Accept" }).click();
    await this.#composer().waitFor();
  }

  async act(roomId: string, deed: Deed): Promise<void> {
    await this.#open(roomId);
    if (deed.does === "says") {
      await this.#say(deed.body);
    } else if (deed.does === "shares") {
      await this.page.getByTitle("Pick attachment").click();
      const choosing = this.page.waitForEvent("filechooser");
      await this.page.getByText("Send file", { exact: true }).last().click();
      const buffer = Buffer.from(deed.content);
      await (await choosing).setFiles({ name: deed.name, mimeType: "text/plain", buffer });
    } else {
      const menu = this.page.getByRole("menu");
      if (deed.does === "reacts") {
        await this.#choose(deed.to, menu.getByRole("button", { name: deed.key }));
      } else {
        await this.#choose(deed.to, menu.getByText("Reply"));
        await this.#say(deed.body);
      }
    }
  }

  async hears(roomId: string, sender: string, deed: Deed): Promise<void> {
    await this.#open(roomId);
    if (deed.does === "says") {
      await this.#message(deed.body).waitFor();
    } else if (deed.does === "reacts") {
      await this.#message(deed.to).locator(".Timeline_messageReactions button", { hasText: deed.key }).waitFor();
    } else if (deed.does === "replies") {
      const reply = this.page.locator(".Timeline_message", { hasText: deed.body });
      await reply.locator(".ReplyPreviewView", { hasText: deed.to }).waitFor();
    } else {
      const saving = this.page.waitForEvent("download");
      await this.page.getByRole("button", { name: deed.name }).click();
      const stream = await (await saving).createReadStream();
      const content = Buffer.concat(await stream.toArray()).toString();
      if (content !== deed.content) throw new Error(`Hydrogen downloaded ${JSON.stringify(content)}`);
    }
    void sender;
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#site?.stop();
  }

  async #open(roomId: string): Promise<void> {
    if (decodeURIComponent(this.page.url()).endsWith(`/${roomId}`)) return;
    await this.page
      .locator(`.RoomList a[href$="${roomId}"], .RoomList a[href$="${encodeURIComponent(roomId)}"]`)
      .click();
  }

  #composer(): Locator {
    return this.page.getByPlaceholder(/Send an? (encrypted )?message/);
  }

  async #say(text: string): Promise<void> {
    await this.#composer().fill(text);
    await this.#composer().press("Enter");
  }

  /** Chooses something of a message's menu, which closes by itself when the message changes. */
  async #choose(body: string, choice: Locator): Promise<void> {
    const message = this.#message(body);
    await message.hover();
    do await message.locator(".Timeline_messageOptions").click();
    while (!(await choice.isVisible()));
    await choice.click();
  }

  /** The message with this text, and not one that quotes it. */
  #message(body: string): Locator {
    return this.page
      .locator(".Timeline > * .Timeline_message", { hasText: body })
      .filter({ hasNot: this.page.locator(".ReplyPreviewView") });
  }
}
