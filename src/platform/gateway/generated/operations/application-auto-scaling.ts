// Written by tools/generators/operation-schemas.mjs from @aws-sdk/client-application-auto-scaling; do not edit.
export {
  DeleteScalingPolicy$ as DeleteScalingPolicy,
  DeleteScheduledAction$ as DeleteScheduledAction,
  DeregisterScalableTarget$ as DeregisterScalableTarget,
  DescribeScalableTargets$ as DescribeScalableTargets,
  DescribeScalingActivities$ as DescribeScalingActivities,
  DescribeScalingPolicies$ as DescribeScalingPolicies,
  DescribeScheduledActions$ as DescribeScheduledActions,
  GetPredictiveScalingForecast$ as GetPredictiveScalingForecast,
  ListTagsForResource$ as ListTagsForResource,
  PutScalingPolicy$ as PutScalingPolicy,
  PutScheduledAction$ as PutScheduledAction,
  RegisterScalableTarget$ as RegisterScalableTarget,
  TagResource$ as TagResource,
  UntagResource$ as UntagResource,
} from "@aws-sdk/client-application-auto-scaling";
