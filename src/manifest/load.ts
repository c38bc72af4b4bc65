/** Reads manifests: sources in, resolved documents and everything that is wrong with them out. Nothing here throws for bad input. */
import { classify } from "./classify.ts";
import { type Diagnostic, Diagnostics, type Place } from "./diagnostic.ts";
import { mergeLayers, relabel } from "./layers.ts";
import { type Organisation, readOrganisation } from "./organisation.ts";
import { otherPlatform } from "./other-platforms.ts";
import { overrideLayers } from "./overrides.ts";
import { BUILT_IN, LOCAL, localDocument, resolveEnvironment, undescribedEnvironment } from "./resolve-environment.ts";
import { checkJob, resolveJob } from "./resolve-job.ts";
import { resolveService } from "./resolve-service.ts";
import type { ResolvedEnvironment, ResolvedJob, ResolvedService } from "./resolved.ts";
import { checkEnvironment } from "./rules/environment.ts";
import { checkEnvironmentGuardrails, checkGuardrails } from "./rules/guardrails.ts";
import { checkMention, ENVIRONMENT_OPTION } from "./rules/mention.ts";
import type { Placed } from "./rules/placed.ts";
import { checkPromotion } from "./rules/promotion.ts";
import { Rules } from "./rules/rules.ts";
import { checkService } from "./rules/service-rules.ts";
import { type AskedImage, checkTag } from "./rules/tags.ts";
import { checkTogether } from "./rules/together.ts";
import { check, contentOf } from "./schema/check.ts";
import { type EnvironmentValue, environmentDocument } from "./schema/environment.ts";
import type { ObjectField } from "./schema/field.ts";
import type { JobValue } from "./schema/job.ts";
import { type Kind, kindSchemas } from "./schema/kinds.ts";
import { environmentNamePattern } from "./schema/metadata.ts";
import type { ServiceValue } from "./schema/service.ts";
import { mark } from "./text.ts";
import { entryOf, type MapNode, quote, textAt } from "./tree.ts";
import { resolveValues, type ValueContext } from "./values.ts";
import { readYaml } from "./yaml-source.ts";

/** One file as found: bytes, or the reason why there are none (missing, too large, a folder without manifests). */
export type Source =
  | { readonly file: string; readonly bytes: Uint8Array }
  | { readonly file: string; readonly unreadable: string; readonly code: "FSD1001" | "FSD1002"; readonly hint?: string };

export interface LoadOptions {
  /** The environment to resolve for. Absent: every environment the documents name is checked. */
  readonly environment?: string;
  /** `service.resources.cpu=2048`, or short `resources.cpu=2048`. */
  readonly override?: readonly string[];
  /** `KEY=VALUE`: an environment variable of every service and job. */
  readonly set?: readonly string[];
  /** Names of the services that `override` and `set` are for; absent or empty: every one. */
  readonly overridden?: readonly string[];
  /** Values of `${VERSION}`, `${GIT_SHA}`. */
  readonly values?: Readonly<Record<string, string>>;
  /** Deployed instead of the image of each service that `overridden` names. */
  readonly image?: string | undefined;
  /** The caller's environment, for `${env:NAME}`. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

export interface Loaded {
  /** Resolved for the chosen environment, in the order given; empty when no environment was chosen. To be used only when no diagnostic is an error. */
  readonly services: readonly ResolvedService[];
  /** The jobs, likewise. */
  readonly jobs: readonly ResolvedJob[];
  /** Every described environment plus the chosen one. */
  readonly environments: readonly ResolvedEnvironment[];
  /** The chosen one. */
  readonly environment?: ResolvedEnvironment;
  readonly diagnostics: readonly Diagnostic[];
  /** Every service and job in every environment that was looked at. */
  readonly resolved: readonly { readonly document: ResolvedService | ResolvedJob; readonly environment: ResolvedEnvironment }[];
  /** The merged tree behind a document that is described: every value knows its place. */
  readonly trees: ReadonlyMap<ResolvedService | ResolvedJob | ResolvedEnvironment, MapNode>;
}

export function loadManifests(sources: readonly Source[], options: LoadOptions = {}): Loaded {
  return new Loader(options).load(sources);
}

class Loader {
  readonly #options: LoadOptions;
  readonly #diagnostics = new Diagnostics();

  readonly #environmentTrees = new Map<ResolvedEnvironment, MapNode>();

  readonly #any = undescribedEnvironment("env");

  #organisation: Organisation = { assumed: new Map(), guardrails: [] };

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  load(sources: readonly Source[]): Loaded {
    const documents: { kind: Kind; tree: MapNode }[] = [];
    for (const source of sources) {
      if ("unreadable" in source) {
        this.#diagnostics.report(source.code, { file: source.file, line: 1, column: 1 }, "", source.unreadable, source.hint);
        continue;
      }
      for (const node of readYaml(source.file, source.bytes, "file", this.#diagnostics)) {
        const document = classify(node, this.#diagnostics);
        if (document !== undefined) documents.push(document);
      }
    }
    this.#organisation = readOrganisation(
      documents.filter(({ kind }) => kind === "Defaults").map(({ tree }) => tree),
      this.#diagnostics,
    );
    const environments = this.#environments(documents.filter(({ kind }) => kind === "Environment").map(({ tree }) => tree));
    const chosen = this.#choose(environments);
    if (chosen !== undefined) {
      checkMention(
        chosen,
        environments,
        documents.map(({ tree }) => tree),
        this.#diagnostics,
      );
    }
    const kinds = (["Service", "Job"] as const).filter((kind) => documents.some((document) => document.kind === kind));
    const layers = overrideLayers(this.#options.override ?? [], this.#options.set ?? [], kinds, this.#diagnostics);
    const services: Placed[] = [];
    const names = new Map<string, Place>();
    const all: { document: ResolvedService | ResolvedJob; environment: ResolvedEnvironment }[] = [];
    const jobs: { job: ResolvedJob; tree: MapNode }[] = [];
    for (const { kind, tree } of documents) {
      if (kind === "Environment" || kind === "Defaults" || !this.#unique(tree, names)) continue;
      for (const { value, whole, environment, diagnostics } of this.#inEnvironments(
        tree,
        kind,
        this.#isOverridden(tree) ? layers[kind] : [],
        environments,
        chosen,
      )) {
        if (kind === "Job") {
          const job = resolveJob(value as JobValue, whole, environment);
          const rules = new Rules(whole, diagnostics, "job");
          checkJob(job, whole, environment, rules);
          checkTag(job.task, this.#asked(tree), environment, rules);
          checkGuardrails(this.#organisation.guardrails, job, environment, rules);
          jobs.push({ job, tree: whole });
          all.push({ document: job, environment });
          continue;
        }
        const service = resolveService(value as ServiceValue, whole, environment);
        const rules = new Rules(whole, diagnostics);
        checkService(service, whole, environment, rules);
        checkTag(service, this.#asked(tree), environment, rules);
        checkGuardrails(this.#organisation.guardrails, service, environment, rules);
        services.push({ kind: "Service", service, tree: whole });
        all.push({ document: service, environment });
      }
    }
    const placed: readonly Placed[] = [...services, ...jobs.map(({ job, tree }): Placed => ({ kind: "Job", service: job.task, tree }))];
    if (chosen !== undefined) checkTogether(placed, chosen, this.#diagnostics);
    else
      for (const environment of new Set(all.map((one) => one.environment)))
        checkTogether(
          placed.filter(({ service }) => service.env === environment.name),
          environment,
          this.#diagnostics,
        );
    return {
      services: chosen === undefined ? [] : services.map(({ service }) => service),
      environments: [...environments.values()],
      ...(chosen === undefined ? {} : { environment: chosen }),
      diagnostics: this.#diagnostics.sorted(),
      jobs: chosen === undefined ? [] : jobs.map(({ job }) => job),
      resolved: all,
      trees: new Map<ResolvedService | ResolvedJob | ResolvedEnvironment, MapNode>([
        ...this.#environmentTrees,
        ...services.map(({ service, tree }): [ResolvedService, MapNode] => [service, tree]),
        ...jobs.map(({ job, tree }): [ResolvedJob, MapNode] => [job, tree]),
      ]),
    };
  }

  #environments(trees: readonly MapNode[]): Map<string, ResolvedEnvironment> {
    const environments = new Map<string, ResolvedEnvironment>([[LOCAL, resolveEnvironment(localDocument, BUILT_IN)]]);
    const places = new Map<string, Place>();
    const rules = new Map<ResolvedEnvironment, Rules>();
    for (const tree of trees) {
      if (!this.#unique(tree, places)) continue;
      const diagnostics = this.#forDocument(tree);
      const name = textAt(tree, "metadata", "name");
      const values = this.#values({
        ENV: name,
        SERVICE: undefined,
        SERVICE_NAME: undefined,
        PACK: textAt(tree, "metadata", "pack"),
        REGION: textAt(tree, "environment", "region") ?? mark("AWS::Region"),
        ACCOUNT: textAt(tree, "environment", "account") ?? mark("AWS::AccountId"),
      });
      const layer = check(tree, environmentDocument, "", { mode: "layer", diagnostics });
      if (layer?.kind !== "map") continue;
      const resolved = resolveValues(layer, "", values, diagnostics);
      const whole = check(resolved, environmentDocument, "", { mode: "whole", diagnostics });
      if (whole?.kind !== "map" || name === undefined || diagnostics.isBroken("metadata.name")) continue;
      const value = contentOf(whole) as EnvironmentValue;
      const environment = resolveEnvironment(name === LOCAL ? overLocal(value) : value, tree.at.file);
      const own = new Rules(whole, diagnostics);
      rules.set(environment, own);
      checkEnvironment(environment, whole, own);
      checkEnvironmentGuardrails(this.#organisation.guardrails, environment, own);
      environments.set(name, environment);
      this.#environmentTrees.set(environment, whole);
    }
    checkPromotion(environments, (environment) => rules.get(environment));
    return environments;
  }

  #choose(environments: Map<string, ResolvedEnvironment>): ResolvedEnvironment | undefined {
    const name = this.#options.environment;
    if (name === undefined) return undefined;
    const found = environments.get(name);
    if (found !== undefined) return found;
    if (!environmentNamePattern.test(name)) {
      this.#diagnostics.report(
        "FSD1801",
        ENVIRONMENT_OPTION,
        "",
        `${quote(name)} is not an environment's name`,
        "use a lower-case letter and up to 15 further lower-case letters and digits",
      );
      return undefined;
    }
    const environment = undescribedEnvironment(name);
    environments.set(name, environment);
    return environment;
  }

  #unique(tree: MapNode, places: Map<string, Place>): boolean {
    const node = entryOf(entryOf(tree, "metadata")?.value, "name")?.value;
    if (node?.kind !== "scalar" || typeof node.value !== "string") return true;
    const first = places.get(node.value);
    if (first === undefined) {
      places.set(node.value, node.at);
      return true;
    }
    this.#diagnostics.report(
      "FSD1701",
      node.at,
      "metadata.name",
      `there is already a ${textAt(tree, "kind")} ${quote(node.value)} at ${first.file}:${first.line}`,
      "rename one of them",
    );
    return false;
  }

  #isOverridden(tree: MapNode): boolean {
    const { overridden = [] } = this.#options;
    const name = entryOf(entryOf(tree, "metadata")?.value, "name")?.value;
    return overridden.length === 0 || (name?.kind === "scalar" && overridden.includes(String(name.value)));
  }

  #asked(tree: MapNode): AskedImage {
    const { image, values } = this.#options;
    return { image: this.#isOverridden(tree) ? image : undefined, version: values?.VERSION };
  }

  /** The document in each environment that is asked for, as far as it can be understood. */
  #inEnvironments(
    tree: MapNode,
    kind: "Service" | "Job",
    overrides: readonly MapNode[],
    environments: Map<string, ResolvedEnvironment>,
    chosen: ResolvedEnvironment | undefined,
  ): { value: unknown; whole: MapNode; environment: ResolvedEnvironment; diagnostics: Diagnostics }[] {
    const { document, layer } = kindSchemas[kind];
    const documentDiagnostics = this.#forDocument(tree);
    const base = check(tree, document, "", { mode: "layer", diagnostics: documentDiagnostics });
    if (base?.kind !== "map") return [];
    const blocks = this.#blocks(base, layer, documentDiagnostics);
    const described = [...environments.values()]
      .filter((environment) => environment.described && !environment.local)
      .map(({ name }) => name);
    const targets =
      chosen !== undefined
        ? [chosen]
        : [...new Set([...blocks.keys(), ...described])].map((name) => environments.get(name) ?? this.#undescribed(name, environments));
    // Nothing names an environment: any will do to find what is wrong everywhere.
    if (targets.length === 0) targets.push(this.#any);
    const bare: MapNode = { ...base, entries: new Map([...base.entries].filter(([key]) => key !== "environments")) };
    return targets.flatMap((environment) => {
      const diagnostics = this.#inherit(documentDiagnostics);
      // What the organisation assumes lies below everything that the document says.
      const assumed = this.#organisation.assumed.get(kind);
      let merged = assumed === undefined ? bare : mergeLayers({ ...assumed, at: bare.at }, bare, document);
      for (const over of [blocks.get(environment.name), ...overrides]) {
        if (over !== undefined) merged = mergeLayers(merged, over, document);
      }
      const resolved = resolveValues(merged, "", this.#serviceValues(merged, environment, diagnostics), diagnostics);
      const whole = check(resolved, document, "", { mode: "whole", diagnostics });
      if (whole?.kind !== "map" || diagnostics.isBroken("metadata.name")) return [];
      const type = entryOf(entryOf(whole, "service")?.value, "type")?.value;
      if (type?.kind === "scalar" && type.value !== "ecs") {
        const { message, hint } = otherPlatform("type", type.source);
        diagnostics.report("FSD1110", type.at, "service.type", message, hint);
        return [];
      }
      return [{ value: contentOf(whole), whole, environment, diagnostics }];
    });
  }

  #undescribed(name: string, environments: Map<string, ResolvedEnvironment>): ResolvedEnvironment {
    const environment = undescribedEnvironment(name);
    environments.set(name, environment);
    return environment;
  }

  /** What was refused while the document was read is refused from the start. */
  #forDocument({ refused = [] }: MapNode): Diagnostics {
    const own = this.#diagnostics.forDocument();
    for (const path of refused) own.breaks(path);
    return own;
  }

  /** Fields refused in the document itself stay refused in every environment. */
  #inherit(document: Diagnostics): Diagnostics {
    const own = document.forDocument();
    for (const path of document.brokenPaths()) own.breaks(path);
    return own;
  }

  #blocks(base: MapNode, schema: ObjectField, diagnostics: Diagnostics): Map<string, MapNode> {
    const blocks = new Map<string, MapNode>();
    const node = entryOf(base, "environments")?.value;
    if (node?.kind !== "map") return blocks;
    for (const [name, { keyAt, value }] of node.entries) {
      if (!environmentNamePattern.test(name)) {
        diagnostics.report(
          "FSD1106",
          keyAt,
          `environments.${name}`,
          `${quote(name)} is not an environment's name`,
          "use a lower-case letter and up to 15 further lower-case letters and digits",
        );
        continue;
      }
      const own = diagnostics.forDocument();
      const layer = check(relabel(value, `environments.${name}`), schema, "", {
        mode: "layer",
        diagnostics: own,
        shownPrefix: `environments.${name}.`,
      });
      if (layer?.kind === "map") blocks.set(name, layer);
    }
    return blocks;
  }

  #serviceValues(tree: MapNode, environment: ResolvedEnvironment, diagnostics: Diagnostics): ValueContext {
    // A name that was refused, or is missing, is told as that and not again wherever it is used.
    const broken = (field: string): string | undefined => (diagnostics.isBroken(`metadata.${field}`) ? "unknown" : undefined);
    const named = entryOf(entryOf(tree, "metadata")?.value, "name") !== undefined;
    const name = textAt(tree, "metadata", "name") ?? (named ? undefined : "unknown") ?? broken("name");
    return this.#values({
      ENV: environment.name,
      SERVICE: name,
      SERVICE_NAME: name,
      PACK: textAt(tree, "metadata", "pack") ?? broken("pack"),
      // The account of `local` may be chosen when it starts, so there it stays open too.
      REGION: environment.local ? mark("AWS::Region") : (environment.region ?? mark("AWS::Region")),
      ACCOUNT: environment.local ? mark("AWS::AccountId") : (environment.account ?? mark("AWS::AccountId")),
      ...(environment.images.registry === undefined
        ? {}
        : { REGISTRY: `${environment.images.registry.account}.dkr.ecr.${environment.images.registry.region}.amazonaws.com` }),
    });
  }

  #values(values: Readonly<Record<string, string | undefined>>): ValueContext {
    return {
      values: {
        REGISTRY: `${values.ACCOUNT}.dkr.ecr.${values.REGION}.amazonaws.com`,
        ...values,
        VERSION: this.#options.values?.VERSION ?? mark("Version"),
        GIT_SHA: this.#options.values?.GIT_SHA ?? mark("GitSha"),
      },
      variables: this.#options.variables ?? {},
    };
  }
}

function overLocal(value: EnvironmentValue): EnvironmentValue {
  const { environment: built } = localDocument;
  const given = value.environment ?? {};
  return {
    ...localDocument,
    ...value,
    environment: {
      ...built,
      ...given,
      vpc: given.vpc?.id === undefined ? { ...built.vpc, ...given.vpc } : given.vpc,
      cluster: { ...built.cluster, ...given.cluster },
      loadBalancers: { ...built.loadBalancers, ...given.loadBalancers },
    },
  };
}
