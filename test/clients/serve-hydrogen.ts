import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SOURCES = join(import.meta.dirname, "..", "..", "..", "test", "clients");
/** The folder of the packages: what is in it is served as it is. */
const PACKAGES = join(dirname(fileURLToPath(import.meta.resolve("hydrogen-view-sdk"))), "..", "..");
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Hydrogen</title>
<link rel="stylesheet" href="/hydrogen-view-sdk/asset-build/assets/theme-element-light.css">
<style>html, body { height: 100%; margin: 0 }</style>
<body class="hydrogen">
<script type="module" src="/app.js"></script>
`;

/** Serves Hydrogen on this machine. */
export async function serveHydrogen(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const app = await bundle();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (pathname === "/") response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
    else if (pathname === "/app.js") response.writeHead(200, { "Content-Type": "text/javascript" }).end(app);
    else serveFile(pathname === "/sw.js" ? "/hydrogen-view-sdk/lib-build/sw.js" : normalize(pathname), response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, stop };
}

async function bundle(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, "hydrogen-app.js")],
    bundle: true,
    format: "esm",
    // olm.js looks for these where there is no browser.
    external: ["crypto", "fs", "path"],
    nodePaths: [PACKAGES],
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]!.contents;
}

function serveFile(path: string, response: ServerResponse): void {
  createReadStream(join(PACKAGES, path))
    .once("open", () => response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream"))
    .on("error", () => response.writeHead(404).end())
    .pipe(response);
}
