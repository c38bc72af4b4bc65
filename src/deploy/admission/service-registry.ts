/**
 * The registry of an environment: one record for each service that is deployed there, from whichever repository, written by the
 * service's own stack. It is read before a deployment, so that a service which would take another's requests, or refers to one
 * that is not there, is refused while nothing has changed.
 */
import type { Parameters } from "../../aws/parameters.ts";
import type { Deployable } from "../../manifest/deployable.ts";
import { didYouMean } from "../../manifest/did-you-mean.ts";
import { ListenerClaims, parseRegistration, type Registration, registrationOf, ruleText } from "../../manifest/registration.ts";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { mark } from "../../manifest/text.ts";
import { failure } from "../../model/failures.ts";
import { environmentStackName, registryPath, serviceValue } from "../../synth/names.ts";
import { patchedRegistration } from "../../synth/service/registry-record.ts";
import { synthesizeService } from "../../synth/service/synthesize-service.ts";
import type { ServiceReference } from "../../synth/service-references.ts";
import type { Tell } from "../events.ts";
import { filledIn, type Place } from "../image/image-choice.ts";

/** By the service's name. */
type Registrations = ReadonlyMap<string, Registration>;

export class ServiceRegistry {
  readonly #parameters: Parameters;
  readonly #environment: ResolvedEnvironment;
  readonly #deployed: readonly Deployable[];
  readonly #tell: Tell;
  #read: Promise<Registrations> | undefined;

  /** `deployed`: what this deployment brings about, whatever its records say. */
  constructor(parameters: Parameters, environment: ResolvedEnvironment, deployed: readonly Deployable[], tell: Tell) {
    this.#parameters = parameters;
    this.#environment = environment;
    this.#deployed = deployed;
    this.#tell = tell;
  }

  /** Begins to read when it is certain to be asked, so that the answer is there by then. */
  begin(): void {
    if (!this.#deployed.some(sharesListener)) return;
    this.#registrations().catch(() => undefined); // Thrown where it is awaited.
  }

  /** Fails as FSD7010 when services of others have the requests or the priority that one of these would take. */
  async refuseCollisions(place: Place): Promise<void> {
    if (!this.#deployed.some(sharesListener)) return;
    const claims = new ListenerClaims(this.#environment.name);
    const names = new Set(this.#deployed.map(({ name }) => name));
    for (const [name, registration] of await this.#registrations()) if (!names.has(name)) claims.claim(registration);
    const collisions = this.#deployed.flatMap((document) =>
      document.kind === "Service" ? claims.claim(filled(this.#registration(document), place)) : [],
    );
    if (collisions.length === 0) return;
    throw failure("FSD7010", collisions.map(({ message, other }) => `${message}; ${deployedText(other)}`).join("; "), {
      hint: `${[...new Set(collisions.map(({ hint }) => hint))].join("; ")}; nothing was changed`,
    });
  }

  /** What is wrong with a reference to another service, as a part of a sentence; undefined: it is there, or is deployed along. */
  async missing({ service, value }: ServiceReference): Promise<string | undefined> {
    const along = this.#deployed.find((document) => document.name === service && document.kind === "Service");
    const registrations = along?.kind === "Service" ? undefined : await this.#registrations();
    const registration = along?.kind === "Service" ? registrationOf(along, this.#environment) : registrations?.get(service);
    if (registration !== undefined) {
      if (registration.loadBalancer !== undefined || !["url", "host", "port"].includes(value)) return undefined;
      return `an address of the service ${service}, which has no port`;
    }
    // A stack from before there were records has its values none the less.
    if (await this.#hasValue(service, value)) return undefined;
    const meant = didYouMean(service, [...(registrations?.keys() ?? [])]);
    return `the service ${service}${meant === undefined ? "" : ` (did you mean ${meant}?)`}, which is neither deployed there nor among what is deployed now`;
  }

  /** What it will register, overrides included: what they take out of its rules, it takes from nobody. */
  #registration(service: ResolvedService): Registration {
    const written = registrationOf(service, this.#environment);
    const patched = service.overrides.length === 0 ? undefined : patchedRegistration(synthesizeService(service, this.#environment));
    if (patched === undefined) return written;
    const { priority: _priority, testPriority: _testPriority, requests: _requests, ...others } = written;
    return { ...others, ...patched };
  }

  async #hasValue(service: string, value: string): Promise<boolean> {
    try {
      await this.#parameters.getParameter({ Name: serviceValue(this.#environment.name, service, value) });
      return true;
    } catch (error) {
      if ((error as Error).name === "ParameterNotFound") return false;
      throw error;
    }
  }

  #registrations(): Promise<Registrations> {
    this.#read ??= this.#readAll();
    return this.#read;
  }

  async #readAll(): Promise<Registrations> {
    const found = new Map<string, Registration>();
    let NextToken: string | undefined;
    do {
      const page = await this.#parameters.getParametersByPath({ Path: registryPath(this.#environment.name), NextToken });
      for (const { Name = "", Value = "" } of page.Parameters ?? []) {
        const registration = parseRegistration(Value);
        if (registration !== undefined) found.set(registration.service, registration);
        else
          this.#tell({
            type: "note",
            subject: environmentStackName(this.#environment.name),
            text: `the parameter ${Name} is no record of a service, so nothing is checked against it`,
          });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  }
}

/** Whether it could take requests of another service. */
function sharesListener(document: Deployable): boolean {
  if (document.kind !== "Service") return false;
  const { loadBalancer } = document.service.networking;
  return loadBalancer !== undefined && !loadBalancer.dedicated;
}

/** With account and region filled in, as CloudFormation has done with the records. */
function filled(registration: Registration, place: Place): Registration {
  const { host, requests } = registration;
  return {
    ...registration,
    ...(host === undefined ? {} : { host: filledIn(host, undefined, place) ?? host }),
    ...(requests === undefined ? {} : { requests: requests.map((request) => substituted(request, place)) }),
  };
}

/** As `Fn::Sub` does it. */
function substituted(text: string, place: Place): string {
  return text.replaceAll(/\$\{(!?)([^}]*)\}/g, (whole, literal: string, name: string) =>
    literal === "!" ? `\${${name}}` : (filledIn(mark(name), undefined, place) ?? whole),
  );
}

/** `shop is deployed there from github.com/acme/shop and answers every host/* (priority 39601) on the load balancer internal` */
function deployedText(other: Registration): string {
  const from = other.repository === undefined ? "" : ` from ${other.repository}`;
  return `${other.service} is deployed there${from} and answers ${ruleText(other)}`;
}
