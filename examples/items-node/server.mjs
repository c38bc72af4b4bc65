// Items API in plain Node: GET and POST /items, /health, /docs, /version.
// Items are kept in SSM Parameter Store, so that every task of the service sees the same ones: on AWS in the account's,
// on `local` in the platform's, which the SDK finds through AWS_ENDPOINT_URL.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { openItems } from "./items.mjs";

const version = process.env.APP_VERSION ?? "unknown";
const port = Number(process.env.PORT ?? 8000);
const items = await openItems(process.env.ITEMS_PATH ?? "/items/dev");

const routes = {
  "GET /": () => json({ service: "items", version, docs: "/docs" }),
  "GET /health": () => json({ status: "ok", version }),
  "GET /version": () => json({ version }),
  "GET /items": async () => json({ items: await items.list() }),
  "POST /items": async (request) => {
    const { name } = await readJson(request);
    if (typeof name !== "string" || name.trim() === "") throw refuse(400, "name must be a text that is not empty");
    const item = { id: randomUUID(), name: name.trim(), createdAt: new Date().toISOString() };
    await items.add(item);
    return json(item, 201);
  },
  "GET /docs": () => ({ status: 200, type: "text/html; charset=utf-8", body: docs }),
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const route = routes[`${request.method} ${pathname}`];
  try {
    if (route === undefined) throw refuse(404, `there is no ${request.method} ${pathname}`);
    send(response, await route(request));
  } catch (error) {
    if (error.status === undefined) console.error(`${request.method} ${pathname} failed: ${error.stack}`);
    send(response, json({ error: error.status === undefined ? "internal error" : error.message }, error.status ?? 500));
  }
});

server.listen(port, "0.0.0.0", () => console.log(`items version ${version} listens on ${port}`));

// ECS sends SIGTERM after the load balancer has stopped sending requests: finish what is in flight, then go.
process.on("SIGTERM", () => {
  console.log("SIGTERM: finishing the requests in flight");
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

function json(value, status = 200) {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

function send(response, { status, type, body }) {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function refuse(status, message) {
  return Object.assign(new Error(message), { status });
}

async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) ?? {};
  } catch {
    throw refuse(400, "the body is not JSON");
  }
}

const docs = `<!doctype html>
<title>items</title>
<h1>items, version ${version}</h1>
<ul>
  <li><a href="/items"><code>GET /items</code></a>: every item</li>
  <li><code>POST /items</code> with <code>{"name": "…"}</code>: a new one</li>
  <li><a href="/health"><code>GET /health</code></a>: whether the service is well</li>
  <li><a href="/version"><code>GET /version</code></a>: which version answers</li>
</ul>
`;
