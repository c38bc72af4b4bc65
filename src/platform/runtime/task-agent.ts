/**
 * What answers a task at 169.254.170.2: its metadata (versions 3 and 4) and its role's credentials. The paths hold
 * ids that only the task knows, as on Fargate.
 */
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";

/** One answer; undefined when nothing of the kind exists. */
export interface AgentAnswers {
  /** `what`: `""`, `task`, `stats`, `task/stats`. */
  metadata(runtimeId: string, what: string): object | undefined;
  credentials(credentialsId: string): Promise<TaskCredentials | undefined>;
}

/** As the SDKs' container credential providers read them. */
export interface TaskCredentials {
  readonly RoleArn: string;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  /** ISO 8601. */
  readonly Expiration: string;
}

export class TaskAgent {
  readonly #server: Server;

  constructor(answers: AgentAnswers) {
    this.#server = createServer((request, response) => {
      const send = (status: number, body: object): void => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      };
      const [path = ""] = (request.url ?? "").split("?");
      const [, runtimeId, what = ""] = /^\/v[34]\/([\w-]+)\/?(.*?)\/?$/.exec(path) ?? [];
      const [, credentialsId] = /^\/v2\/credentials\/([\w-]+)$/.exec(path) ?? [];
      if (runtimeId !== undefined) {
        const document = answers.metadata(runtimeId, what);
        return document === undefined
          ? send(404, { error: `V4 metadata handler: no such container or document: ${path}` })
          : send(200, document);
      }
      if (credentialsId !== undefined) {
        answers.credentials(credentialsId).then(
          (found) =>
            found === undefined
              ? send(400, { code: "InvalidIdInRequest", message: "CredentialsV2Request: ID not found" })
              : send(200, found),
          (error: Error) => send(500, { code: "InternalServerError", message: error.message }),
        );
        return;
      }
      send(404, { error: "page not found" });
    });
  }

  /** Serves a connection that arrived on a listener elsewhere. */
  accept(socket: Socket): void {
    this.#server.emit("connection", socket);
  }

  /** Listens on this machine itself, for tasks without a network of their own; answers the port. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", () => {
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }

  close(): void {
    if (this.#server.listening) this.#server.close();
    this.#server.closeAllConnections();
  }
}
