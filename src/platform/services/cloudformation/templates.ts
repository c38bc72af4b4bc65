/** Templates as they are: GetTemplate, GetTemplateSummary, ValidateTemplate. */
import { parseTemplate, type Template } from "../../../engine/stack/template.ts";
import { validateTemplate } from "../../../engine/stack/validate-template.ts";
import type { Operations } from "../../gateway/operations.ts";
import { noStack, refusing } from "./faults.ts";
import { requiredCapabilities, templateTextOf } from "./goals.ts";
import type { StackExecutor } from "./stack-executor.ts";
import { goalInForce } from "./stack-shapes.ts";

export function templates(executor: StackExecutor): Operations<"cloudformation"> {
  const { stacks } = executor;

  function deployed(name: string, region: string): string {
    const stack = stacks.find(region, name);
    const goal = stack && goalInForce(stack);
    if (goal === undefined) throw noStack(name);
    return goal.templateText;
  }

  return {
    GetTemplate({ StackName = "" }, { region }) {
      return { TemplateBody: deployed(StackName, region), StagesAvailable: ["Original", "Processed"] };
    },

    GetTemplateSummary(input, { region }) {
      const text = input.StackName === undefined ? templateTextOf(input, undefined) : deployed(input.StackName, region);
      const template = refusing(() => parseTemplate(text));
      const types = Object.entries(template.resources).map(([logicalId, { type }]) => ({ logicalId, type }));
      return {
        Parameters: Object.entries(template.parameters).map(([ParameterKey, definition]) => ({
          ParameterKey,
          ParameterType: definition.type,
          NoEcho: definition.noEcho,
          ...(definition.default === undefined ? {} : { DefaultValue: definition.default }),
          ...(definition.description === undefined ? {} : { Description: definition.description }),
          ParameterConstraints: definition.allowedValues === undefined ? {} : { AllowedValues: [...definition.allowedValues] },
        })),
        ...(template.description === undefined ? {} : { Description: template.description }),
        ...capabilitiesOf(template),
        ResourceTypes: [...new Set(types.map(({ type }) => type))],
        Version: "2010-09-09",
        ...(template.metadata === undefined ? {} : { Metadata: JSON.stringify(template.metadata) }),
        ResourceIdentifierSummaries: [],
      };
    },

    ValidateTemplate(input) {
      const template = refusing(() => {
        const parsed = parseTemplate(templateTextOf(input, undefined));
        validateTemplate(parsed, executor.types);
        return parsed;
      });
      return {
        Parameters: Object.entries(template.parameters).map(([ParameterKey, definition]) => ({
          ParameterKey,
          NoEcho: definition.noEcho,
          ...(definition.default === undefined ? {} : { DefaultValue: definition.default }),
          ...(definition.description === undefined ? {} : { Description: definition.description }),
        })),
        ...(template.description === undefined ? {} : { Description: template.description }),
        ...capabilitiesOf(template),
      };
    },
  };
}

function capabilitiesOf(template: Template) {
  const needed = requiredCapabilities(template);
  if (needed === undefined) return {};
  return { Capabilities: needed.capabilities.map((capability) => capability as "CAPABILITY_IAM"), CapabilitiesReason: needed.reason };
}
