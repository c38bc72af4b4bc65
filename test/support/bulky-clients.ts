/**
 * Clients that a rolling update could break where a light load does not show it: each request on a connection of its
 * own, a megabyte up with its digest back, and answers that take two seconds, until they are told to end.
 */
import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";

/** The program they speak to: version, digest of what was posted, and at /stream twenty lines in two seconds. */
export const bulky = (version: string): string => `
const { createHash } = require("node:crypto");
const server = require("node:http").createServer((request, response) => {
  response.setHeader("x-version", "${version}");
  if (request.url === "/stream") {
    let line = 0;
    const timer = setInterval(() => {
      response.write("line " + ++line + "\\n");
      if (line === 20) { clearInterval(timer); response.end("end\\n"); }
    }, 100);
    return;
  }
  const hash = createHash("sha256");
  request.on("data", (chunk) => hash.update(chunk)).on("end", () => response.end(hash.digest("hex")));
});
server.listen(8000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

export interface BulkyResult {
  readonly failures: readonly string[];
  readonly uploads: number;
  readonly streams: number;
  readonly versions: ReadonlySet<string>;
}

export class BulkyClients {
  readonly #failures: string[] = [];
  readonly #versions = new Set<string>();
  readonly #url: string;
  readonly #work: Promise<void>[];
  #running = true;
  #uploads = 0;
  #streams = 0;

  constructor(url: string) {
    this.#url = url;
    this.#work = [
      this.#repeat(() => this.#upload()),
      this.#repeat(() => this.#upload()),
      ...Array.from({ length: 4 }, () => this.#repeat(() => this.#stream())),
    ];
  }

  async end(): Promise<BulkyResult> {
    this.#running = false;
    await Promise.all(this.#work);
    return { failures: this.#failures, uploads: this.#uploads, streams: this.#streams, versions: this.#versions };
  }

  async #repeat(once: () => Promise<void>): Promise<void> {
    while (this.#running) {
      try {
        await once();
      } catch (failure) {
        this.#failures.push(String(failure));
      }
    }
  }

  async #upload(): Promise<void> {
    const body = randomBytes(1024 * 1024);
    const { status, text } = await this.#ask("POST", "/", body);
    const digest = createHash("sha256").update(body).digest("hex");
    if (status !== 200 || text !== digest) throw new Error(`upload: ${status} ${text.slice(0, 80)}`);
    this.#uploads++;
  }

  async #stream(): Promise<void> {
    const { status, text } = await this.#ask("GET", "/stream");
    if (status !== 200 || !text.endsWith("line 20\nend\n")) throw new Error(`stream: ${status} ${text.slice(-80)}`);
    this.#streams++;
  }

  #ask(method: string, path: string, body?: Buffer): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request(new URL(path, this.#url), { method, agent: false }, (response) => {
        this.#versions.add(String(response.headers["x-version"]));
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject).on("aborted", () => reject(new Error(`${path}: the answer was cut off`)));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }
}
