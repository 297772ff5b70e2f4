import { Hono } from "hono";
import { Codes, MatrixError, NotFoundError, type MxcUri } from "ligand";
import { inTime } from "./in-time.js";
import { authenticate, pathText, type ClientContext, type Env } from "./request.js";

/** Content that a browser may show; everything else it must save. (Specification, "Serving inline content") */
const INLINE =
  /^(?:text\/(?:plain|css|csv)|image\/(?:jpeg|gif|png|apng|webp|avif)|video\/(?:mp4|webm|ogg)|audio\/[\w.+-]+)$/;
const SANDBOX =
  "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; object-src 'self';";
const UPLOAD_TIMEOUT_MS = 120_000;

/** Uploads, and downloads by clients that send no token with them. */
export const media = new Hono<Env>();

media.post("/upload", async (c) => {
  const { requester, context } = await authenticate(c);
  const { media: pipeline, settings } = c.var.homeserver;
  const content = await inTime(readBytes(c.req.raw, settings.maxUploadBytes), UPLOAD_TIMEOUT_MS);
  const contentType = c.req.header("content-type");
  const name = c.req.query("filename");
  const uri = await pipeline.upload(
    requester.userId,
    { content, ...(contentType !== undefined && { contentType }), ...(name !== undefined && { name }) },
    context,
  );
  return c.json({ content_uri: uri });
});

media.get("/config", config);
media.get("/download/:serverName/:mediaId", download);
media.get("/download/:serverName/:mediaId/:fileName", download);
media.get("/thumbnail/:serverName/:mediaId", thumbnail);

/** What clients use by now. */
export const mediaOfClients = new Hono<Env>();
mediaOfClients.use(async (c, next) => {
  await authenticate(c);
  return next();
});
mediaOfClients.get("/config", config);
mediaOfClients.get("/download/:serverName/:mediaId", download);
mediaOfClients.get("/download/:serverName/:mediaId/:fileName", download);
mediaOfClients.get("/thumbnail/:serverName/:mediaId", thumbnail);

async function config(c: ClientContext): Promise<Response> {
  const { requester, context } = await authenticate(c);
  return c.json(await c.var.homeserver.media.config(requester.userId, context));
}

/** The image itself: a thumbnail may be larger than what was asked for. (Specification, "Thumbnails") */
async function thumbnail(c: ClientContext): Promise<Response> {
  const response = await download(c);
  if (response.headers.get("content-type")?.startsWith("image/")) return response;
  throw new MatrixError(400, "This server has thumbnails of images alone");
}

async function download(c: ClientContext): Promise<Response> {
  const [server, mediaId] = [pathText(c, "serverName"), pathText(c, "mediaId")];
  if (!/^[\w=.-]+$/.test(mediaId)) throw new NotFoundError("A media id has no such characters");
  const uri: MxcUri = `mxc://${server}/${mediaId}`;
  const { content, contentType, name } = await c.var.homeserver.media.download(uri);
  const type = contentType.split(";", 1)[0]!.trim().toLowerCase();
  const fileName = c.req.param("fileName") ?? name;
  const disposition = INLINE.test(type) ? "inline" : "attachment";
  return c.body(new Uint8Array(content), 200, {
    "Content-Type": /^[\w.+-]+\/[\w.+-]+$/.test(type)
      ? contentType.replace(/[^\x20-\x7e]/g, "")
      : "application/octet-stream",
    "Content-Disposition": fileName === null ? disposition : `${disposition}; filename*=utf-8''${encoded(fileName)}`,
    "Content-Security-Policy": SANDBOX,
    "Cross-Origin-Resource-Policy": "cross-origin",
  });
}

function encoded(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, "")).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
}

/** The bytes of an upload. @throws {MatrixError} 413 as soon as there are too many. */
async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  const tooLarge = () => new MatrixError(413, `An upload has at most ${most} bytes`, Codes.TOO_LARGE);
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
