// Written by tools/generators/operation-schemas.mjs from @aws-sdk/client-ssm; do not edit.
export {
  AddTagsToResource$ as AddTagsToResource,
  DeleteParameter$ as DeleteParameter,
  DeleteParameters$ as DeleteParameters,
  DescribeParameters$ as DescribeParameters,
  GetParameter$ as GetParameter,
  GetParameterHistory$ as GetParameterHistory,
  GetParameters$ as GetParameters,
  GetParametersByPath$ as GetParametersByPath,
  LabelParameterVersion$ as LabelParameterVersion,
  ListTagsForResource$ as ListTagsForResource,
  PutParameter$ as PutParameter,
  RemoveTagsFromResource$ as RemoveTagsFromResource,
  UnlabelParameterVersion$ as UnlabelParameterVersion,
} from "@aws-sdk/client-ssm";
