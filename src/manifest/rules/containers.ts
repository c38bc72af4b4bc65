/** The containers of one task: names, ports and volumes that are theirs alone, and who waits for whom. ECS refuses the rest. */

import type { ResolvedService } from "../resolved.ts";
import { collectorShare, collects, collectsTraces } from "./collector.ts";
import type { Rules } from "./rules.ts";

const sidecars = "service.sidecars";

export function checkContainers({ service }: ResolvedService, rules: Rules): void {
  if (service.exec && service.readonlyRootFilesystem && rules.sound("service.exec", "service.readonlyRootFilesystem")) {
    rules.report(
      "FSD1407",
      "service.readonlyRootFilesystem",
      "exec writes into the root file system, which readonlyRootFilesystem forbids",
      "turn one of them off",
    );
  }
  if (rules.sound("service.volumes")) checkVolumes(service, rules);
  if (!rules.sound(sidecars, "service.port", "service.observability", "service.healthCheck")) return;
  checkNames(service, rules);
  checkPorts(service, rules);
  service.sidecars.forEach((_, index) => {
    checkWaiting(service, index, rules);
  });
  checkCircle(service, rules);
}

function checkNames(service: ResolvedService["service"], rules: Rules): void {
  const names = new Set(["app", ...(collects(service) ? [collectorShare.name] : [])]);
  service.sidecars.forEach(({ name }, index) => {
    if (names.has(name)) rules.report("FSD1606", `${sidecars}[${index}].name`, `there are two containers ${name}`, "rename one");
    names.add(name);
  });
}

/** All containers of a task have one network interface, so a port is one container's. */
function checkPorts(service: ResolvedService["service"], rules: Rules): void {
  const { traces } = service.observability;
  const taken = new Map<number, string>();
  if (collectsTraces(traces)) for (const port of collectorShare.ports) taken.set(port, collectorShare.name);
  if (service.port !== undefined) {
    if (taken.has(service.port))
      rules.report("FSD1415", "service.port", `the collector of traces listens on ${service.port}`, "use another port");
    taken.set(service.port, "app");
  }
  service.sidecars.forEach(({ name, port }, index) => {
    const other = port === undefined ? undefined : taken.get(port);
    if (other !== undefined)
      rules.report(
        "FSD1415",
        `${sidecars}[${index}].port`,
        `${other} and ${name} both listen on ${port}`,
        "use another port for one of them",
      );
    if (port !== undefined) taken.set(port, name);
  });
}

function checkVolumes({ volumes }: ResolvedService["service"], rules: Rules): void {
  for (const key of ["name", "mountPath"] as const) {
    const seen = new Set<string>();
    volumes.forEach((volume, index) => {
      const value = volume[key];
      if (seen.has(value))
        rules.report(
          "FSD1606",
          `service.volumes[${index}].${key}`,
          `there are two volumes ${key === "name" ? value : `at ${value}`}`,
          "rename one",
        );
      seen.add(value);
    });
  }
}

/** What one sidecar's `dependsOn` asks of others, as ECS allows it (ECS API, "ContainerDependency"). */
function checkWaiting({ sidecars: containers, containerCheck }: ResolvedService["service"], index: number, rules: Rules): void {
  for (const [other, condition] of Object.entries(containers[index]?.dependsOn ?? {})) {
    const path = `${sidecars}[${index}].dependsOn.${other}`;
    const target = containers.find(({ name }) => name === other);
    if (other !== "app" && target === undefined) {
      rules.report("FSD1705", path, `there is no container ${other}`, "use app or a sidecar's name");
      continue;
    }
    const essential = other === "app" || target?.essential === true;
    if ((condition === "COMPLETE" || condition === "SUCCESS") && essential)
      rules.report(
        "FSD1111",
        path,
        `${other} is essential: when it ends, the task does, so nothing can wait for that`,
        "use START or HEALTHY",
      );
    if (condition === "HEALTHY" && (other !== "app" || containerCheck === undefined))
      rules.report(
        "FSD1112",
        path,
        `${other} has no check that could find it healthy`,
        other === "app" ? "add healthCheck.container, or use START" : "use START; sidecars have no checks",
      );
  }
}

function checkCircle({ sidecars: containers }: ResolvedService["service"], rules: Rules): void {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): boolean => {
    if (trail.includes(name)) {
      const first = containers.findIndex((container) => container.name === name);
      const circle = [...trail.slice(trail.indexOf(name)), name].join(" → ");
      rules.report(
        "FSD1704",
        `${sidecars}[${first}].dependsOn`,
        `these containers wait for each other: ${circle}`,
        "let one of them start first",
      );
      return true;
    }
    if (done.has(name)) return false;
    done.add(name);
    const container = containers.find((one) => one.name === name);
    return Object.keys(container?.dependsOn ?? {}).some((other) => visit(other, [...trail, name]));
  };
  for (const { name } of containers) if (visit(name, [])) return;
}
