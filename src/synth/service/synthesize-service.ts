/** A service's stack: everything that is its own. What it shares comes in as parameters from the environment's stack. */
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { applyPatches } from "../patches.ts";
import { getAtt, ref, type Template, TemplateBuilder } from "../template.ts";
import { addresses } from "./addresses.ts";
import { deploymentFailures } from "./alarm-topic.ts";
import { alarmLogicalName, alarms } from "./alarms.ts";
import { companions } from "./containers.ts";
import { clusterName, serviceContext, shifts } from "./context.ts";
import { dashboard } from "./dashboard.ts";
import { dependencies } from "./dependencies.ts";
import { serviceDiscovery } from "./discovery.ts";
import { ecsService } from "./ecs-service.ts";
import { loadBalancing } from "./load-balancing.ts";
import { registeredAsPatched } from "./registry-record.ts";
import { executionRole, hookRole, infrastructureRole, taskRole } from "./roles.ts";
import { scaling } from "./scaling.ts";
import { securityGroup } from "./security-group.ts";
import { logGroup, taskDefinition } from "./task-definition.ts";

export function synthesizeService(definition: ResolvedService, environment: ResolvedEnvironment): Template {
  const template = new TemplateBuilder(
    definition.metadata.description ?? `Service ${definition.name} in ${environment.name}`,
    environment.name,
  );
  template.parameter("ImageUri", { Type: "String", Description: "The image to run, by digest." });
  const context = serviceContext(definition, environment, template);
  logGroup(context);
  const execution = executionRole(context);
  const uses = dependencies(context);
  const beside = companions(context);
  const task = taskRole(context, [...uses.statements, ...beside.statements]);
  const group = securityGroup(context);
  const after = loadBalancing(context);
  const registry = serviceDiscovery(context);
  const revision = taskDefinition(context, execution, task, uses.variables, beside);
  if (shifts(context)) infrastructureRole(context);
  const hooks = definition.service.deployment.hooks.flatMap(({ lambda }) => (lambda === undefined ? [] : [template.text(lambda)]));
  if (hooks.length > 0) hookRole(hooks, context);
  // The alarms that guard a deployment must stand before it begins.
  const guards = definition.service.deployment.alarms.map(alarmLogicalName(definition.service));
  ecsService(context, group, revision, [...after, ...guards], registry);
  scaling(context);
  alarms(context);
  deploymentFailures(context);
  dashboard(context);
  template.output("ClusterName", "The ECS cluster", clusterName(context));
  template.output("ServiceName", "The ECS service", getAtt("Service", "Name"));
  template.output("ServiceArn", "The ECS service", ref("Service"));
  template.output("TaskDefinitionArn", "The live revision", revision);
  if (template.has("LogGroup")) template.output("LogGroup", "Its log group", ref("LogGroup"));
  addresses(context);
  const generated = template.build();
  if (definition.overrides.length === 0) return generated;
  return registeredAsPatched(applyPatches(generated, definition.overrides), generated);
}

/** Tasks a stack begins with: the parameter `DesiredCount` when it is created; undefined when the template says it itself. */
export function initialDesiredCount({ service }: ResolvedService): number | undefined {
  if (service.autoScaling === undefined) return undefined;
  return Math.max(service.resources.desiredCount, service.resources.minCapacity);
}
