/** A load balancer whose users log in: with a real identity provider, a browser, and clocks that stand until they are told to go on. */
import type { RequestListener } from "node:http";
import { expect } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { type Action, BalancedWorld, type Served } from "./balanced-world.ts";
import { Browser } from "./browser.ts";
import { IdentityProvider, type ProviderOptions } from "./identity-provider.ts";

const CLIENT = { clientId: "shop", clientSecret: "a secret: with & signs" };

export interface GuardedListener {
  readonly loadBalancerArn: string;
  readonly arn: string;
  readonly group: string;
  readonly target: Served;
  /** `https://127.0.0.1:20443`, without a path. */
  readonly url: string;
}

export class LoginWorld {
  readonly clock = new VirtualClock();
  readonly wallClock = new VirtualClock(Date.now());
  readonly world = new BalancedWorld({ clock: this.clock, wallClock: this.wallClock, speed: 1 });
  readonly browser = new Browser();
  provider: IdentityProvider;

  private constructor(provider: IdentityProvider) {
    this.provider = provider;
  }

  static async start(): Promise<LoginWorld> {
    return new LoginWorld(await IdentityProvider.start());
  }

  /** Another identity provider in the place of the one there is. */
  async replaceProvider(options: ProviderOptions): Promise<void> {
    this.provider.close();
    this.provider = await IdentityProvider.start(options);
  }

  /** An HTTPS listener whose rule asks who the user is before it forwards to a target that tells what it got. */
  async guarded(more: object = {}, action?: Action): Promise<GuardedListener> {
    const { world, provider } = this;
    const loadBalancerArn = await world.loadBalancer();
    const group = await world.targetGroup();
    const { clientId: ClientId, clientSecret: ClientSecret } = CLIENT;
    const AuthenticateOidcConfig = { ...provider.endpoints, ClientId, ClientSecret, Scope: "openid email", ...more };
    const { Listeners } = await world.ask("CreateListener", {
      LoadBalancerArn: loadBalancerArn,
      Port: 443,
      Protocol: "HTTPS",
      Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }],
      DefaultActions: [
        { Order: 1, ...(action ?? { Type: "authenticate-oidc", AuthenticateOidcConfig }) },
        { Type: "forward", Order: 2, TargetGroupArn: group },
      ],
    });
    const arn = Listeners![0]!.ListenerArn!;
    const target = await world.serve(telling);
    world.register(group, target);
    await world.reaches(target, "healthy");
    const url = `https://127.0.0.1:${world.loadBalancing.hostPort(arn)}`;
    provider.register({ ...CLIENT, redirectUri: `${url}/oauth2/idpresponse` });
    return { loadBalancerArn, arn, group, target, url };
  }

  /** The metrics of user authentication so far, by name, without the latency. */
  counted(): Record<string, number> {
    this.clock.advanceBy(5_000);
    const counts: Record<string, number> = {};
    for (const { name, value } of this.world.metrics)
      if (name.startsWith("ELBAuth") && name !== "ELBAuthLatency") counts[name] = (counts[name] ?? 0) + value;
    return counts;
  }

  /** Time of sessions and tokens goes by. */
  pass(seconds: number): void {
    this.wallClock.advanceBy(seconds * 1000);
  }

  /** Fails when the platform met something that it did not expect. */
  async end(): Promise<void> {
    await this.browser.close();
    this.provider.close();
    await this.world.close();
    expect(this.world.defects).toEqual([]);
  }
}

/** Answers with what a target is told of the user. */
export const telling: RequestListener = (incoming, response) => {
  const { "x-amzn-oidc-accesstoken": accessToken, "x-amzn-oidc-identity": identity, "x-amzn-oidc-data": data } = incoming.headers;
  response.end(JSON.stringify({ method: incoming.method, url: incoming.url, accessToken, identity, data }));
};

/** A part of a token. */
export function decoded(part: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(part ?? "", "base64url").toString()) as Record<string, unknown>;
}
