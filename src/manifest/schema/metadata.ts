/** Who a document is and whose: what all kinds say of themselves, and how names are formed. */
import { list, object, record, required, text } from "./field.ts";

/** Two characters at the least, as an ECR repository's name has, which a service's and a job's is. */
const namePattern = /^[a-z][a-z0-9-]*[a-z0-9]$/;
export const environmentNamePattern = /^[a-z][a-z0-9]{0,15}$/;

const tagText = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
  form: "letters, digits, spaces and _ . : / = + - @",
  max: 256,
  min: 0,
  anyScalar: true,
};

export const metadata = (what: string) =>
  object(
    `Who the ${what} is and whose.`,
    {
      name: required(
        text(`The ${what}'s name.`, {
          pattern: namePattern,
          form: "two or more lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
          max: 40,
          example: "category-service",
          becomes: "stack name fsd-<env>-<name>, ECS service name, log group, tag fsd:service",
        }),
      ),
      pack: text("The organisational unit that owns it.", {
        pattern: /^[a-z][a-z0-9-]*$/,
        form: "lower-case letters, digits and hyphens",
        max: 40,
        example: "consumer-agent",
        becomes: "tag fsd:pack, cost key, choice of the alarm topic",
      }),
      owners: list("Who answers for it.", text("A person or team.", { pattern: tagText.pattern, form: tagText.form, max: 128 }), {
        example: ["@pack-consumer-agent"],
        becomes: "tag fsd:owners",
      }),
      description: text("What it is for.", { max: 1024, becomes: "template Description" }),
      tags: record("Tags of everything it makes.", text("A tag's value.", tagText), {
        key: {
          pattern: /^(?!aws:|fsd:)[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/iu,
          form: "letters, digits and _ . : / = + - @, not beginning with aws: or fsd:",
          max: 128,
        },
        example: { "cost-center": "engineering" },
        becomes: "Tags of every resource that takes tags, propagated to tasks",
      }),
    },
    { renamed: { owner: "owners", team: "pack" } },
  );
