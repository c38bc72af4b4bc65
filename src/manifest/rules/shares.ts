/** What the containers of one task share: its CPU, its memory, its processor. */
import type { ResolvedService } from "../resolved.ts";
import { readable } from "../text.ts";
import { collectorShare, collects } from "./collector.ts";
import type { Rules } from "./rules.ts";

/** MiB below which hardly any program of today starts. */
const LEAST_MEMORY = 128;

export function checkShares({ service }: ResolvedService, rules: Rules): void {
  if (!rules.sound("service.resources", "service.sidecars", "service.observability")) return;
  const others = [...service.sidecars, ...(collects(service) ? [collectorShare] : [])];
  for (const [kind, unit, least] of [
    ["cpu", "CPU units", 1],
    ["memory", "MiB", LEAST_MEMORY],
  ] as const) {
    const shares = others.flatMap(({ name, [kind]: share }) => (share === undefined ? [] : [{ name, share }]));
    const taken = shares.reduce((sum, { share }) => sum + share, 0);
    const whole = service.resources[kind];
    if (taken === 0 || whole - taken >= least) continue;
    const largest = service.sidecars.findIndex(({ [kind]: share }) => share === Math.max(...shares.map((one) => one.share)));
    const names = shares.map(({ name, share }) => `${name} ${share}`).join(" + ");
    rules.report(
      "FSD1210",
      [`service.sidecars[${largest}].${kind}`, `service.resources.${kind}`, "service.resources.size", "service.observability"],
      `${names} of the task's ${whole} ${unit} leave ${Math.max(0, whole - taken)} for the service itself`,
      `give resources more ${kind}, or the sidecars less`,
    );
  }
  checkArchitecture(service, rules);
}

const named: readonly (readonly [architecture: "x86_64" | "arm64", form: RegExp])[] = [
  ["arm64", /(^|[/:._-])(arm64(v8)?|aarch64)($|[/._-])/i],
  ["x86_64", /(^|[/:._-])(amd64|x86[_-]64)($|[/._-])/i],
];

/** An image says for which processor it is made only by its name; the registry is asked when it is deployed. */
function checkArchitecture({ image, sidecars, resources }: ResolvedService["service"], rules: Rules): void {
  const images: [path: string, image: string | undefined][] = [
    ["service.image", image],
    ...sidecars.map((sidecar, index): [string, string] => [`service.sidecars[${index}].image`, sidecar.image]),
  ];
  for (const [path, reference] of images) {
    if (reference === undefined || !rules.given(path)) continue;
    const meant = named.filter(([, form]) => form.test(reference)).map(([architecture]) => architecture);
    if (meant.length !== 1 || meant[0] === resources.architecture) continue;
    rules.report(
      "FSD1211",
      path,
      `${JSON.stringify(readable(reference))} is named for ${meant[0]}, the task runs on ${resources.architecture}`,
      `write resources.architecture: ${meant[0]}, or use an image for ${resources.architecture}`,
    );
  }
}
