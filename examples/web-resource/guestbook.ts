import { IsInt, IsNotEmpty, IsPositive, IsString } from "class-validator";
import {
  Cached,
  cacheOf,
  Clock,
  Codes,
  Every,
  inject,
  MatrixError,
  Module,
  ModuleConfig,
  parseJsonObject,
  RedirectError,
  respondWithHtml,
  WebResource,
} from "ligand";
import { guestbookPage, type Entry } from "./guestbook-page.js";

const PATH = "/_synapse/client/guestbook";
const DAY_MS = 24 * 60 * 60 * 1000;

export class GuestbookConfig {
  @IsString() @IsNotEmpty() title = "Guestbook";
  /** Entries that are older are taken out. */
  @IsInt() @IsPositive() keep_days = 30;
}

/** A page with a form for people, and the same in JSON for programs. */
@Module({ config: GuestbookConfig })
export class Guestbook {
  #entries: readonly Entry[] = [];

  constructor(
    @inject(ModuleConfig) private readonly config: GuestbookConfig,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  @WebResource(PATH, { methods: ["GET"] })
  async showPage(): Promise<Response> {
    return respondWithHtml(200, await this.page());
  }

  /** The form sends its fields here; the browser is then sent back to the page. */
  @WebResource(PATH, { methods: ["POST"] })
  async takeForm(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    this.#add(form.get("name"), form.get("text"));
    throw new RedirectError(PATH, 303);
  }

  /** Below the path of the page: of two paths the longer one gets the request. */
  @WebResource(`${PATH}/entries`, { methods: ["GET"] })
  listEntries(): Response {
    return Response.json({ entries: this.#entries });
  }

  @WebResource(`${PATH}/entries`, { methods: ["POST"] })
  async addEntry(request: Request): Promise<Response> {
    const { name, text } = await parseJsonObject(request);
    return Response.json(this.#add(name, text), { status: 201 });
  }

  /** Made once for all who ask, until the entries change. */
  @Cached()
  async page(): Promise<string> {
    return String(await guestbookPage(this.config.title, PATH, this.#entries));
  }

  @Every("1h")
  takeOutOldEntries(): void {
    const earliest = this.clock.nowMs() - this.config.keep_days * DAY_MS;
    this.#change(this.#entries.filter(({ ts }) => ts >= earliest));
  }

  /** A `MatrixError` becomes the response of the request, with its status and a body such as clients know. */
  #add(name: unknown, text: unknown): Entry {
    if (typeof name !== "string" || name.trim() === "" || typeof text !== "string" || text.trim() === "") {
      throw new MatrixError(400, "Name and text must not be empty", Codes.MISSING_PARAM);
    }
    const entry: Entry = { name: name.trim(), text: text.trim(), ts: this.clock.nowMs() };
    this.#change([...this.#entries, entry]);
    return entry;
  }

  #change(entries: readonly Entry[]): void {
    this.#entries = entries;
    cacheOf(this, "page").invalidate([]);
  }
}
