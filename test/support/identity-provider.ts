/**
 * A real identity provider (`oidc-provider`) on a port of this machine, with its own pages for login and consent. It knows
 * whoever says a name. A test may answer a path in its stead.
 */
import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import Provider from "oidc-provider";

export interface ClientRegistration {
  readonly clientId: string;
  /** None: a client that shows no secret. */
  readonly clientSecret?: string;
  readonly redirectUri: string;
}

export interface ProviderOptions {
  /** What the provider says it is; by default where it listens. */
  readonly issuer?: string;
  /** For HTTPS. PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Endpoints at the paths of Amazon Cognito's user pools. */
  readonly likeCognito?: boolean;
}

const DAY_SECONDS = 86_400;
const signingKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

export class IdentityProvider {
  /** How long an access token lasts; before `register`. */
  accessTokenSeconds = 600;
  /** Whether a refresh token serves once only; before `register`. */
  replacesRefreshTokens = true;
  /** What the provider tells of users beside their names. */
  claims: Readonly<Record<string, unknown>> = { email: "ada@example.com", email_verified: true };
  /** Answer in the provider's place, by path. */
  readonly answers = new Map<string, RequestListener>();
  /** Method and path of every request, and how the client said who it is. */
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: ProviderOptions;
  #serve: RequestListener = (_, response) => response.writeHead(503).end();

  private constructor(options: ProviderOptions) {
    this.#options = options;
    const listener: RequestListener = (request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      this.asked.push({ path: `${request.method} ${path}`, authorization: request.headers.authorization });
      (this.answers.get(path) ?? this.#serve)(request, response);
    };
    // Cookies know no ports, so a browser brings those of the load balancer along.
    const maxHeaderSize = 64 * 1024;
    this.#server =
      options.tls === undefined
        ? createServer({ maxHeaderSize }, listener)
        : createSecureServer({ ...options.tls, maxHeaderSize }, listener);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: ProviderOptions = {}): Promise<IdentityProvider> {
    const provider = new IdentityProvider(options);
    await new Promise<void>((resolve) => provider.#server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  /** `127.0.0.1:43211` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? "http" : "https"}://${this.host}`;
  }

  get issuer(): string {
    return this.#options.issuer ?? this.url;
  }

  /** As an `authenticate-oidc` action names them. */
  get endpoints() {
    return {
      Issuer: this.issuer,
      AuthorizationEndpoint: `${this.url}/auth`,
      TokenEndpoint: `${this.url}/token`,
      UserInfoEndpoint: `${this.url}/me`,
    };
  }

  /** Serves one client from now on. */
  register({ clientId, clientSecret, redirectUri }: ClientRegistration): void {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: clientId,
          redirect_uris: [redirectUri],
          response_types: ["code"],
          grant_types: ["authorization_code", "refresh_token"],
          ...(clientSecret === undefined
            ? { token_endpoint_auth_method: "none" }
            : { client_secret: clientSecret, token_endpoint_auth_method: "client_secret_basic" }),
        },
      ],
      cookies: { keys: ["of-no-use-elsewhere"] },
      jwks: { keys: [{ ...signingKey, kid: "one", use: "sig" }] },
      pkce: { required: () => false },
      claims: { openid: ["sub"], email: Object.keys(this.claims) },
      findAccount: (_: unknown, name: string) => ({ accountId: name, claims: () => ({ sub: name, ...this.claims }) }),
      issueRefreshToken: () => true,
      rotateRefreshToken: this.replacesRefreshTokens,
      // The load balancer's time is moved on by hours; the provider's stands.
      ttl: {
        AccessToken: this.accessTokenSeconds,
        IdToken: 30 * DAY_SECONDS,
        RefreshToken: 30 * DAY_SECONDS,
        Session: DAY_SECONDS,
        Grant: 30 * DAY_SECONDS,
        Interaction: DAY_SECONDS,
        AuthorizationCode: 600,
      },
      ...(this.#options.likeCognito === true
        ? { routes: { authorization: "/oauth2/authorize", token: "/oauth2/token", userinfo: "/oauth2/userInfo" } }
        : {}),
    });
    this.#serve = provider.callback();
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.asked.filter((asked) => asked.path === path).length;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
