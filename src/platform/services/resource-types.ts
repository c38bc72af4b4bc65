/**
 * Every CloudFormation resource type of the local platform. A template that names another type is refused before
 * anything changes. The modules are small (they call operations and load no SDK client), so they are simply there.
 */
import { scalableTarget } from "./application-auto-scaling/resources/scalable-target.ts";
import { scalingPolicy } from "./application-auto-scaling/resources/scaling-policy.ts";
import { waitConditionHandle } from "./cloudformation/resources/wait-condition-handle.ts";
import { alarm } from "./cloudwatch/resources/alarm.ts";
import { dashboard } from "./cloudwatch/resources/dashboard.ts";
import { logGroup } from "./cloudwatch-logs/resources/log-group.ts";
import { eip } from "./ec2/resources/eip.ts";
import { internetGateway } from "./ec2/resources/internet-gateway.ts";
import { natGateway } from "./ec2/resources/nat-gateway.ts";
import { route } from "./ec2/resources/route.ts";
import { routeTable } from "./ec2/resources/route-table.ts";
import { securityGroup } from "./ec2/resources/security-group.ts";
import { securityGroupEgress, securityGroupIngress } from "./ec2/resources/security-group-rule.ts";
import { subnet } from "./ec2/resources/subnet.ts";
import { subnetRouteTableAssociation } from "./ec2/resources/subnet-route-table-association.ts";
import { vpc } from "./ec2/resources/vpc.ts";
import { vpcEndpoint } from "./ec2/resources/vpc-endpoint.ts";
import { vpcGatewayAttachment } from "./ec2/resources/vpc-gateway-attachment.ts";
import { repository } from "./ecr/resources/repository.ts";
import { cluster, clusterCapacityProviderAssociations } from "./ecs/resources/cluster.ts";
import { service } from "./ecs/resources/service.ts";
import { taskDefinition } from "./ecs/resources/task-definition.ts";
import { primaryTaskSet, taskSet } from "./ecs/resources/task-set.ts";
import { listener } from "./elastic-load-balancing-v2/resources/listener.ts";
import { listenerCertificate } from "./elastic-load-balancing-v2/resources/listener-certificate.ts";
import { listenerRule } from "./elastic-load-balancing-v2/resources/listener-rule.ts";
import { loadBalancer } from "./elastic-load-balancing-v2/resources/load-balancer.ts";
import { targetGroup } from "./elastic-load-balancing-v2/resources/target-group.ts";
import { eventBus } from "./eventbridge/resources/event-bus.ts";
import { rule } from "./eventbridge/resources/rule.ts";
import { managedPolicy, policy } from "./iam/resources/policy.ts";
import { role } from "./iam/resources/role.ts";
import { serviceLinkedRole } from "./iam/resources/service-linked-role.ts";
import { alias, key } from "./kms/resources/key.ts";
import type { ResourceType } from "./resource-type.ts";
import { schedule, scheduleGroup } from "./scheduler/resources/schedule.ts";
import { secret } from "./secrets-manager/resources/secret.ts";
import { discoveryService } from "./servicediscovery/resources/discovery-service.ts";
import { httpNamespace } from "./servicediscovery/resources/http-namespace.ts";
import { privateDnsNamespace } from "./servicediscovery/resources/private-dns-namespace.ts";
import { stateMachine } from "./sfn/resources/state-machine.ts";
import { subscription } from "./sns/resources/subscription.ts";
import { topic, topicPolicy } from "./sns/resources/topic.ts";
import { queue } from "./sqs/resources/queue.ts";
import { queuePolicy } from "./sqs/resources/queue-policy.ts";
import { parameter } from "./ssm/resources/parameter.ts";

export const resourceTypes: readonly ResourceType[] = [
  ...[scalableTarget, scalingPolicy],
  ...[waitConditionHandle],
  ...[alarm, dashboard, logGroup],
  ...[eip, internetGateway, natGateway, route, routeTable, securityGroup, securityGroupEgress, securityGroupIngress],
  ...[subnet, subnetRouteTableAssociation, vpc, vpcEndpoint, vpcGatewayAttachment],
  ...[repository],
  ...[cluster, clusterCapacityProviderAssociations, service, taskDefinition, taskSet, primaryTaskSet],
  ...[listener, listenerCertificate, listenerRule, loadBalancer, targetGroup],
  ...[eventBus, rule],
  ...[alias, key],
  ...[managedPolicy, policy, role, serviceLinkedRole],
  ...[schedule, scheduleGroup],
  ...[secret],
  ...[discoveryService, httpNamespace, privateDnsNamespace],
  ...[stateMachine],
  ...[subscription, topic, topicPolicy],
  ...[queue, queuePolicy],
  ...[parameter],
];
