/** Small services as a user would have them: a manifest, a Dockerfile and one program, good or broken in one of the usual ways. */

export interface Behaviour {
  readonly version: string;
  /** Listens and answers; exits at once with a message; listens but fails its health check. */
  readonly program?: "answers" | "exits" | "unhealthy";
  readonly port?: number;
  /** Of tasks; two unless given. */
  readonly count?: number;
  /** Seconds that answers have to come to their end when their task is replaced; 5 unless given. */
  readonly deregistrationDelay?: number;
}

/** The files of a load-balanced service whose health check is as fast as ECS allows. */
export function serviceFiles(
  name: string,
  { version, program = "answers", port = 8000, count = 2, deregistrationDelay = 5 }: Behaviour,
  extra = "",
): Record<string, string> {
  return {
    "fsd.yml": `apiVersion: fsd/v1
kind: Service
metadata:
  name: ${name}
service:
  type: ecs
  build: {context: .}
  port: ${port}
  healthCheck: {path: /health, interval: 5, timeout: 2, healthyThreshold: 2, unhealthyThreshold: 2, gracePeriod: 10}
  resources: {cpu: 256, memory: 512, desiredCount: ${count}}
  environment: {GREETING: "hello"}
  networking:
    loadBalancer: {deregistrationDelay: ${deregistrationDelay}}
${extra}`,
    Dockerfile: `FROM node:20-slim
WORKDIR /app
COPY server.js .
EXPOSE ${port}
CMD ["node", "server.js", "${name}"]
`,
    "server.js": programs[program](version, port),
  };
}

const programs = {
  answers: (version: string, port: number) => `
const server = require("node:http").createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version: ${JSON.stringify(version)}, path: request.url, pid: process.pid, host: require("node:os").hostname() }));
});
server.listen(${port}, () => console.log("version ${version} listens on ${port}"));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`,
  exits: (version: string, _port: number) => `
console.error("FATAL version ${version}: DATABASE_URL is not set");
process.exit(3);
`,
  unhealthy: (version: string, port: number) => `
require("node:http").createServer((request, response) => {
  response.statusCode = request.url === "/health" ? 500 : 200;
  response.end("version ${version}");
}).listen(${port}, () => console.log("version ${version} listens, but its database is away"));
process.on("SIGTERM", () => process.exit(0));
`,
} as const;
