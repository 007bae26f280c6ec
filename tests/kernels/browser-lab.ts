import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "@playwright/test";
import { build, type Rolldown } from "vite";
import { inProject } from "../../server/paths.ts";
import { fromKernelErrorRecord } from "../../worker/compute/kernel-error.ts";
import { findBrowser } from "../support/find-browser.ts";
import { decode, encode, type LabCall, type LabReply } from "./browser/wire.ts";

/** A real browser with the compute code in it: the page of tests/kernels/browser, bundled and served on 127.0.0.1. */
export interface BrowserLab {
  readonly browser: Browser;
  readonly page: Page;
  /** Rejects with KernelError where the page's call did. */
  call<T>(request: LabCall): Promise<T>;
  close(): Promise<void>;
}

export async function openBrowserLab(options: { webgpu: boolean }): Promise<BrowserLab> {
  const files = await bundle();
  const server = await serve(files);
  const executablePath = findBrowser();
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: options.webgpu ? ["--enable-unsafe-webgpu"] : [],
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => "lab" in globalThis);
  return {
    browser,
    page,
    async call<T>(request: LabCall): Promise<T> {
      const reply = decode(
        await page.evaluate(
          (text) => (globalThis as unknown as { lab(text: string): Promise<string> }).lab(text),
          encode(request),
        ),
      ) as LabReply;
      if (reply.ok) return reply.value as T;
      throw reply.kernelError === null ? new Error(reply.message) : fromKernelErrorRecord(reply.kernelError);
    },
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bundle(): Promise<Map<string, string | Uint8Array>> {
  const result = (await build({
    configFile: false,
    logLevel: "error",
    root: inProject("tests/kernels/browser"),
    worker: { format: "es" },
    build: {
      write: false,
      target: "es2024",
      minify: false,
      rolldownOptions: { input: inProject("tests/kernels/browser/index.html") },
    },
  })) as Rolldown.RolldownOutput;
  return new Map(result.output.map((file) => [`/${file.fileName}`, file.type === "chunk" ? file.code : file.source]));
}

/** With the policy that the site gives its workers: no eval, WASM allowed, requests to itself only. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

function serve(files: ReadonlyMap<string, string | Uint8Array>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "");
    const body = files.get(path);
    const type = path.endsWith(".html") ? "text/html" : "text/javascript";
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type, "content-security-policy": POLICY });
    response.end(body);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
